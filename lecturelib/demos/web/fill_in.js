// The demo in which any part of a digit is covered, and the network fills it in. It comes after demos.js. The build puts
// the other script and the style sheet where the line below says.
window.LectureDemos.pages.fill_in ??= (() => {
  "use strict";
  const { affine, sigmoid, softplus, uniforms, heat, paint, inSlices, link, toHex, fromHex } = window.LectureDemos;
  /* PARTS */

  const NAME = "any_part", FIRST = "top from bottom", COMPLETIONS = 6;
  const SLICE = 20; // milliseconds of a frame after which the rest waits for the next frame
  const CELL = 10; // canvas pixels an image pixel
  const BRUSH = 2; // how far the brush that covers reaches, in pixels
  const INK = "#1b1b1b", PAPER = "#ffffff", COVER = "#f0c674", MARK = "#b34700";
  const BRUSHES = { cover: "Cover", uncover: "Uncover", ink: "Draw", paper: "Erase" };

  const nats = (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`;

  // What a link to this demo shows, if the page was opened by one.
  function linked(dim) {
    const [, seed, x, visible] = link.read(NAME)?.match(/^(\d{1,9})\.([0-9a-f]+)\.([0-9a-f]+)$/) ?? [];
    if (!seed || 4 * x.length !== dim || x.length !== visible.length) return null;
    return { seed: Number(seed), x: fromHex(x), visible: fromHex(visible) };
  }

  function mount(root, { title, weights, height: side, digits }) {
    const dim = side * side, canvas = `width="${side * CELL}" height="${side * CELL}"`;
    root.innerHTML = `
      <p class="lecture-demo-title">${title}</p>
      <div class="lecture-demo-row" role="group" aria-label="Start from">
        ${digits.map(({ label }, k) => `<button type="button" data-digit="${k}" aria-label="Example digit ${label}">
          <canvas width="${side}" height="${side}"></canvas></button>`).join("")}
      </div>
      <div class="lecture-demo-row">
        <label>Predict <select data-in="part"><option value="">what I cover</option>
          ${Object.keys(PARTS).map((name) => `<option>${name}</option>`).join("")}</select></label>
        <fieldset class="lecture-demo-brushes"><legend>Brush</legend>
          ${Object.entries(BRUSHES).map(([name, label], k) => `<label><input type="radio" name="${root.dataset.demo}-brush"
            value="${name}" ${k ? "" : "checked"}> ${label}</label>`).join("")}</fieldset>
      </div>
      <div class="lecture-demo-row lecture-demo-beside">
        <div class="lecture-demo-figure">
          <canvas ${canvas} class="lecture-demo-grid" tabindex="0" role="application" aria-roledescription="drawing grid"
            aria-label="Image, ${side} by ${side} pixels. Arrow keys move, space applies the brush, shift and an arrow paint."></canvas>
          <p>Paint with mouse, finger or keys.<br>Yellow: hidden from the network.</p>
        </div>
        <div class="lecture-demo-figure">
          <canvas ${canvas} class="lecture-demo-heat" role="img"
            aria-label="Heat map of the probability of ink at each hidden pixel, given the visible ones"></canvas>
          <p>p(x<sub>i</sub> = 1 | visible), all from one pass<br>0 <span class="lecture-demo-scale"></span> 1</p>
        </div>
      </div>
      <p class="lecture-demo-status" role="status"></p>
      <p><b data-out="hidden"></b> pixels hidden. log p(what was there | visible) = <b data-out="truth"></b> nats.</p>
      <div class="lecture-demo-row lecture-demo-controls">
        <button type="button" data-act="again">Fill in again</button>
        <button type="button" data-act="undo">Undo</button>
        <button type="button" data-act="reset">Reset</button>
        <button type="button" data-act="link">Link to this</button>
      </div>
      <div class="lecture-demo-row lecture-demo-completions" role="group" aria-label="Completions; choose one to put it in the grid">
        ${Array.from({ length: COMPLETIONS }, () => `<button type="button" data-completion>
          <canvas width="${side}" height="${side}"></canvas><span>…</span></button>`).join("")}
      </div>
      <p class="lecture-demo-hint">Hidden pixels are drawn one after another in a random order, each given all that stand
        by then. Under each completion, log p(it | visible) in nats, in that order. Seed <b data-out="seed"></b>.</p>`;

    const find = (selector) => root.querySelector(selector);
    const grid = find(".lecture-demo-grid"), status = find(".lecture-demo-status"), select = find("[data-in=part]");
    const text = (name, value) => { find(`[data-out=${name}]`).textContent = value; };
    const thumbnail = (button, image) => paint(button.querySelector("canvas"), side, 1, (i) => (image[i] ? INK : PAPER));
    const start = () => ({ x: Uint8Array.from(digits[3 % digits.length].x), visible: part(FIRST, side, uniforms(0)), seed: 0 });
    let now = linked(dim) ?? start(), past = [], completions = [];
    let cursor = { row: 6, column: side / 2 }, pen = null;

    function drawGrid() {
      const context = paint(grid, side, CELL, (i) => (!now.visible[i] ? COVER : now.x[i] ? INK : PAPER));
      if (root.ownerDocument.activeElement !== grid || pen) return;
      context.strokeStyle = MARK;
      context.lineWidth = 3;
      context.strokeRect(cursor.column * CELL + 0.5, cursor.row * CELL + 0.5, CELL - 1, CELL - 1);
    }

    // What a change costs, in steps: the picture and its probabilities, what was there, then one completion after another.
    function* steps() {
      const { x, visible, seed } = now, uniform = uniforms(seed), hidden = visible.filter((m) => !m).length;
      drawGrid();
      const logit = allLogits(weights, x, visible);
      paint(find(".lecture-demo-heat"), side, CELL, (i) => (visible[i] ? (x[i] ? INK : PAPER) : heat(sigmoid(logit[i]))));
      text("hidden", hidden);
      text("truth", "…");
      text("seed", seed);
      for (const one of root.querySelectorAll("[data-completion] canvas")) one.style.opacity = 0.3;
      yield;
      const order = randomOrder(visible, uniform);
      text("truth", nats((yield* fillIn(weights, x, visible, order, null)).nats));
      for (const [k, button] of root.querySelectorAll("[data-completion]").entries()) {
        const drawn = yield* fillIn(weights, x, visible, randomOrder(visible, uniform), uniform);
        completions[k] = drawn.image;
        thumbnail(button, drawn.image);
        button.querySelector("canvas").style.opacity = 1;
        button.querySelector("span").textContent = nats(drawn.nats);
        button.setAttribute("aria-label", `Completion ${k + 1}, log p given the visible pixels ${nats(drawn.nats)} nats`);
      }
    }

    const { begin, change } = inSlices(steps, find(".lecture-demo-completions"), SLICE);

    function remember() {
      past.push({ x: now.x.slice(), visible: now.visible.slice(), seed: now.seed });
      if (past.length > 50) past.shift();
    }

    function apply(row, column) {
      const brush = find("fieldset :checked").value, reach = { cover: BRUSH, uncover: BRUSH, ink: 1, paper: 1 }[brush];
      for (let r = Math.max(0, row - reach + 1); r < Math.min(side, row + reach); r += 1) {
        for (let c = Math.max(0, column - reach + 1); c < Math.min(side, column + reach); c += 1) {
          const i = r * side + c;
          if (brush === "cover" || brush === "uncover") now.visible[i] = Number(brush === "uncover");
          else [now.x[i], now.visible[i]] = [Number(brush === "ink"), 1];
        }
      }
      select.value = "";
    }

    function stroke(from, to) {
      const count = Math.max(1, Math.abs(to.row - from.row), Math.abs(to.column - from.column));
      for (let k = 0; k <= count; k += 1) {
        const between = (a, b) => Math.round(a + ((b - a) * k) / count);
        apply(between(from.row, to.row), between(from.column, to.column));
      }
      change();
    }

    function under(event) {
      const box = grid.getBoundingClientRect();
      return { row: Math.floor(((event.clientY - box.top) / box.height) * side),
        column: Math.floor(((event.clientX - box.left) / box.width) * side) };
    }

    grid.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      grid.setPointerCapture(event.pointerId);
      remember();
      pen = under(event);
      stroke(pen, pen);
    });
    grid.addEventListener("pointermove", (event) => {
      if (!pen) return;
      const to = under(event);
      stroke(pen, to);
      pen = to;
    });
    for (const end of ["pointerup", "pointercancel"]) grid.addEventListener(end, () => { pen = null; });
    for (const focus of ["focus", "blur"]) grid.addEventListener(focus, drawGrid);
    grid.addEventListener("keydown", (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!move && event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      const inside = (k) => Math.min(side - 1, Math.max(0, k));
      if (move) cursor = { row: inside(cursor.row + move[0]), column: inside(cursor.column + move[1]) };
      if (!move || event.shiftKey) {
        remember();
        stroke(cursor, cursor);
      } else drawGrid();
      const i = cursor.row * side + cursor.column;
      status.textContent = `row ${cursor.row + 1}, column ${cursor.column + 1}: ` +
        (now.visible[i] ? (now.x[i] ? "ink" : "paper") : "hidden");
    });

    select.addEventListener("change", () => {
      if (!select.value) return;
      remember();
      now.visible = part(select.value, side, uniforms(now.seed));
      change();
    });
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button"), act = button?.dataset.act;
      if (!button) return;
      status.textContent = "";
      if (act === "link") {
        status.textContent = link.write(NAME, `${now.seed}.${toHex(now.x)}.${toHex(now.visible)}`);
        return;
      }
      if (act === "undo") now = past.pop() ?? now;
      else {
        remember();
        if (act === "again") now.seed += 1;
        else if (act === "reset") now = start();
        else if (button.dataset.digit) now.x = Uint8Array.from(digits[button.dataset.digit].x);
        else now.x = (completions[[...root.querySelectorAll("[data-completion]")].indexOf(button)] ?? now.x).slice();
      }
      if (act === "reset") select.value = FIRST;
      change();
    });

    root.querySelectorAll("[data-digit]").forEach((button, k) => thumbnail(button, digits[k].x));
    if (!linked(dim)) select.value = FIRST;
    begin();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { allLogits, fillIn, randomOrder, part });
})();
