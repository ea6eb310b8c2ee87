// Orders of the pixels of a square image, and a training that reads its images in one of them. Nothing here touches the page.

const SIDE = 14, DIM = SIDE * SIDE, HIDDEN = 20;
const BATCH = 50, PASSES = 20;
const ORDERS = {
  raster: "raster",
  columns: "columns first",
  snake: "back and forth",
  spiral: "spiral from the centre",
  inwards: "spiral from the corner",
  coarse: "every fourth pixel first",
  random: "random",
  hand: "drawn by hand",
};
const RASTER = Array.from({ length: DIM }, (_, i) => i);

/** @returns {number[]} clockwise from the upper left corner to the centre */
function spiralInwards() {
  const order = [], seen = new Set();
  let row = 0, column = 0, down = 0, right = 1;
  const free = (r, c) => r >= 0 && c >= 0 && r < SIDE && c < SIDE && !seen.has(r * SIDE + c);
  while (order.length < DIM) {
    order.push(row * SIDE + column);
    seen.add(row * SIDE + column);
    if (!free(row + down, column + right)) [down, right] = [right, -down];
    row += down;
    column += right;
  }
  return order;
}

/** Sorts the pixels by a number, those with the same number in raster order. @param {(row: number, column: number) => number} key */
const sorted = (key) => [...RASTER].sort((i, j) =>
  key(Math.floor(i / SIDE), i % SIDE) - key(Math.floor(j / SIDE), j % SIDE) || i - j);

/** A random order of 0, …, n - 1, by Fisher and Yates. */
function shuffle(n, uniform) {
  const order = Array.from({ length: n }, (_, k) => k);
  for (let k = n - 1; k > 0; k -= 1) {
    const j = Math.floor(uniform() * (k + 1));
    [order[k], order[j]] = [order[j], order[k]];
  }
  return order;
}

/** An order is written as its name, followed by a number (random.3) or by its pixels in base 36 (hand.0g0h). */
const pathOf = (code) => (code.split(".")[1]?.match(/../g) ?? []).map((two) => parseInt(two, 36));
const byHand = (path) => `hand.${path.map((i) => i.toString(36).padStart(2, "0")).join("")}`;

/** @param {string} code @returns {boolean} */
function isOrder(code) {
  const [name, rest, more] = code.split("."), path = pathOf(code);
  if (!Object.hasOwn(ORDERS, name) || more !== undefined) return false;
  if (name === "random") return /^\d{1,3}$/.test(rest);
  if (name !== "hand") return rest === undefined;
  return /^([0-9a-z]{2})*$/.test(rest) && path.every((i) => i < DIM) && new Set(path).size === path.length;
}

/** @param {string} code @returns {number[]} the pixels, numbered in raster order, in the order in which they are read */
function orderOf(code) {
  const [name, rest] = code.split(".");
  if (name === "columns") return sorted((row, column) => column);
  if (name === "snake") return sorted((row, column) => row * SIDE + (row % 2 ? SIDE - 1 - column : column));
  if (name === "inwards") return spiralInwards();
  if (name === "spiral") return spiralInwards().reverse();
  if (name === "coarse") return sorted((row, column) => Number(row % 2 > 0 || column % 2 > 0));
  if (name === "random") return shuffle(DIM, uniforms(Number(rest) + 5000));
  if (name !== "hand") return [...RASTER];
  const path = pathOf(code), drawn = new Set(path);
  return [...path, ...RASTER.filter((i) => !drawn.has(i))]; // what is not drawn comes last
}

/** @param {string} base64 eight pixels a byte @returns {Uint8Array} the pixels of all images */
function unpackImages(base64) {
  const text = atob(base64), pixels = new Uint8Array(8 * text.length);
  for (let k = 0; k < text.length; k += 1) {
    const byte = text.charCodeAt(k);
    for (let j = 0; j < 8; j += 1) pixels[8 * k + j] = (byte >> (7 - j)) & 1;
  }
  return pixels;
}

