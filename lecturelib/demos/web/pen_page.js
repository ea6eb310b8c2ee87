// The settings of the demo of handwriting, its page, and its links.

const NAME = "handwriting", PATHS = 30, AHEAD = 20; // paths that are shown, and their steps
const SLICE = 15, SPEED = 25, STRIDE = 20; // milliseconds of a frame, steps a second, steps at once where nothing should move
const START = { bias: 0.5, seed: 1, layer: 1, colour: "hand" };
const ADVICE = "Draw the first strokes of a character with mouse, finger or keys.";

/** @typedef {{ way: number[][], lifted: number }} Beginning offsets in cells of the grid */

/** @param {Beginning} beginning @returns {{ origin: Place, steps: Step[] }} */
function drawingOf({ way, lifted }) {
  const steps = withPen(way.map(([dx, dy]) => ({ dx: 10 * dx, dy: 10 * dy, pen: 0, by: 0 })), lifted);
  return { origin: centred(steps), steps };
}

/** What a link to this demo shows, if the page was opened by one. @param {ReturnType<typeof handwritingRNN>} network */
function linked(network) {
  const [bias, seed, layer, colour, text = ""] = link.read(NAME)?.split("_") ?? [], steps = fromText(text);
  const whole = (value, most) => /^\d{1,6}$/.test(value) && Number(value) > 0 && Number(value) <= most;
  if (!steps || !/^\d(\.\d)?$/.test(bias) || Number(bias) > 5 || !whole(seed, 1e6) || !whole(layer, network.layers)) return null;
  if (colour !== "hand" && colour !== "surprise" && !whole(colour, network.hidden)) return null;
  return { settings: { bias: Number(bias), seed: Number(seed), layer: Number(layer), colour }, origin: centred(steps), steps };
}

/** @param {{ settings: typeof START, steps: Step[] }} shown @returns {string} */
const linkTo = ({ settings: { bias, seed, layer, colour }, steps }) => link.write(NAME, [bias, seed, layer, colour, toText(steps)].join("_"));

const ENOUGH = `${MOST} steps are enough for one sheet.`;
/** @param {number} n @param {string} what @returns {string} */
const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

/** @param {Step[]} steps @param {number} nats their log-density @param {Mixture} mixture for the next @returns {string} */
function numbersText(steps, nats, { e, pi }) {
  const percent = (p) => `${(100 * p).toFixed(p < 0.1 ? 1 : 0)}%`, each = decimal(nats / steps.length);
  const price = `${counted(strokesOf(steps).length, "stroke")}, ${counted(steps.length, "step")}: log p = ${decimal(nats)} nats, ${each} a step. `;
  return (steps.length ? price : "") +
    `Of the ${pi.length} Gaussians the likeliest has ${percent(Math.max(...pi))}; the next step lifts the pen with ${percent(e)}.`;
}

/** @param {{ colour: string, layer: number }} settings @param {number[]} values along the drawing @returns {string} */
function cellText({ colour, layer }, values) {
  const { least, most } = scaled(values);
  return colour === "surprise" ? `The dearest step is number ${values.indexOf(most) + 1}: ${decimal(most)} nats.`
    : `Cell ${colour} of layer ${layer}: from ${decimal(least)} to ${decimal(most)} along your drawing.`;
}

/** @param {Step[]} steps @returns {string} a small picture */
function thumbnail(steps) {
  const places = placesOf(centred(steps), steps).map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`);
  const lines = strokesOf(steps).map((stroke) => `M${stroke.map((k) => places[k]).join("L")}`);
  return `<svg viewBox="-2600 -2600 5200 5200" aria-hidden="true"><path stroke-width="300" d="${lines.join("")}"/></svg>`;
}

/**
 * @param {string} title @param {Beginning[]} beginnings @param {ReturnType<typeof handwritingRNN>} network
 * @returns {string} the page as HTML
 */
const penPage = (title, beginnings, { layers, hidden }) => `
  <p class="lecture-demo-title">${title}</p>
  <p>${ADVICE} The network reads along; the pale paths are ${PATHS} ways in which it might go on.</p>
  <div class="lecture-demo-row lecture-demo-beginnings" role="group" aria-label="Start from">
    ${beginnings.map((one, k) => `<button type="button" data-beginning="${k}" aria-label="Beginning ${k + 1}">${thumbnail(drawingOf(one).steps)}</button>`).join("")}
    <button type="button" data-act="clear">Empty sheet</button>
    <button type="button" data-act="undo">Undo</button>
  </div>
  <div>
    <canvas class="lecture-demo-sheet" tabindex="0" role="application" aria-roledescription="sheet of paper"
      aria-label="Sheet. Arrow keys move the pen, space sets it down and lifts it."></canvas>
    <p class="lecture-demo-key"><span><i></i>yours; the round dot is the pen, a ring if it is lifted</span><span><i style="color: var(--accent)"></i>the network's, and pale: what it might draw</span>
      <span><i style="color: ${GREEN}"></i>where the next point may be: each Gaussian, two σ wide</span></p>
  </div>
  <p class="lecture-demo-status" role="status"></p>
  <p data-out="numbers"></p>
  <div class="lecture-demo-row">
    <button type="button" data-act="stroke">Write a stroke</button>
    <button type="button" data-act="write"></button>
    <label class="lecture-demo-pen-down"><input type="checkbox" data-in="down"> the pen stays on the paper</label>
  </div>
  <div class="lecture-demo-row">
    <label>Bias: <b data-out="bias"></b> <input type="range" data-in="bias" min="0" max="5" step="0.1"></label>
    <label>One path: <b data-out="path"></b> <input type="range" data-in="path" min="0" max="${PATHS}" step="1"></label>
    <button type="button" data-act="take">Take this path</button>
    <button type="button" data-act="again">Other paths</button>
  </div>
  <div class="lecture-demo-row">
    <label>Cells of layer <select data-in="layer">${Array.from({ length: layers }, (_, n) => `<option>${n + 1}</option>`).join("")}</select></label>
    <label>Colour the strokes by <select data-in="colour"><option value="hand">who drew them</option>
      <option value="surprise">surprise: −log p of each step</option>
      ${Array.from({ length: hidden }, (_, k) => `<option value="${k + 1}">cell ${k + 1}</option>`).join("")}</select></label>
  </div>
  <p data-out="cell" role="status"></p>
  <canvas class="lecture-demo-cells" tabindex="0" role="application" aria-roledescription="table of cells"
    aria-label="Your drawing ${hidden} times, each in the colours of a cell. Arrow keys choose a cell."></canvas>
  <p class="lecture-demo-hint">Each small picture is your drawing, coloured by what one cell puts out after each step. Press one, and the
    strokes above take its colours.</p>
  <p class="lecture-demo-key">${[["negative", -1], ["0", 0], ["positive", 1]].map(([name, value]) => `<span><i style="color: ${shade(value)}"></i>${name}</span>`).join("")}
    <span>in parts of the cell's largest value</span></p>
  <div class="lecture-demo-row">
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>`;
