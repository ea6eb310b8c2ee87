// A drawing as steps: what the pen did, in whole tenths of a cell of the grid, so that a link holds it exactly. Nothing here
// touches the page.

/** @typedef {{ dx: number, dy: number, pen: number, by: number }} Step pen: 1 where it is lifted; by: 0 the reader, 1 the network */
/** @typedef {{ x: number, y: number }} Place */

const UNIT = 543.1; // in one unit of the network
const PIXEL = 60; // Omniglot's people drew on a screen of such pixels: a needle of the mixture stands on each
const CLOSE = 40; // nearer than this to the line without it, a point says nothing new
const MOST = 700; // steps, as on the lecture's slide
const FAR = 20000; // the longest offset

/** What the network reads. @param {Step[]} steps @returns {number[][]} */
const pointsOf = (steps) => steps.map(({ dx, dy, pen }) => [dx / UNIT, dy / UNIT, pen]);

/** What the network drew. @param {ArrayLike<number>} point @returns {Step} */
function stepOf([dx, dy, pen]) {
  const whole = (value) => Math.min(FAR, Math.max(-FAR, Math.round(value * UNIT)));
  return { dx: whole(dx), dy: whole(dy), pen, by: 1 };
}

/** The places of the pen, before the first step and after each. @param {Place} origin @param {Step[]} steps @returns {Place[]} */
function placesOf(origin, steps) {
  const places = [origin];
  for (const { dx, dy } of steps) places.push({ x: places.at(-1).x + dx, y: places.at(-1).y + dy });
  return places;
}

/**
 * The way of a pen, put on the pixels and thinned as the training drawings were: of the points between two that stay, the
 * one farthest from the line between them stays too, if it is not close (Ramer, Douglas and Peucker).
 * @param {Place[]} way @returns {Place[]}
 */
function thinned(way) {
  const on = way.map(({ x, y }) => ({ x: PIXEL * Math.round(x / PIXEL), y: PIXEL * Math.round(y / PIXEL) }));
  const points = on.filter(({ x, y }, k) => !k || x !== on[k - 1].x || y !== on[k - 1].y);
  const stays = points.map((_, k) => k === 0 || k === points.length - 1), waiting = [[0, points.length - 1]];
  while (waiting.length) {
    const [a, b] = waiting.pop(), { x, y } = points[a], dx = points[b].x - x, dy = points[b].y - y, length = Math.hypot(dx, dy);
    let farthest = a, most = CLOSE;
    for (let k = a + 1; k < b; k += 1) {
      const [u, v] = [points[k].x - x, points[k].y - y], distance = length ? Math.abs(u * dy - v * dx) / length : Math.hypot(u, v);
      if (distance > most) [farthest, most] = [k, distance];
    }
    if (farthest === a) continue;
    stays[farthest] = true;
    waiting.push([a, farthest], [farthest, b]);
  }
  return points.filter((_, k) => stays[k]);
}

/**
 * Add a stroke of the reader's. The pen begins where the first one does, and no step can lift it there: a dot that comes
 * first is drawn as the shortest line.
 * @param {{ origin: Place, steps: Step[] }} drawing @param {Place[]} way of the pen @param {number} lifted 1 if the pen is lifted at the end
 * @returns {{ origin: Place, steps: Step[] }}
 */
function withStroke({ origin, steps }, way, lifted) {
  const points = thinned(way), first = !steps.length;
  if (first && points.length === 1) points.push({ x: points[0].x, y: points[0].y + PIXEL });
  const start = first ? points[0] : origin, before = steps.map((step, k) => (k === steps.length - 1 ? { ...step, pen: 1 } : step));
  const from = first ? start : placesOf(origin, steps).at(-1), to = first ? points.slice(1) : points;
  const drawn = to.map(({ x, y }, k) => ({ dx: x - (to[k - 1] ?? from).x, dy: y - (to[k - 1] ?? from).y, pen: 0, by: 0 }));
  const all = [...before, ...drawn].slice(0, MOST);
  return { origin: start, steps: withPen(all, lifted) };
}

/** Lift the pen after the last step, or leave it on the paper. @param {Step[]} steps @param {number} pen @returns {Step[]} */
const withPen = (steps, pen) => steps.map((step, k) => (k === steps.length - 1 ? { ...step, pen } : step));

/** The place of a drawing whose middle is the middle of the sheet. @param {Step[]} steps @returns {Place} */
function centred(steps) {
  const places = placesOf({ x: 0, y: 0 }, steps), middle = (values) => -Math.round((Math.min(...values) + Math.max(...values)) / 2);
  return { x: middle(places.map(({ x }) => x)), y: middle(places.map(({ y }) => y)) };
}

/**
 * The ink: the strokes, each as the numbers of its places; from a lifted pen, the first step leaves none.
 * @param {Step[]} steps @param {boolean} [lifted] @returns {number[][]}
 */
function strokesOf(steps, lifted = false) {
  const strokes = [lifted ? [] : [0]];
  steps.forEach(({ pen }, k) => {
    strokes.at(-1).push(k + 1);
    if (pen && k < steps.length - 1) strokes.push([]);
  });
  return strokes;
}

const three = (value) => (value + FAR).toString(36).padStart(3, "0");

/** Seven signs a step. @param {Step[]} steps @returns {string} */
const toText = (steps) => steps.map(({ dx, dy, pen, by }) => three(dx) + three(dy) + (2 * by + pen)).join("");

/** @param {string} text @returns {Step[] | null} null where it is not the text of a drawing */
function fromText(text) {
  if (!/^([0-9a-z]{6}[0-3])*$/.test(text) || text.length > 7 * MOST) return null;
  const steps = (text.match(/.{7}/g) ?? []).map((one) => ({ dx: parseInt(one.slice(0, 3), 36) - FAR,
    dy: parseInt(one.slice(3, 6), 36) - FAR, pen: Number(one[6]) % 2, by: Math.floor(Number(one[6]) / 2) }));
  return steps.every(({ dx, dy }) => Math.max(Math.abs(dx), Math.abs(dy)) <= FAR) ? steps : null;
}

/**
 * What else might come: `count` paths of so many steps, all a step longer after each yield.
 * @param {ReturnType<typeof follower>} followed @param {ReturnType<typeof handwritingRNN>} network @param {number} t points read
 * @returns {Generator<Step[][], Step[][]>}
 */
function* futures(followed, network, t, { seed, bias, count, length }) {
  const repeat = (row) => Float64Array.from({ length: count * row.length }, (_, k) => row[k % row.length]);
  let state = followed.states[t].map(({ h, s }) => ({ h: repeat(h), s: repeat(s) })), y = repeat(followed.outputs[t]);
  const paths = Array.from({ length: count }, () => /** @type {Step[]} */ ([]));
  for (let k = 0; k < length; k += 1) {
    if (k) {
      state = network.step(Float64Array.from(paths.flatMap((path) => pointsOf([path[k - 1]])[0])), state, count);
      yield paths;
      y = network.read(state, count);
    }
    paths.forEach((path, p) => {
      const mixture = mixtureOf(y.subarray(p * network.outputs, (p + 1) * network.outputs), bias);
      path.push(stepOf(drawPoint(mixture, noiseOf(seed, p + 1, t + k))));
    });
    yield paths;
  }
  return paths;
}

/** The next step of the network's own. @param {ReturnType<typeof follower>} followed @param {number} t @returns {Step} */
const nextStep = (followed, t, { seed, bias }) => stepOf(drawPoint(mixtureOf(followed.outputs[t], bias), noiseOf(seed, 0, t)));
