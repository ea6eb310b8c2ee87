// The map of the demo of words: a point per word, names where there is room, and a view that can be moved and zoomed.

/** @typedef {{x: number, y: number, size: number}} View the middle of the view and its half width */
const WHOLE = { x: 0, y: 0, size: 1.05 }, MOST_NAMES = 60, CLOSEST = 0.01;

// `places` are numbers from -1 to 1, x and y of each word; `marked` maps words to the kind of mark they bear.
/** @param {HTMLCanvasElement} canvas @param {string[]} words @param {(i: number) => void} chosen */
function wordMap(canvas, words, chosen) {
  let places = new Float32Array(2 * words.length), view = { ...WHOLE }, marked = new Map(), waiting = false;
  const fingers = new Map();
  const scale = () => Math.min(canvas.clientWidth, canvas.clientHeight) / 2 / view.size; // pixels a unit
  const screen = (i) => [canvas.clientWidth / 2 + (places[2 * i] - view.x) * scale(), canvas.clientHeight / 2 - (places[2 * i + 1] - view.y) * scale()];

  function paintMap() {
    waiting = false;
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    }
    const context = canvas.getContext("2d"), style = getComputedStyle(canvas), zoom = scale();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.fillStyle = style.color;
    context.globalAlpha = 0.35;
    const inside = [], dot = Math.max(1, Math.min(3, zoom / 400));
    for (let i = 0; i < words.length; i += 1) {
      const x = width / 2 + (places[2 * i] - view.x) * zoom, y = height / 2 - (places[2 * i + 1] - view.y) * zoom;
      if (x < 0 || y < 0 || x > width || y > height) continue;
      context.fillRect(x - dot / 2, y - dot / 2, dot, dot);
      if (inside.length < 600) inside.push(i); // the frequent words come first
    }
    context.globalAlpha = 1;
    names(context, [...marked.keys()].concat(inside), style, width, height);
  }

  // The names that fit, those of marked words first, each on the left or the right of its point.
  function names(context, order, style, width, height) {
    const taken = [];
    let named = 0;
    context.textBaseline = "middle";
    for (const i of order) {
      const kind = marked.get(i), [x, y] = screen(i);
      if (named >= MOST_NAMES && !kind) break;
      if (x < 0 || y < 0 || x > width || y > height) continue;
      context.font = `${kind ? "600 14px" : "12px"} ${style.fontFamily}`;
      const long = context.measureText(words[i]).width, left = x + long + 8 > width ? x - long - 6 : x + 6;
      const box = [left - 3, y - 8, left + long + 3, y + 8];
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) {
        if (!kind) continue;
      } else {
        taken.push(box);
        named += 1;
        context.fillStyle = style.color;
        context.globalAlpha = kind ? 1 : 0.75;
        context.fillText(words[i], left, y);
      }
      if (!kind) continue;
      context.globalAlpha = 1;
      context.fillStyle = kind === "asked" ? "#d55e00" : style.outlineColor;
      context.beginPath();
      context.arc(x, y, kind === "asked" ? 5.5 : 4, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  function repaint() {
    if (!waiting) requestAnimationFrame(paintMap);
    waiting = true;
  }

  function zoomBy(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const size = Math.min(1.5, Math.max(CLOSEST, view.size / factor)), moved = (1 - size / view.size) / scale();
    view = { x: view.x + (x - canvas.clientWidth / 2) * moved, y: view.y - (y - canvas.clientHeight / 2) * moved, size };
    repaint();
  }

  function pan(x, y) {
    const inside = (value) => Math.min(1.1, Math.max(-1.1, value));
    view = { ...view, x: inside(view.x - x / scale()), y: inside(view.y + y / scale()) };
    repaint();
  }

  // The word whose point is next to a place on the canvas, if one is near.
  function wordAt(x, y, reach) {
    let found = -1, least = reach ** 2;
    for (let i = 0; i < words.length; i += 1) {
      const [a, b] = screen(i), square = (a - x) ** 2 + (b - y) ** 2;
      if (square < least) [found, least] = [i, square];
    }
    return found;
  }

  const middle = (points) => points.reduce(([x, y], point) => [x + point.x / points.length, y + point.y / points.length], [0, 0]);
  const apart = ([p, q]) => (q ? Math.max(10, Math.hypot(p.x - q.x, p.y - q.y)) : 0);
  const place = (event) => ({ x: event.offsetX, y: event.offsetY });
  let travelled = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = [...fingers.values()], from = middle(before);
    fingers.set(event.pointerId, place(event));
    const after = [...fingers.values()], to = middle(after);
    travelled += Math.hypot(to[0] - from[0], to[1] - from[1]);
    pan(to[0] - from[0], to[1] - from[1]);
    if (after.length > 1) {
      travelled = Infinity;
      zoomBy(apart(after) / apart(before), ...to);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => {
    if (!fingers.delete(event.pointerId) || end === "pointercancel" || travelled > 6) return;
    const found = wordAt(event.offsetX, event.offsetY, 24);
    if (found >= 0) chosen(found);
  });
  // Only on a map in use: else the page could not be scrolled past it.
  canvas.addEventListener("wheel", (event) => {
    if (canvas.ownerDocument.activeElement !== canvas && !event.ctrlKey) return;
    event.preventDefault();
    zoomBy(Math.exp(-Math.sign(event.deltaY) * 0.2), event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [0, 40], ArrowDown: [0, -40], ArrowLeft: [40, 0], ArrowRight: [-40, 0] }[event.key];
    const factor = { "+": 1.4, "=": 1.4, "-": 1 / 1.4 }[event.key];
    if (!step && !factor && event.key !== "Enter") return;
    event.preventDefault();
    if (step) pan(...step);
    else if (factor) zoomBy(factor);
    else {
      const found = wordAt(canvas.clientWidth / 2, canvas.clientHeight / 2, Infinity);
      if (found >= 0) chosen(found);
    }
  });
  new ResizeObserver(repaint).observe(canvas);
  new MutationObserver(repaint).observe(document.documentElement, { attributes: true });

  return {
    zoomBy,
    whole() {
      view = { ...WHOLE };
      repaint();
    },
    // Show words, marked, at new places or the old ones; `fit` are those that the view has to hold, none the whole map.
    show(at, marks, fit) {
      if (at) places = at;
      marked = marks;
      if (fit.length) {
        const xs = fit.map((i) => places[2 * i]), ys = fit.map((i) => places[2 * i + 1]);
        const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
        view = { x: (left + right) / 2, y: (low + high) / 2, size: Math.min(WHOLE.size, Math.max(0.06, 0.6 * (right - left), 0.62 * (high - low))) };
      } else view = { ...WHOLE };
      repaint();
    },
  };
}
