// What the x-ray says in words, and the networks that it looks into.

const REACH = 60, PLACES = 16, FELT = 0.05; // characters after a change; where it is made; a relative difference of h that counts
const fixed = (value, digits = 2) => value.toFixed(digits).replace("-", "−");
const networks = {}; // those that are loaded

/** The network of a text demo, by name; a promise, and from then on in `networks`. */
async function loadNetwork(name) {
  const { weights, vocabulary } = await weightsOf(name), characters = [...vocabulary];
  networks[name] ??= { net: network(weights), characters, index: new Map(characters.map((c, k) => [c, k])) };
}

/** Two networks of 128 units that have been trained alike on Shakespeare, to compare: networks.pair. */
async function loadPair() {
  const { weights, vocabulary } = await weightsOf("small_networks"), index = new Map([...vocabulary].map((c, k) => [c, k]));
  const of = (cell) => network(Object.fromEntries(Object.keys(weights).filter((key) => key.startsWith(`${cell}.`))
    .map((key) => [key.slice(cell.length + 1), weights[key]])));
  networks.pair ??= { index, nets: { "LSTM of 128": of("lstm"), "RNN of 128": of("rnn") } };
}

/** compute(net, { x, states, of }) in each of the two, on the same text; `of` turns the number of a letter into theirs. */
function* inPair(pair, letters, characters, compute) {
  const found = [], x = letters.map((c) => pair.index.get(c)), of = (k) => pair.index.get(characters[k]);
  for (const [name, net] of Object.entries(pair.nets)) {
    const states = yield* readOn(net, x, []);
    found.push({ ...(yield* compute(net, { x, states, of })), name });
  }
  return found;
}

const markOf = ({ marker, open, close }) => (marker === "own" ? ["", open, close] : MARKERS[marker]);

const ORDERED = ": at the top those that rise with what you look for, at the bottom those that fall; above the map, what you look for";

/** How well the chosen cell and the best one follow what was asked for. */
function foundWords({ found, raw, best, luck }, { cell, marker }) {
  if (!raw) return marker === "own" ? "Type from where to where." : "Choose what a cell might follow, and see which of them does.";
  if (!found) return "That does not occur in this text: choose something else, or another text.";
  const mine = cell === best[0] ? "" : ` Cell ${cell} has ${fixed(found[cell])}.`;
  return `Of the ${found.length} cells, ${best[0]} follows it best: correlation ${fixed(found[best[0]])}.${mine} By chance, with what you look for moved
    elsewhere in the text, the best reaches ${fixed(luck[luck.length >> 1])}, and in the luckiest of ${luck.length} cases ${fixed(luck[luck.length - 1])}.`;
}

/** The six equations at one cell and one character, in numbers. */
function gateWords({ g, i, f, o, s, h }, before, cell, letter) {
  const [a, b, c, d, e, x, y] = [g, i, f, o, s, h, before].map((part) => fixed(part[cell]));
  return `Cell ${cell}, having read ${letter}: s = g · i + s · f = ${a} · ${b} + ${y} · ${c} = ${e}, and h = tanh(s) · o = ${fixed(Math.tanh(s[cell]))} · ${d} = ${x}.`;
}

const reached = ({ h }) => h.reduce((far, value, d) => (value > FELT ? d + 1 : far), 0);

/** What a change at one character did. @param {string} what was changed */
function feltWords(what, one) {
  const cost = one.bits.reduce((sum, bits) => sum + bits, 0), far = reached(one), end = far === one.h.length ? "which is all that are looked at" : "then by less";
  const later = far ? `h differs by more than ${100 * FELT}% for ${far === 1 ? "1 character" : `${far} characters`}, ${end}.` : `h nowhere differs by more than ${100 * FELT}%.`;
  const next = one.bits.length === 1 ? "The character that follows costs" : `The ${one.bits.length} characters that follow cost`;
  return `${what[0].toUpperCase()}${what.slice(1)}. ${one.bits.length ? `${next} ${fixed(Math.abs(cost), 1)} bits ${cost < 0 ? "less" : "more"}, and ` : ""}${later}`;
}

const meanWords = (count, all) => `At each of ${count} places the likeliest other letter was put in; the lines are means. h differs by more than
  ${100 * FELT}% for ${all.map((one) => `${reached(one)} characters in the ${one.name}`).join(", ")}.`;
