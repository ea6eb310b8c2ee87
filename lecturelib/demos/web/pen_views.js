// The sheet: strokes, the mixture at the tip of the pen, and pale paths. Lengths on it are tenths of a cell, as in the steps.

/** @typedef {{ x: number, y: number, size: number }} View the middle of what is seen, and half its height */
/**
 * @typedef {object} Scene
 * @property {Place} origin
 * @property {Step[]} steps
 * @property {Place[] | null} live the stroke that is being drawn, as it is
 * @property {string[] | null} colours of the steps; null: by who drew them
 * @property {Place} tip of the pen
 * @property {boolean} lifted whether the pen is
 * @property {Step[][]} paths from the tip
 * @property {number} chosen path, from 1; 0: none
 * @property {Mixture | null} mixture at the tip
 * @property {Place | null} cursor of the keyboard
 */

const BASE = 2987; // half the height of Omniglot's screen
const GREEN = "#009e73", ORANGE = "#d55e00";

/** From −1, blue, over grey to 1, orange. @param {number} value @returns {string} */
function shade(value) {
  const part = Math.min(1, Math.abs(value)), end = value < 0 ? [0, 114, 178] : [230, 120, 0];
  return `rgb(${end.map((one) => Math.round(150 + (one - 150) * part)).join(",")})`;
}

/** Give a canvas the pixels of its place on the page. @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} */
function cleared(canvas) {
  const ratio = window.devicePixelRatio || 1, wide = Math.round(canvas.clientWidth * ratio), high = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  context.lineCap = context.lineJoin = "round";
  return context;
}

/**
 * The ink of steps, each in its colour; equal neighbours are one line.
 * @param {CanvasRenderingContext2D} context @param {Place[]} places on the canvas @param {number[][]} strokes
 * @param {(k: number) => string} colour of step k
 */
function ink(context, places, strokes, colour) {
  let drawn = null;
  const finish = () => { if (drawn !== null) context.stroke(); };
  for (const stroke of strokes.filter((one) => one.length)) {
    const line = stroke.length > 1 ? stroke.slice(1).map((to, k) => [stroke[k], to]) : [[stroke[0], stroke[0]]];
    for (const [from, to] of line) {
      const wanted = colour(Math.max(0, to - 1));
      if (wanted !== drawn) {
        finish();
        context.strokeStyle = drawn = wanted;
        context.beginPath();
      }
      context.moveTo(places[from].x, places[from].y);
      context.lineTo(places[to].x, places[to].y);
    }
  }
  finish();
}