/** @param {Uint8Array} pixels of images in raster order @param {number[]} order @returns {Uint8Array[]} the images in that order */
function reorder(pixels, order) {
  const moved = new Uint8Array(pixels.length), D = order.length;
  for (let at = 0; at < pixels.length; at += D) for (let k = 0; k < D; k += 1) moved[at + k] = pixels[at + order[k]];
  return Array.from({ length: pixels.length / D }, (_, n) => moved.subarray(n * D, (n + 1) * D));
}

// A training from its beginning: PASSES passes through the images in batches, while the learning rate falls to 0 in a line.
/** @param {{model: string, method: string, rate: number, seed: number}} settings @param {{train: Uint8Array, valid: Uint8Array}} pixels raster */
function beginTraining({ model, method, rate, seed }, code, pixels) {
  const order = orderOf(code), uniform = uniforms(2 * seed + 1), values = DENSITIES[model].begin(DIM, HIDDEN, uniforms(2 * seed));
  let train = reorder(pixels.train, order), valid = reorder(pixels.valid, order), batches = [];
  const perPass = Math.ceil(train.length / BATCH), end = PASSES * perPass, ink = new Float64Array(DIM);
  for (const x of train) for (let i = 0; i < DIM; i += 1) ink[i] += x[i];
  values.b = ink.map((count) => logit(clamp(count / train.length)));
  let step = optimizer(model, values, method);
  const run = { code, end, perPass, values, t: 0, loss: NaN, each: [], curve: [],
    advance() {
      const at = run.t % perPass;
      if (at === 0) batches = shuffle(train.length, uniform);
      run.loss = step(batches.slice(at * BATCH, (at + 1) * BATCH).map((n) => train[n]), rate * (1 - run.t / end));
      run.t += 1;
    },
    /** Adds the mean of -log p(x) over the held-out images to the curve; yields now and then. At the end it forgets the images. */
    * evaluate() {
      run.each = [];
      for (const [n, x] of valid.entries()) {
        run.each.push(natsOf(model, values, x));
        if (n % 100 === 99) yield;
      }
      run.curve.push([run.t, meanAndSpread(run.each).mean]);
      if (run.t === end) train = valid = batches = step = null;
    },
    /** @param {ArrayLike<number>} u for each pixel in raster order @returns {Uint8Array} an image in raster order */
    sample(u) {
      const image = new Uint8Array(DIM), drawn = draw(model, values, order.map((i) => u[i]));
      order.forEach((i, k) => { image[i] = drawn[k]; });
      return image;
    },
  };
  return run;
}

/** @param {number[]} values @returns {{mean: number, spread: number}} with the standard deviation of a sample */
function meanAndSpread(values) {
  const mean = values.reduce((total, one) => total + one, 0) / values.length;
  const squares = values.reduce((total, one) => total + (one - mean) ** 2, 0);
  return { mean, spread: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : NaN };
}

const nats = (value) => value.toFixed(2);
const small = (value) => (value < 0.1 ? value.toFixed(3) : nats(value)); // a spread or a difference

/** @param {number[][]} a the nats of each held-out image with order A, seed by seed @param {number[][]} b with order B */
function verdict(a, b) {
  const [A, B] = [a, b].map((seeds) => meanAndSpread(seeds.map((each) => meanAndSpread(each).mean)));
  const gap = Math.abs(A.mean - B.mean), better = A.mean < B.mean ? "A" : "B";
  if (gap < 0.0005) return "A and B are equal.";
  const images = a[0].map((_, n) => meanAndSpread(a.map((each, s) => each[n] - b[s][n])).mean);
  const error = meanAndSpread(images).spread / Math.sqrt(images.length), spread = Math.max(A.spread, B.spread);
  const seeds = a.length < 2 ? "one seed does not say whether by chance" : gap > spread ? `more than the spread between seeds, ${small(spread)}`
    : `no more than the spread between seeds, ${small(spread)}`;
  return `${better} is better by ${small(gap)} nats per digit: ${seeds}. The standard error over the ${images.length} held-out digits is ${small(error)}.`;
}
