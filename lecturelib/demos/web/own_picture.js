// A picture that the reader makes: a kind, and what a view may change, moved by hand.

const OWN = { kind: 1, x: 50, y: 50, r: 50, light: 100 }; // hundredths of each range
const OWN_SLIDERS = { r: "Size", light: "Brightness" };

const ownPicture = () => `
  <div class="lecture-demo-mine">
    <canvas width="${SIDE}" height="${SIDE}" tabindex="0" role="application" aria-roledescription="picture"
      aria-label="Your picture. The arrow keys shift the shape."></canvas>
    <div>
      <label>Your picture <select data-own="kind">${NAMES.map((name, k) => `<option value="${k}">${name}</option>`).join("")}</select></label>
      ${Object.entries(OWN_SLIDERS).map(([name, label]) => `<label>${label} <input type="range" data-own="${name}" min="0" max="100" step="5"></label>`).join("")}
    </div>
  </div>
  <p class="lecture-demo-hint">The diamond on the circle. Shift it with mouse, finger or arrow keys. <span data-out="mine"></span></p>`;

/** @param {typeof OWN} own @returns {Shape} */
const shapeOf = (own) => ({ kind: own.kind, ...Object.fromEntries(Object.entries(RANGES).map(([name, [least, most]]) =>
  [name, least + ((most - least) * own[name]) / 100])) });

/** @param {string} text of a link @returns {typeof OWN | null} */
function readOwn(text) {
  const values = text.match(/^own-([0-4])((?:-\d{1,3}){4})$/), [x, y, r, light] = values?.[2].split("-").slice(1).map(Number) ?? [];
  return values && [x, y, r, light].every((one) => one <= 100) ? { kind: Number(values[1]), x, y, r, light } : null;
}

/** Let the reader change `own`. @param {HTMLElement} root @param {() => typeof OWN} read @param {() => void} changed */
function mountOwn(root, read, changed) {
  const canvas = root.querySelector(".lecture-demo-mine canvas"), inside = (value) => Math.min(100, Math.max(0, Math.round(value)));
  let held = false;

  function shift(x, y) {
    Object.assign(read(), { x: inside(x), y: inside(y) });
    changed();
  }

  function follow(event) {
    const box = canvas.getBoundingClientRect(), far = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const [x, y] = far.map((part, k) => {
      const [least, most] = Object.values(RANGES)[k];
      return (100 * (SIDE * (part - 0.5) - least)) / (most - least);
    });
    shift(x, y);
  }
  canvas.addEventListener("pointerdown", (event) => {
    held = true;
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (held) follow(event); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = false; });
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowRight: [10, 0], ArrowLeft: [-10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    shift(read().x + way[0], read().y + way[1]);
  });
  root.addEventListener("input", ({ target }) => {
    if (!target.dataset.own) return;
    read()[target.dataset.own] = Number(target.value);
    changed();
  });
}

/** @param {HTMLElement} root @param {typeof OWN} own */
function showOwn(root, own) {
  paintShape(root.querySelector(".lecture-demo-mine canvas"), shapeOf(own));
  for (const name of ["kind", ...Object.keys(OWN_SLIDERS)]) root.querySelector(`[data-own=${name}]`).value = own[name];
}
