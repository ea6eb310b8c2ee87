// The settings of the demo of orders, its page, and its links.

const NAME = "orders", PANELS = ["a", "b"], SEEDS = 5;
const RATES = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const CHOICES = {
  model: ["Model", { fvsbn: "FVSBN", nade: `NADE, ${HIDDEN} hidden units` }],
  method: ["Optimizer", { adam: "Adam", plain: "plain gradient" }],
};
const RATE_OF = { adam: 0.02, plain: 1 };
const START = { model: "fvsbn", method: "adam", rate: RATE_OF.adam, seeds: 3, a: "raster", b: "spiral" };

/** What a link to this demo shows, if the page was opened by one. @returns {{now: typeof START, done: number} | null} */
function linked() {
  const [model, method, rate, seeds, a, b, done] = link.read(NAME)?.split("_") ?? [];
  const now = { model, method, rate: Number(rate), seeds: Number(seeds), a, b };
  const known = Object.hasOwn(CHOICES.model[1], model) && Object.hasOwn(CHOICES.method[1], method) && RATES.includes(now.rate);
  const inside = /^[1-9]$/.test(seeds) && now.seeds <= SEEDS && /^\d{1,4}$/.test(done);
  return known && inside && isOrder(a) && isOrder(b) ? { now, done: Number(done) } : null;
}

const select = (name, label, options) => `<label>${label} <select data-in="${name}">
  ${Object.entries(options).map(([value, words]) => `<option value="${value}">${words}</option>`).join("")}</select></label>`;

const panel = (name) => `
  <div role="group" aria-label="Order ${name.toUpperCase()}" data-panel="${name}">
    ${select(name, `Order ${name.toUpperCase()}`, ORDERS)}
    <canvas width="${SIDE * CELL}" height="${SIDE * CELL}" class="lecture-demo-grid" tabindex="0" role="application" aria-roledescription="order of pixels"
      aria-label="Order ${name.toUpperCase()}, ${SIDE} by ${SIDE} pixels. Arrow keys move, space makes a pixel the next, shift and an arrow draw on, backspace goes one back."></canvas>
    <p class="lecture-demo-row" role="group" aria-label="Change order ${name.toUpperCase()}"><button type="button" data-act="another">Another random order</button>
      <button type="button" data-act="back">One back</button> <button type="button" data-act="clear">Clear</button></p>
    <canvas width="${digitsWide(ACROSS)}" height="${digitsWide(2)}" data-samples role="img"></canvas>
    <p class="lecture-demo-reading"><svg viewBox="0 0 30 6" aria-hidden="true"><path class="lecture-demo-line-${name}" d="M0 3h30"/></svg>
      <b data-out="${name}"></b> nats per held-out digit after <span data-out="${name}-t"></span> steps</p>
  </div>`;

/** @param {string} title @returns {string} the page as HTML */
const ordersPage = (title) => `
  <p class="lecture-demo-title">${title}</p>
  <div class="lecture-demo-row">
    ${Object.entries(CHOICES).map(([name, [label, options]]) => select(name, label, options)).join("")}
    <label>Learning rate: <b data-out="rate"></b> <input type="range" data-in="rate" min="0" max="${RATES.length - 1}"></label>
    <label>Seeds: <b data-out="seeds"></b> <input type="range" data-in="seeds" min="1" max="${SEEDS}"></label>
  </div>
  <div class="lecture-demo-row">
    <button type="button" data-act="run"></button>
    <button type="button" data-act="step">One step</button>
    <button type="button" data-act="pass">One pass</button>
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>
  <p data-out="progress"></p>
  <p class="lecture-demo-status lecture-demo-verdict" role="status"></p>
  <div class="lecture-demo-orders" aria-busy="true">${PANELS.map(panel).join("")}</div>
  <p class="lecture-demo-hint">Dark pixels are read first, yellow ones last; the dot is the first. Draw over an order to make one of your own: what you leave
    out comes last. Press a drawn pixel to go back to it. Below each order, ten samples of its model, always from the same random numbers;
    here, ten digits that it does not learn from:</p>
  <canvas width="${digitsWide(10)}" height="${SIDE * DOT}" data-digits role="img" aria-label="Ten held-out digits"></canvas>
  <div class="lecture-demo-nats-chart">
    <p>−log p(x) of the held-out digits, nats</p>
    <div class="lecture-demo-plot" role="img" aria-label="Nothing is drawn yet"></div>
    <p class="lecture-demo-ticks"><span>0</span><span>steps</span><span data-out="end"></span></p>
    <p class="lecture-demo-hint">Solid: A. Dashed: B. Pale: seeds before.</p>
  </div>
  <div class="lecture-demo-scroll" tabindex="0" role="region" aria-label="The orders trained so far" hidden><table>
    <thead><tr><th scope="col">order</th><th scope="col">model</th><th scope="col">seeds</th><th scope="col">nats per digit</th></tr></thead>
    <tbody></tbody></table></div>`;

// A line for each model and order with a seed that has been trained to the end, the best first.
/** @param {Map<string, {curve: [number, number][]}>} finished by model, method, rate, order and seed @returns {string} HTML */
function trainedRows(finished) {
  const rows = new Map();
  for (const [key, run] of finished) {
    const [model, method, rate, code] = key.split(" "), name = [model, method, rate, code].join(" ");
    if (!rows.has(name)) rows.set(name, { model: `${CHOICES.model[1][model]}, ${CHOICES.method[1][method]}, ${rate}`, code, values: [] });
    rows.get(name).values.push(run.curve.at(-1)[1]);
  }
  const all = [...rows.values()].map((one) => ({ ...one, ...meanAndSpread(one.values) }));
  const drawn = [...new Set(all.map(({ code }) => code).filter((code) => code.startsWith("hand.")))]; // numbered as they came
  const label = (code) => {
    const [name, rest] = code.split(".");
    return name === "random" ? `random ${rest}` : name === "hand" ? `drawn by hand, no. ${drawn.indexOf(code) + 1}` : ORDERS[name];
  };
  return all.sort((a, b) => a.mean - b.mean).map(({ model, code, values, mean, spread }) => `<tr><th scope="row">${label(code)}</th>
    <td>${model}</td><td>${values.length}</td><td>${nats(mean)}${values.length > 1 ? ` ± ${small(spread)}` : ""}</td></tr>`).join("");
}
