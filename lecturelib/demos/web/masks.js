// The demo of masks and receptive fields. It comes after demos.js. The build puts the other script and the style sheet
// where the line below says.
window.LectureDemos.pages.masks ??= (() => {
  "use strict";
  const { inSlices, link } = window.LectureDemos;
  /* PARTS */

  const NAME = "masks", SIDE = 28, SLICE = 20;
  const CHOICES = {
    stacks: ["Network", { 1: "one stack", 2: "two stacks, gated" }],
    channels: ["Image", { 1: "grey", 3: "colour" }],
    first: ["First kernel", { 3: "3 × 3", 5: "5 × 5", 7: "7 × 7" }],
    mask: ["Its mask", { A: "A", B: "B", none: "none" }],
    kernel: ["Other kernels", { 3: "3 × 3", 5: "5 × 5" }],
    masks: ["Their masks", { A: "A", B: "B", none: "none" }],
    dilations: ["Dilations", { 1: "1", 2: "2", "1-2": "1, 2", "1-2-4": "1, 2, 4", "1-2-4-8": "1, 2, 4, 8" }],
    channel: ["Predict", { 0: "red", 1: "green", 2: "blue" }],
  };
  const START = { stacks: "1", channels: "1", layers: "8", first: "7", mask: "A", kernel: "3", masks: "B", dilations: "1",
    channel: "0", row: "27", column: "13" };
  const PRESETS = {
    "PixelCNN": {},
    "Gated PixelCNN": { stacks: "2" },
    "Mask A everywhere": { masks: "A", first: "3", layers: "3" },
    "Mask B everywhere": { mask: "B" },
    "No mask": { mask: "none", masks: "none" },
  };
  const LEGEND = {
    seen: "seen; the darker, the more paths lead to it",
    unseen: "comes earlier, but is out of sight",
    never: "comes earlier, and no depth brings it into sight: the blind spot",
    leak: "leaks: it must not be seen",
    later: "comes later, or is the prediction itself, and is not seen",
  };
  const COLOURS = ["red", "green", "blue"];

  /** @param {Record<string, string>} state */
  function isState(state) {
    const whole = (text, most) => /^\d{1,2}$/.test(text) && Number(text) <= most;
    return Object.entries(CHOICES).every(([key, [, options]]) => Object.hasOwn(options, state[key])) && whole(state.layers, 32) &&
      Number(state.layers) > 0 && whole(state.row, SIDE - 1) && whole(state.column, SIDE - 1);
  }

  // The state of a link: the values in the order of START.
  function linked() {
    const values = link.read(NAME)?.split(".") ?? [];
    const state = Object.fromEntries(Object.keys(START).map((key, k) => [key, values[k] ?? ""]));
    return isState(state) ? state : null;
  }

  /** @param {Record<string, string>} state @returns {[Network, Target]} */
  function read(state) {
    const number = (key) => Number(state[key]), channels = number("channels");
    const network = { stacks: number("stacks"), channels, layers: number("layers"), first: number("first"), mask: state.mask,
      kernel: number("kernel"), masks: state.masks, dilations: state.dilations.split("-").map(Number) };
    const channel = channels === 3 ? number("channel") : 0;
    return [network, { height: SIDE, width: SIDE, row: number("row"), column: number("column"), channel }];
  }

  function mount(root, { title }) {
    const select = (key) => `<label data-for="${key}">${CHOICES[key][0]} <select data-in="${key}">
      ${Object.entries(CHOICES[key][1]).map(([value, label]) => `<option value="${value}">${label}</option>`).join("")}</select></label>`;
    root.innerHTML = `
      <p class="lecture-demo-title">${title}</p>
      <p>Which values of the image does the network read when it predicts the framed pixel?</p>
      <div class="lecture-demo-row" role="group" aria-label="Start from">
        ${Object.keys(PRESETS).map((name) => `<button type="button" data-preset="${name}">${name}</button>`).join("")}
      </div>
      <div class="lecture-demo-choices">${Object.keys(CHOICES).map(select).join("")}</div>
      <label class="lecture-demo-layers">Layers: <b data-out="layers"></b>
        <input type="range" min="1" max="32" data-in="layers"></label>
      <div class="lecture-demo-row lecture-demo-masks">
        <div class="lecture-demo-figure">
          <canvas width="${SIDE * CELL}" height="${SIDE * CELL}" class="lecture-demo-grid" tabindex="0" role="application"
            aria-roledescription="grid of pixels" aria-label="Image, ${SIDE} by ${SIDE} pixels. Arrow keys move the predicted pixel; shift and an arrow ask about another pixel."></canvas>
          <p>Press a pixel, and that one is predicted.<br>Point at one, and its paths are counted.</p>
        </div>
        <ul class="lecture-demo-legend">
          ${Object.entries(LEGEND).map(([kind, words]) => `<li><canvas width="${CELL}" height="${CELL}" data-kind="${kind}"></canvas>
            <span><b data-out="${kind}"></b> ${words}</span></li>`).join("")}
        </ul>
      </div>
      <p class="lecture-demo-status" role="status"></p>
      <div class="lecture-demo-row lecture-demo-controls">
        <button type="button" data-act="reset">Reset</button>
        <button type="button" data-act="link">Link to this</button>
      </div>`;

    const find = (selector) => root.querySelector(selector), grid = find(".lecture-demo-grid");
    const status = find(".lecture-demo-status");
    let state = linked() ?? { ...START }, shown = null, asked = null;

    // What a change costs, in steps of a layer each.
    function* steps() {
      const of = read(state);
      shown = { of, ...(yield* field(...of)) };
      for (const kind of Object.keys(LEGEND)) {
        find(`[data-out=${kind}]`).textContent = shown.kinds.filter((one) => one === kind).length;
      }
      drawField(grid, shown, asked);
    }

    const { begin, change } = inSlices(steps, grid, SLICE);

    function fill() {
      for (const [key, value] of Object.entries(state)) for (const input of root.querySelectorAll(`[data-in=${key}]`)) input.value = value;
      find("[data-out=layers]").textContent = state.layers;
      find("[data-for=channel]").hidden = state.channels === "1";
    }

    function say(words) {
      const { row, column, channel } = read(state)[1];
      status.textContent = words ?? `Predicted: row ${row + 1}, column ${column + 1}` + (state.channels === "3" ? `, ${COLOURS[channel]}` : "");
    }

    function set(changes) {
      state = { ...state, ...changes };
      fill();
      say();
      change();
    }

    // How many paths lead from the pixel to the prediction, colour by colour.
    function ask(row, column) {
      if (!shown) return;
      asked = { row, column };
      const { channels } = shown.of[0], at = (row * SIDE + column) * channels;
      const each = Array.from({ length: channels }, (_, k) => (channels === 3 ? `${COLOURS[k]} ` : "") +
        (shown.paths[at + k] ? `${many(shown.paths[at + k])} path${shown.paths[at + k] === 1 ? "" : "s"}` : "no path"));
      say(`Row ${row + 1}, column ${column + 1}: ${each.join(", ")}`);
      drawField(grid, shown, asked);
    }

    function under(event) {
      const box = grid.getBoundingClientRect(), at = (part) => Math.min(SIDE - 1, Math.max(0, Math.floor(part * SIDE)));
      return { row: at((event.clientY - box.top) / box.height), column: at((event.clientX - box.left) / box.width) };
    }

    grid.addEventListener("click", (event) => {
      const { row, column } = under(event);
      asked = null;
      set({ row: String(row), column: String(column) });
    });
    grid.addEventListener("pointermove", (event) => {
      const { row, column } = under(event);
      if (asked?.row !== row || asked?.column !== column) ask(row, column);
    });
    grid.addEventListener("keydown", (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!move) return;
      event.preventDefault();
      const from = event.shiftKey && asked ? asked : read(state)[1], inside = (k) => Math.min(SIDE - 1, Math.max(0, k));
      const row = inside(from.row + move[0]), column = inside(from.column + move[1]);
      if (event.shiftKey) ask(row, column);
      else {
        asked = null;
        set({ row: String(row), column: String(column) });
      }
    });
    root.addEventListener("input", (event) => set({ [event.target.dataset.in]: event.target.value }));
    root.addEventListener("click", (event) => {
      const { act, preset } = event.target.closest("button")?.dataset ?? {};
      if (preset) set({ ...START, row: state.row, column: state.column, channels: state.channels, channel: state.channel, ...PRESETS[preset] });
      if (act === "reset") set(START);
      if (act === "link") say(link.write(NAME, Object.keys(START).map((key) => state[key]).join(".")));
    });

    for (const one of root.querySelectorAll("[data-kind]")) drawCell(one.getContext("2d"), one.dataset.kind, 0, 0, CELL, 0.5);
    fill();
    begin();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { countPaths, field });
})();