/** @param {HTMLCanvasElement} canvas */
function sheet(canvas) {
  let view = /** @type {View} */ ({ x: 0, y: 0, size: BASE }), scene = /** @type {Scene | null} */ (null), waiting = false;
  const scale = () => canvas.clientHeight / 2 / view.size;
  const screen = ({ x, y }) => ({ x: canvas.clientWidth / 2 + (x - view.x) * scale(), y: canvas.clientHeight / 2 + (y - view.y) * scale() });

  function ellipses(context, { pi, mu, sigma, rho }, tip) {
    context.fillStyle = context.strokeStyle = GREEN;
    context.lineWidth = 1.5;
    pi.forEach((weight, j) => {
      if (weight < 0.005) return;
      const middle = screen({ x: tip.x + mu[j][0] * UNIT, y: tip.y + mu[j][1] * UNIT }), [a, b] = [sigma[j][0] ** 2, sigma[j][1] ** 2];
      const c = rho[j] * sigma[j][0] * sigma[j][1], half = Math.hypot((a - b) / 2, c), angle = Math.atan2(2 * c, a - b) / 2;
      const radius = (variance) => Math.min(4000, Math.max(2.5, 2 * Math.sqrt(Math.max(0, variance)) * UNIT * scale()));
      context.beginPath();
      context.ellipse(middle.x, middle.y, radius((a + b) / 2 + half), radius((a + b) / 2 - half), angle, 0, 2 * Math.PI);
      context.globalAlpha = 0.05 + 0.3 * weight;
      context.fill();
      context.globalAlpha = 0.25 + 0.75 * weight;
      context.stroke();
    });
    context.globalAlpha = 1;
  }

  function paintSheet() {
    waiting = false;
    if (!scene || !canvas.clientWidth) return;
    const { origin, steps, live, colours, tip, lifted, paths, chosen, mixture, cursor } = scene, context = cleared(canvas);
    const style = getComputedStyle(canvas), places = placesOf(origin, steps).map(screen);
    const drawPath = (path, colour) => ink(context, placesOf(tip, path).map(screen), strokesOf(path, lifted), () => colour);
    context.globalAlpha = 0.3;
    context.lineWidth = 1.5;
    for (const path of paths) drawPath(path, style.outlineColor);
    context.globalAlpha = 1;
    if (mixture) ellipses(context, mixture, tip);
    context.lineWidth = 3;
    if (steps.length) ink(context, places, strokesOf(steps), colours ? (k) => colours[k] : (k) => (steps[k]?.by ? style.outlineColor : style.color));
    if (paths[chosen - 1]) drawPath(paths[chosen - 1], ORANGE);
    context.fillStyle = context.strokeStyle = style.color;
    for (const { x, y } of places.length < 200 ? places.slice(steps.length ? 0 : 1) : []) context.fillRect(x - 2, y - 2, 4, 4);
    if (live) {
      context.beginPath();
      for (const place of live.length > 1 ? live : [live[0], live[0]]) context.lineTo(screen(place).x, screen(place).y);
      context.stroke();
    }
    const pen = screen(tip);
    context.beginPath();
    context.ellipse(pen.x, pen.y, 5, 5, 0, 0, 2 * Math.PI);
    if (lifted) context.stroke();
    else context.fill();
    if (cursor) {
      const { x, y } = screen(cursor);
      context.strokeStyle = ORANGE;
      context.lineWidth = 2;
      context.strokeRect(x - 7, y - 7, 14, 14);
    }
  }

  function repaint() {
    if (!waiting) requestAnimationFrame(paintSheet);
    waiting = true;
  }

  new ResizeObserver(repaint).observe(canvas);
  new MutationObserver(repaint).observe(document.documentElement, { attributes: true });

  return {
    /** @param {Scene} next */
    show(next) {
      scene = next;
      repaint();
    },
    /** Where on the sheet the pointer is; outside of the canvas, at its edge. @param {PointerEvent} event @returns {Place} */
    under(event) {
      const box = canvas.getBoundingClientRect(), inside = (value, most) => Math.min(most, Math.max(0, value));
      return { x: view.x + (inside(event.clientX - box.left, box.width) - box.width / 2) / scale(),
        y: view.y + (inside(event.clientY - box.top, box.height) - box.height / 2) / scale() };
    },
    /** Keep a place on what is seen. @param {Place} place @returns {Place} */
    inside({ x, y }) {
      const high = 0.97 * view.size, wide = (high * canvas.clientWidth) / Math.max(1, canvas.clientHeight);
      return { x: Math.min(view.x + wide, Math.max(view.x - wide, x)), y: Math.min(view.y + high, Math.max(view.y - high, y)) };
    },
    /** See all of a drawing: from as near as can be, or, if `stay`, as now where that will do. */
    fit({ origin, steps }, stay) {
      const places = placesOf(origin, steps), aspect = canvas.clientWidth / Math.max(1, canvas.clientHeight) || 1;
      const xs = places.map(({ x }) => x), ys = places.map(({ y }) => y), [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      const inside = Math.abs(left - view.x) < 0.95 * view.size * aspect && Math.abs(right - view.x) < 0.95 * view.size * aspect &&
        Math.abs(low - view.y) < 0.95 * view.size && Math.abs(high - view.y) < 0.95 * view.size;
      if (stay && inside) return;
      const need = Math.max((high - low) / 2, (right - left) / 2 / aspect);
      view = { x: (left + right) / 2, y: (low + high) / 2, size: Math.max(BASE, need * (stay ? 1.3 : 1.15)) };
    },
  };
}
