// What goes on inside a network while it reads, and what a change is worth later. Nothing here touches the page. Functions
// with a star are generators: they yield often, so that a frame can end.
//
// A state is what a step of lstm.js returns: { h, s, g, i, f, o }, or { h } of an RNN. `net` is a network() of lstm.js.

/** Reads x on, one state after each character. `forced(t)` is what is forced at position t. */
function* readOn(net, x, states, forced = () => null) {
  for (let t = states.length; t < x.length; t += 1) {
    states.push(net.step(x[t], states[t - 1] ?? net.start(), forced(t)));
    yield;
  }
  return states;
}

/** A part of the states, one row a cell, one column a character; s as tanh s, which lies between −1 and 1. */
function* grid(states, part, hidden) {
  const T = states.length, values = new Float32Array(hidden * T);
  for (let t = 0; t < T; t += 1) {
    const from = states[t][part];
    for (let k = 0; k < hidden; k += 1) values[k * T + t] = part === "s" ? Math.tanh(from[k]) : from[k];
    yield;
  }
  return values;
}

/** A row with mean 0 and length 1, or null if it is constant. @param {ArrayLike<number>} row */
function standardised(row) {
  const mean = Array.prototype.reduce.call(row, (sum, one) => sum + one, 0) / row.length;
  const centred = Float64Array.from(row, (one) => one - mean);
  const length = Math.sqrt(centred.reduce((sum, one) => sum + one * one, 0));
  return length > 1e-6 ? centred.map((one) => one / length) : null;
}

/** The rows of a grid, standardised. @returns {Generator<void, (Float64Array | null)[]>} */
function* standardisedRows(values, T) {
  const rows = [];
  for (let k = 0; k < values.length; k += T) {
    rows.push(standardised(values.subarray(k, k + T)));
    yield;
  }
  return rows;
}

/** The correlation of every row with the marker, both standardised; a constant row has 0. `shift` moves the marker on. */
function correlations(rows, marker, shift = 0) {
  const T = marker.length;
  return Float64Array.from(rows, (row) => {
    let sum = 0;
    for (let t = 0, from = T - shift; row && t < T; t += 1, from += 1) sum += row[t] * marker[from % T];
    return sum;
  });
}

/** What the best cell reaches by chance: the largest |correlation| with the marker moved elsewhere, `times` times, sorted. */
function* chance(rows, marker, times = 20) {
  const best = [];
  for (let j = 1; j <= times; j += 1) {
    const shift = Math.round((j * marker.length) / (times + 1));
    best.push(correlations(rows, marker, shift).reduce((most, one) => Math.max(most, Math.abs(one)), 0));
    yield;
  }
  return best.sort((a, b) => a - b);
}

// 1 inside, 0 outside: from the last character of `open` to that before `close`; a blank line ends it, too.
/** @param {string[]} text @param {string} open @param {string} close @returns {number[]} */
function between(text, open, close) {
  const all = text.join("");
  let inside = false;
  return text.map((_, t) => {
    if (all.slice(t - 1, t + 1) === "\n\n" || (inside && all.startsWith(close, t))) inside = false;
    else if (!inside && t + 1 >= open.length && all.startsWith(open, t + 1 - open.length)) inside = true;
    return Number(inside);
  });
}

/** How many characters have been read since the last of `stops`. @param {string[]} text @param {string} stops */
function since(text, stops) {
  let count = 0;
  return text.map((c) => (stops.includes(c) ? (count = 0) : (count += 1)));
}

const euclid = (values) => Math.sqrt(values.reduce((sum, one) => sum + one * one, 0));

// Reads from position `at` on with a change: another letter, or something forced. Of the characters d = 0, 1, … later: `h`,
// how far h is from what it was, ‖h' − h‖ / ‖h‖; `bits`, what the character that follows costs more than it did.
function* compare(net, x, states, at, { letter = x[at], forced = () => null }, reach) {
  const read = x.slice(0, at + reach), h = [], bits = [];
  read[at] = letter;
  const changed = yield* readOn(net, read, states.slice(0, at), forced);
  for (let t = at; t < read.length; t += 1) {
    const old = states[t].h, size = euclid(old);
    h.push(size ? euclid(changed[t].h.map((one, k) => one - old[k])) / size : 0);
    if (t + 1 < x.length) bits.push((net.logProbs(states[t])[x[t + 1]] - net.logProbs(changed[t])[x[t + 1]]) / Math.LN2);
    yield;
  }
  return { h, bits, before: net.logProbs(states[at]), after: net.logProbs(changed[at]) };
}

/** What is forced when a reader chooses `action` for a cell at position `at`. @returns {(t: number) => object | null} */
function forcing(action, cell, at, states) {
  const here = (force) => (t) => (t === at ? force : null), onwards = (force) => (t) => (t >= at ? force : null);
  if (action === "all") return here({ cell: null, s: 0 });
  if (action === "cell") return here({ cell, s: 0 });
  if (action === "turn") return here({ cell, s: -states[at].s[cell] });
  if (action === "keep") return onwards({ cell, f: 1 });
  if (action === "drop") return onwards({ cell, f: 0 });
  return () => null;
}

/** The likeliest character but the one that stands at `at`. */
function otherLetter(net, x, states, at) {
  const p = net.logProbs(states[at - 1] ?? net.start()).map((one, k) => (k === x[at] ? -Infinity : one));
  return p.indexOf(Math.max(...p));
}

/** Places of a text, evenly spread, each with `reach` characters after it: at most `count`. */
function places(T, reach, count) {
  const room = T - reach, step = Math.max(1, Math.floor(room / count));
  return Array.from({ length: Math.max(0, Math.min(count, room)) }, (_, j) => j * step);
}

/** compare(), each letter of `letters` at its place of `spots`, averaged: |bits| and h by distance. */
function* compareMean(net, x, states, spots, letters, reach) {
  const sum = { h: new Float64Array(reach), bits: new Float64Array(reach) };
  for (const [j, at] of spots.entries()) {
    const one = yield* compare(net, x, states, at, { letter: letters[j] }, reach);
    one.h.forEach((value, d) => { sum.h[d] += value / spots.length; });
    one.bits.forEach((value, d) => { sum.bits[d] += Math.abs(value) / spots.length; });
  }
  return { h: Array.from(sum.h), bits: Array.from(sum.bits) };
}
