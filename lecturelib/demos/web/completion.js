// The live demos: draw the top of a digit, and the model completes it.

const COMPLETIONS = 6;
const SLICE = 20; // milliseconds of a frame after which the remaining completions wait for the next frame
const CELL = 10; // canvas pixels an image pixel, in the drawing and the heat map
const INK = "#1b1b1b", PAPER = "#ffffff", UNKNOWN = "rgba(230, 159, 0, 0.28)", MARK = "#b34700";
const HEAT = [[0, 32, 77], [124, 123, 120], [255, 234, 70]]; // dark blue, grey, yellow: safe for colour-blind readers

function heat(p) {
  const k = p < 0.5 ? 0 : 1;
  const mixed = HEAT[k].map((from, channel) => Math.round(from + (HEAT[k + 1][channel] - from) * (2 * p - k)));
  return `rgb(${mixed.join(",")})`;
}

function paint(canvas, width, cell, colour) {
  const context = canvas.getContext("2d");
  for (let i = 0; i < (canvas.width / cell) * (canvas.height / cell); i += 1) {
    context.fillStyle = colour(i);
    context.fillRect((i % width) * cell, Math.floor(i / width) * cell, cell, cell);
  }
  return context;
}

const nats = (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`;
const sum = (values) => values.reduce((total, value) => total + value, 0);

const amount = (n) => (n < 1e9 ? `${(n / 1e6).toFixed(1)} million` : `${(n / 1e9).toFixed(1)} billion`);

// What it costs to draw `unknown` pixels if each activation is computed once and kept, and if none is.
const costText = (once, unknown) => `A completion takes ${amount(once)} multiplications: what a layer computes at a pixel is kept for
  the pixels to come. ${unknown ? `A network that keeps nothing runs over the whole image for each of the ${unknown} unknown pixels:
  ${amount(unknown * once)}, ${unknown} times as many.` : "Here nothing is left to draw."}`.replace(/\s+/g, " ");

function mountCompletion(root, { title, weights, height, width, digits }) {
  const dim = height * width;
  const canvas = `width="${width * CELL}" height="${height * CELL}"`;
  root.innerHTML = `
    <p class="lecture-demo-title">${title}</p>
    <div class="lecture-demo-row" role="group" aria-label="Start from">
      ${digits.map(({ label }, k) => `<button type="button" data-digit="${k}" aria-label="Example digit ${label}">
        <canvas width="${width}" height="${height}"></canvas></button>`).join("")}
      <button type="button" data-act="clear">Clear</button>
    </div>
    <div class="lecture-demo-row">
      <div class="lecture-demo-figure">
        <canvas ${canvas} class="lecture-demo-grid" tabindex="0" role="application" aria-roledescription="drawing grid"
          aria-label="Image x, ${height} by ${width} pixels. Arrow keys move, space toggles a pixel, shift and an arrow draws."></canvas>
        <p>Draw with mouse, finger or keys.<br>Tinted rows are hidden from the model.</p>
      </div>
      <div class="lecture-demo-figure">
        <canvas ${canvas} class="lecture-demo-heat" role="img"
          aria-label="Heat map of the probability of ink at each pixel, given the pixels before it in the grid"></canvas>
        <p>p(x<sub>i</sub> = 1 | x<sub>&lt;i</sub>), pixel by pixel<br>
          0 <span class="lecture-demo-scale"></span> 1</p>
      </div>
    </div>
    <p class="lecture-demo-status" role="status"></p>
    <p class="lecture-demo-nats">log p(x) = <b data-out="all"></b> nats:
      known rows <b data-out="known"></b>, the rest given them <b data-out="rest"></b></p>
    <div class="lecture-demo-row lecture-demo-controls">
      <label>Known rows: <b data-out="rows"></b>
        <input type="range" data-in="rows" min="0" max="${height}" value="${Math.round(height * 0.43)}"></label>
      <label>Temperature: <b data-out="temperature"></b>
        <input type="range" data-in="temperature" min="0.1" max="2" step="0.1" value="1"></label>
      <button type="button" data-act="again">New completions</button>
    </div>
    <div class="lecture-demo-row lecture-demo-completions" role="group" aria-label="Completions; choose one to put it in the grid">
      ${Array.from({ length: COMPLETIONS }, () => `<button type="button" data-completion>
        <canvas width="${width}" height="${height}"></canvas><span>…</span></button>`).join("")}
    </div>
    <p class="lecture-demo-hint">Under each completion, its log p(x) in nats at temperature 1.
      Choose one to put it in the grid. Random seed <b data-out="seed"></b>. <span data-out="cost"></span></p>`;

  const find = (selector) => root.querySelector(selector);
  const grid = find(".lecture-demo-grid"), status = find(".lecture-demo-status");
  const rows = find("[data-in=rows]"), temperature = find("[data-in=temperature]");
  let x = digits.length ? Uint8Array.from(digits[Math.min(3, digits.length - 1)].x) : new Uint8Array(dim);
  let completions = [], seed = 0, cursor = { row: 4, column: Math.floor(width / 2) }, pen = null;

  const text = (name, value) => { find(`[data-out=${name}]`).textContent = value; };
  const thumbnail = (button, image) => paint(button.querySelector("canvas"), width, 1, (i) => (image[i] ? INK : PAPER));

  function drawGrid() {
    const known = rows.value * width;
    const context = paint(grid, width, CELL, (i) => (x[i] ? INK : PAPER));
    context.fillStyle = UNKNOWN;
    context.fillRect(0, rows.value * CELL, grid.width, grid.height);
    context.fillStyle = MARK;
    if (known < dim) context.fillRect(0, rows.value * CELL - 1, grid.width, 2);
    if (root.ownerDocument.activeElement === grid && pen === null) {
      context.strokeStyle = MARK;
      context.lineWidth = 3;
      context.strokeRect(cursor.column * CELL + 0.5, cursor.row * CELL + 0.5, CELL - 1, CELL - 1);
    }
  }

  // What a change costs, in steps: the picture and its numbers, then one completion after the other. Those that are
  // yet to be drawn are pale.
  function* steps() {
    const known = rows.value * width, logit = logits(weights, x), each = logProbs(x, logit);
    const given = x.slice(), heated = temperature.value, uniform = uniforms(seed);
    drawGrid();
    paint(find(".lecture-demo-heat"), width, CELL, (i) => heat(sigmoid(logit[i])));
    text("all", nats(sum(each)));
    text("known", nats(sum(each.slice(0, known))));
    text("rest", nats(sum(each.slice(known))));
    text("rows", `${rows.value} of ${height}`);
    text("temperature", Number(heated).toFixed(1));
    text("seed", seed);
    for (const canvas of root.querySelectorAll("[data-completion] canvas")) canvas.style.opacity = 0.3;
    for (const [k, button] of root.querySelectorAll("[data-completion]").entries()) {
      yield;
      const drawn = visit(weights, given, known, uniform, heated);
      const value = nats(sum(logProbs(drawn.image, drawn.logit)));
      completions[k] = drawn.image;
      if (drawn.multiplications) text("cost", costText(drawn.multiplications, dim - known));
      thumbnail(button, drawn.image);
      button.querySelector("canvas").style.opacity = 1;
      button.querySelector("span").textContent = value;
      button.setAttribute("aria-label", `Completion ${k + 1}, log p of x ${value} nats`);
    }
  }

  const { begin, change } = inSlices(steps, find(".lecture-demo-completions"), SLICE);

  function dot(row, column, value) {
    if (row >= 0 && row < height && column >= 0 && column < width) x[row * width + column] = value;
  }

  // The pen is two pixels wide, as the strokes of the training digits are.
  function stroke(from, to, value) {
    const steps = Math.max(1, Math.abs(to.row - from.row), Math.abs(to.column - from.column));
    for (let k = 0; k <= steps; k += 1) {
      const row = Math.round(from.row + ((to.row - from.row) * k) / steps);
      const column = Math.round(from.column + ((to.column - from.column) * k) / steps);
      [[0, 0], [0, 1], [1, 0], [1, 1]].forEach(([down, right]) => dot(row + down, column + right, value));
    }
  }

  function under(event) {
    const box = grid.getBoundingClientRect();
    return {
      row: Math.floor(((event.clientY - box.top) / box.height) * height),
      column: Math.floor(((event.clientX - box.left) / box.width) * width),
    };
  }

  grid.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    grid.setPointerCapture(event.pointerId);
    const at = under(event);
    pen = { at, value: x[at.row * width + at.column] ? 0 : 1 }; // a stroke that starts on ink erases
    stroke(at, at, pen.value);
    change();
  });
  grid.addEventListener("pointermove", (event) => {
    if (pen === null) return;
    const to = under(event);
    stroke(pen.at, to, pen.value);
    pen.at = to;
    change();
  });
  for (const end of ["pointerup", "pointercancel"]) grid.addEventListener(end, () => { pen = null; });
  for (const focus of ["focus", "blur"]) grid.addEventListener(focus, drawGrid);

  grid.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (move) {
      cursor = {
        row: Math.min(height - 1, Math.max(0, cursor.row + move[0])),
        column: Math.min(width - 1, Math.max(0, cursor.column + move[1])),
      };
    }
    const i = cursor.row * width + cursor.column;
    if (!move) x[i] = 1 - x[i];
    else if (event.shiftKey) x[i] = 1;
    status.textContent = `row ${cursor.row + 1}, column ${cursor.column + 1}: ${x[i] ? "ink" : "paper"}`;
    change();
  });

  root.addEventListener("input", change);
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.act === "clear") x = new Uint8Array(dim);
    else if (button.dataset.act === "again") seed += 1;
    else if (button.dataset.digit) x = Uint8Array.from(digits[button.dataset.digit].x);
    else x = (completions[[...root.querySelectorAll("[data-completion]")].indexOf(button)] ?? x).slice();
    change();
  });

  root.querySelectorAll("[data-digit]").forEach((button, k) => thumbnail(button, digits[k].x));
  begin();
}
