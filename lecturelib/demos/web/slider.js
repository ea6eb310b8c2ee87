// Ancestral sampling, one pixel a frame. Every slider on the page runs the same code on its own data.
(() => {
  const SPEED = 60; // pixels a second
  const COLORS = { ink: "#1b1b1b", paper: "#ffffff", later: "#d4dce2", mark: "#d55e00" };
  const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

  function start(root) {
    const { height: rows, width: columns, count, label, title, p, x } = root.dataset;
    const height = Number(rows), width = Number(columns), dim = height * width;
    const percent = bytes(p), packed = bytes(x);
    const bit = (n, i) => (packed[n * Math.ceil(dim / 8) + (i >> 3)] >> (7 - (i & 7))) & 1;
    const cell = Math.max(2, Math.floor(560 / Math.max(height, width)));
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    root.innerHTML = `
      <p class="lecture-demo-title"></p>
      <div class="lecture-demo-row">
        <div class="lecture-demo-figure"><canvas role="img" width="${width * cell}" height="${height * cell}"></canvas></div>
        <div style="flex: 1 1 13rem">
          <p data-out="where"></p>
          <p style="margin-top: 0.6rem">p(x<sub>i</sub> = 1 | x<sub>&lt;i</sub>) = <b data-out="p"></b></p>
          <div class="lecture-demo-bar" aria-hidden="true"></div>
          <p style="margin-top: 0.6rem">drawn: x<sub>i</sub> = <b data-out="x"></b></p>
          <label style="margin-top: 1rem">Sample <select>${Array.from({ length: Number(count) }, (_, n) =>
            `<option value="${n}">${n + 1} of ${count}</option>`).join("")}</select></label>
        </div>
      </div>
      <div class="lecture-demo-row">
        <button type="button" style="min-width: 6rem"></button>
        <label>Pixels drawn: <b data-out="count"></b>
          <input type="range" min="0" max="${dim}" value="${Math.round(dim * 0.45)}"></label>
      </div>`;
    const find = (selector) => root.querySelector(selector);
    const canvas = find("canvas"), slider = find("input"), select = find("select"), button = find("button");
    const text = (name, value) => { find(`[data-out=${name}]`).textContent = value; };
    find(".lecture-demo-title").textContent = title;
    canvas.setAttribute("aria-label", label);
    let playing = false;

    function draw() {
      const n = Number(select.value), i = Number(slider.value), context = canvas.getContext("2d");
      const square = (k) => [(k % width) * cell, Math.floor(k / width) * cell, cell, cell];
      for (let k = 0; k < dim; k += 1) {
        context.fillStyle = k >= i ? COLORS.later : bit(n, k) ? COLORS.ink : COLORS.paper;
        context.fillRect(...square(k));
      }
      const done = i === dim, probability = done ? 0 : percent[n * dim + i];
      if (!done) {
        const [left, top] = square(i);
        context.lineWidth = Math.max(3, cell / 5);
        context.strokeStyle = COLORS.mark;
        context.strokeRect(left, top, cell, cell);
      }
      const where = done ? "The image is complete." : `i = ${i + 1} of ${dim}: row ${1 + Math.floor(i / width)}, column ${1 + (i % width)}`;
      const chance = done ? "–" : (probability / 100).toFixed(2);
      text("where", where);
      text("p", chance);
      text("x", done ? "–" : bit(n, i));
      text("count", i);
      find(".lecture-demo-bar").style.setProperty("--p", `${probability}%`);
      slider.setAttribute("aria-valuetext", done ? where : `${i} drawn; probability of ink at the next pixel ${chance}`);
      button.textContent = still.matches ? "Next row" : playing ? "Pause" : "Play";
    }

    function frame(begin, from) {
      if (!playing || !root.isConnected) return;
      slider.value = Math.min(dim, from + Math.floor(((performance.now() - begin) / 1000) * SPEED));
      playing = Number(slider.value) < dim;
      draw();
      requestAnimationFrame(() => frame(begin, from));
    }

    button.addEventListener("click", () => {
      const from = Number(slider.value) === dim ? 0 : Number(slider.value);
      playing = !playing && !still.matches;
      slider.value = still.matches ? (Math.floor(from / width) + 1) * width : from;
      if (playing) frame(performance.now(), from);
      draw();
    });
    slider.addEventListener("input", () => { playing = false; draw(); });
    select.addEventListener("change", draw);
    still.addEventListener("change", () => { playing = false; draw(); });
    draw();
  }

  for (const root of document.querySelectorAll(".lecture-demo[data-slider]:not([data-ready])")) {
    root.dataset.ready = "";
    start(root);
  }
})();
