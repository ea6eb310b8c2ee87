// Pictures of 12 by 12 pixels with a shape in each, and views of them. Nothing here touches the page.

const SIDE = 12, PIXELS = SIDE * SIDE;

// Of each kind how far (x, y) lies from its edge, negative inside, for a shape of radius r around (0, 0), in pixels.
const KINDS = {
  disc: (x, y, r) => Math.hypot(x, y) - 0.85 * r,
  ring: (x, y, r) => Math.abs(Math.hypot(x, y) - 0.9 * r) - 0.6,
  plus: (x, y, r) => Math.max(Math.min(Math.abs(x), Math.abs(y)) - 0.6, Math.max(Math.abs(x), Math.abs(y)) - r),
  cross: (x, y, r) => KINDS.plus((x + y) * Math.SQRT1_2, (x - y) * Math.SQRT1_2, r),
  bars: (x, y, r) => Math.max(Math.abs(Math.abs(y) - 0.6 * r) - 0.6, Math.abs(x) - r),
};
const NAMES = Object.keys(KINDS);

// What a view may change, with its least and largest value; where it may not, both views of a picture share it.
const RANGES = { x: [-1.5, 1.5], y: [-1.5, 1.5], r: [2.6, 4.4], light: [0.3, 1] };
const CHANGES = { shift: ["x", "y"], size: ["r"], brightness: ["light"] };

/** @typedef {{kind: number, x: number, y: number, r: number, light: number}} Shape */

/** @param {() => number} uniform @param {number} kind @returns {Shape} any shape of this kind */
const anyShape = (uniform, kind) => ({ kind, ...Object.fromEntries(Object.entries(RANGES).map(([name, [least, most]]) =>
  [name, least + (most - least) * uniform()])) });

/** @param {Shape} shape @param {string[]} parts that are drawn again @param {() => number} uniform @returns {Shape} a view of it */
function viewOf(shape, parts, uniform) {
  const other = anyShape(uniform, shape.kind), changed = parts.flatMap((part) => CHANGES[part]);
  return { ...shape, ...Object.fromEntries(changed.map((name) => [name, other[name]])) };
}

/** @param {Shape} shape @returns {Float64Array} its pixels, from 0 to 1 */
function pixelsOf({ kind, x, y, r, light }) {
  const far = KINDS[NAMES[kind]], middle = (SIDE - 1) / 2;
  return Float64Array.from({ length: PIXELS }, (_, k) => {
    const inside = 0.5 - far((k % SIDE) - middle - x, Math.floor(k / SIDE) - middle - y, r);
    return light * Math.min(1, Math.max(0, inside));
  });
}

/** @param {number} n @param {string[]} parts @param {() => number} uniform @returns {Shape[]} n first views, then n second ones */
function batchOf(n, parts, uniform) {
  const shapes = Array.from({ length: n }, () => anyShape(uniform, Math.floor(uniform() * NAMES.length)));
  return [0, 1].flatMap(() => shapes.map((shape) => viewOf(shape, parts, uniform)));
}
