// Pairs of patches, as lecturelib/pretext/relative_patch.py cuts and colours them. Nothing here touches the page.

const PATCH = 8, DIRECTIONS = 8, LENS = 0.2, NOISE = 0.01;
const COLOURS = {
  keep: ["as they are", (x) => x],
  drop: ["two of three dropped", dropped],
  project: ["green against magenta projected away", projected],
};

/** @param {() => number} uniform @param {number} low @param {number} high @returns {number} an integer, both ends included */
const integer = (uniform, low, high) => low + Math.floor((high - low + 1) * uniform());

/** Where two patches lie, row and column of their corners, and the direction from the first to the second. */
function anyPair(gap, jitter, uniform) {
  const pitch = PATCH + gap, room = SIDE - (2 * pitch + PATCH + 2 * jitter);
  const [row, column] = [0, 1].map(() => jitter + integer(uniform, 0, room)), y = integer(uniform, 0, DIRECTIONS - 1), cell = y + Number(y >= 4);
  const at = (r, c) => [row + pitch * r, column + pitch * c].map((corner) => corner + integer(uniform, -jitter, jitter));
  return { y, first: at(1, 1), second: at(Math.floor(cell / 3), cell % 3) };
}

/** @param {ArrayLike<number>} picture @param {number[]} corner @returns {Float64Array} three channels of 8 by 8 */
const patchAt = (picture, [row, column]) => Float64Array.from({ length: 3 * PATCH ** 2 }, (_, k) => {
  const i = k % PATCH ** 2;
  return picture[Math.floor(k / PATCH ** 2) * PIXELS + (row + Math.floor(i / PATCH)) * SIDE + column + (i % PATCH)];
});

/** A lens that magnifies red and blue around the middle, and green not: by linear interpolation. */
function throughLens(picture, amount) {
  const shown = SIDE / (1 + amount), start = (SIDE - shown) / 2, first = Math.ceil(start - 0.5); // pixel whose middle is inside
  const between = Array.from({ length: SIDE }, (_, i) => {
    const place = Math.min(SIDE - 1 - first, Math.max(first, start + ((i + 0.5) * shown) / SIDE - 0.5)), from = Math.min(SIDE - 2, Math.floor(place));
    return { from, part: place - from };
  });
  return picture.map((value, k) => {
    const channel = Math.floor(k / PIXELS), r = between[Math.floor((k % PIXELS) / SIDE)], c = between[k % SIDE];
    if (channel === 1) return value;
    const row = (i) => {
      const left = picture[channel * PIXELS + i * SIDE + c.from], right = picture[channel * PIXELS + i * SIDE + c.from + 1];
      return left + c.part * (right - left);
    };
    return row(r.from) + r.part * (row(r.from + 1) - row(r.from));
  });
}

/** One channel stays; noise around 1/2 takes the place of the others. */
function dropped(patch, uniform) {
  const kept = integer(uniform, 0, 2), n = patch.length / 3;
  const normal = () => Math.sqrt(-2 * Math.log(uniform() || 0.5)) * Math.cos(2 * Math.PI * uniform());
  return patch.map((value, k) => (Math.floor(k / n) === kept ? value : Math.min(1, Math.max(0, 0.5 + NOISE * normal()))));
}

/** x - a (a · x) / (a · a) with a = (-1, 2, -1), in every pixel. */
function projected(patch) {
  const a = [-1, 2, -1], n = patch.length / 3;
  return patch.map((value, k) => {
    const along = a.reduce((sum, one, c) => sum + one * patch[c * n + (k % n)], 0) / 6;
    return Math.min(1, Math.max(0, value - a[Math.floor(k / n)] * along));
  });
}

/** log p(y | x1, x2) up to a constant. */
function* directionLogits(w, x1, x2) {
  const e1 = yield* encode(w, x1, PATCH), e2 = yield* encode(w, x2, PATCH);
  return linear(w, "classifier.3", relu(linear(w, "classifier.0", Float64Array.of(...e1, ...e2))));
}
