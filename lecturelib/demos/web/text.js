// The script of the demos that write texts; it comes after demos.js. The build puts the other script and the style
// sheet where the line below says.
window.LectureDemos.pages.text ??= (() => {
  "use strict";
  const { affine, sigmoid, uniforms } = window.LectureDemos;
  /* PARTS */

  const SPEED = 25; // characters a second
  const SLICE = 12; // milliseconds of a frame after which the characters to come wait for the next frame
  const LIMIT = 4000; // characters written until the page calls it enough
  const STRIDE = 100; // characters that come at once where the reader wants nothing to move
  const LIKELIEST = 5;
  const GLANCE = 400; // milliseconds for which the bars stay while the model writes

  const number = (value) => value.toLocaleString("en");
  const bits = (logProb) => -logProb / Math.LN2;

  function mountText(root, { title, weights, vocabulary, prompt }) {
    const characters = [...vocabulary], index = new Map(characters.map((c, k) => [c, k]));
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    root.innerHTML = `
      <p class="lecture-demo-title"></p>
      <label class="lecture-demo-wide">Beginning of the text
        <textarea rows="2" maxlength="1000" spellcheck="false" autocomplete="off" autocapitalize="off"></textarea></label>
      <p data-out="left" role="status" hidden></p>
      <div class="lecture-demo-row">
        <label>Temperature: <b data-out="temperature"></b>
          <input type="range" data-in="temperature" min="0" max="1.5" step="0.1" value="0.8"></label>
        <label class="lecture-demo-seed">Random seed <input type="number" data-in="seed" min="0" step="1" value="0"></label>
        <button type="button" data-act="write" class="lecture-demo-main"></button>
        <button type="button" data-act="again">Start again</button>
      </div>
      <p class="lecture-demo-status" role="status"></p>
      <div class="lecture-demo-text" data-surprise tabindex="0" role="group"
        aria-label="The text: what you typed is underlined, the rest is the model's"></div>
      <div class="lecture-demo-row lecture-demo-key">
        <label class="lecture-demo-check"><input type="checkbox" data-in="surprise" checked> Colour by surprise:</label>
        <span>0 <span class="lecture-demo-ramp"></span> 8 bits and more</span>
      </div>
      <p class="lecture-demo-hint"><span data-out="mean"></span> Underlined: typed.</p>
      <label class="lecture-demo-wide">Character <b data-out="at" aria-hidden="true"></b>
        <input type="range" data-in="at" min="1" max="1" value="1"></label>
      <div class="lecture-demo-bars" role="group" aria-label="Likeliest characters at this place">
        ${"<div><span></span><i aria-hidden=\"true\"></i><span></span></div>".repeat(LIKELIEST + 1)}
      </div>
      <p class="lecture-demo-hint">What the model expected in a character's place, having read all before it: point at
        one, or move the slider. Bits and bars are the model's own, at temperature 1; a surprise of b bits is a
        probability of 2<sup>−b</sup>. The same beginning, temperature and seed give the same text.</p>`;

    const find = (selector) => root.querySelector(selector);
    const area = find("textarea"), panel = find(".lecture-demo-text"), slider = find("[data-in=at]");
    const button = find("[data-act=write]"), status = find(".lecture-demo-status");
    const temperature = find("[data-in=temperature]"), seed = find("[data-in=seed]");
    const rows = [...find(".lecture-demo-bars").children];
    const text = (name, value) => { find(`[data-out=${name}]`).textContent = value; };
    const bar = (row, name, p) => {
      row.firstElementChild.textContent = name;
      row.children[1].style.setProperty("--p", `${100 * p}%`);
      row.lastElementChild.textContent = percent(p);
    };

    let x = [], typed = 0; // the characters as numbers; so many of them are typed, the others written
    let guesses = [], spans = []; // log p(· | x_{<i}) for every i read, and one for the next; the characters on the page
    let walk, uniform, at, pointer, due = 0, quota = 0, last = 0, glance = 0, queued = false;

    // Begin with what is typed; what the model does not know is left out, and said.
    function begin() {
      const { x: next, left } = encode(area.value, index);
      if (!walk || x.length > typed || next.length < typed || x.some((x_i, i) => x_i !== next[i])) {
        walk = lstm(weights);
        guesses = [walk.logProbs()];
        spans = [];
        panel.replaceChildren();
      } // else the reader only typed on: what is read stays read
      x = next;
      typed = x.length;
      uniform = uniforms(Number(seed.value) || 0);
      const full = area.value.length >= area.maxLength ? ` A beginning ends after ${number(area.maxLength)} characters.` : "";
      text("left", left + full);
      find("[data-out=left]").hidden = !(left + full);
      at = null;
      stop("");
      queue();
    }

    function stop(message) {
      quota = 0;
      status.textContent = message;
      button.textContent = still.matches ? `Write ${STRIDE} characters` : "Write on";
    }

    function go() {
      if (x.length - typed >= LIMIT) return stop(`${number(LIMIT)} characters are enough for one page: start again.`);
      quota = Math.min(still.matches ? STRIDE : LIMIT, LIMIT - (x.length - typed));
      due = 1;
      last = performance.now();
      at = null;
      button.textContent = "Stop";
      status.textContent = "The model writes.";
      return queue();
    }

    // Read what is typed, then write as many characters as are due. All that lasts longer waits for the next frame.
    function frame(now) {
      queued = false;
      if (!root.isConnected) return;
      due = still.matches ? quota : Math.min(due + (SPEED * Math.max(0, now - last)) / 1000, SPEED / 5);
      last = now;
      const end = performance.now() + SLICE;
      while (performance.now() < end) {
        if (guesses.length > x.length) {
          if (quota < 1 || due < 1) break;
          x.push(choose(guesses[x.length], uniform(), Number(temperature.value)));
          quota -= 1;
          due -= 1;
          if (!quota) stop(`${number(x.length - typed)} characters written.`);
        }
        walk.push(x[guesses.length - 1]);
        guesses.push(walk.logProbs());
      }
      if (quota || guesses.length <= x.length) queue();
      if (!still.matches || !queued) draw(now);
    }

    function queue() {
      if (!queued) requestAnimationFrame(frame);
      queued = true;
    }

    function draw(now) {
      for (let i = spans.length; i < guesses.length - 1; i += 1) {
        const span = document.createElement("span"), c = characters[x[i]];
        span.textContent = c;
        span.style.setProperty("--b", Math.min(1, bits(guesses[i][x[i]]) / 8).toFixed(3));
        span.classList.toggle("lecture-demo-typed", i < typed);
        span.classList.toggle("lecture-demo-newline", c === "\n");
        spans.push(span);
        panel.append(span);
        if (at === null) panel.scrollTop = panel.scrollHeight;
      }
      if (at === null && quota && now - glance < GLANCE) return;
      glance = now;
      show();
    }

    function mean(from, to) {
      const all = spans.slice(from, to).map((_, k) => bits(guesses[from + k][x[from + k]]));
      const average = all.length ? `, ${(all.reduce((sum, one) => sum + one, 0) / all.length).toFixed(2)} bits each` : "";
      return `${number(all.length)} characters${average}`;
    }

    // The bars and numbers of the character pointed at, or of the next.
    function show() {
      const n = spans.length, i = Math.min(at ?? n, n), p = Array.from(guesses[i], Math.exp);
      const best = p.map((_, k) => k).sort((j, k) => p[k] - p[j]).slice(0, LIKELIEST);
      const surprise = i < n ? `${quoted(characters[x[i]])}, ${bits(guesses[i][x[i]]).toFixed(1)} bits, p = ${percent(p[x[i]])}`
        : "the next, not yet written";
      best.forEach((k, row) => {
        bar(rows[row], named(characters[k]), p[k]);
        rows[row].classList.toggle("lecture-demo-came", i < n && k === x[i]);
      });
      bar(rows[LIKELIEST], `${p.length - best.length} others`, Math.max(0, 1 - best.reduce((sum, k) => sum + p[k], 0)));
      rows[LIKELIEST].classList.toggle("lecture-demo-came", i < n && !best.includes(x[i]));
      panel.querySelector("[data-at]")?.removeAttribute("data-at");
      spans[i]?.setAttribute("data-at", "");
      slider.max = n + 1;
      slider.value = i + 1;
      const likeliest = best.slice(0, 3).map((k) => `${named(characters[k])} ${percent(p[k])}`).join(", ");
      slider.setAttribute("aria-valuetext", `${i + 1} of ${n + 1}: ${surprise}. Likeliest here: ${likeliest}`);
      text("at", `${number(i + 1)} of ${number(n + 1)}: ${surprise}`);
      text("mean", `Typed: ${mean(0, typed)}. Written: ${mean(typed)}.`);
      text("temperature", Number(temperature.value).toFixed(1));
    }

    function point(event) {
      const i = spans.indexOf(event.target), place = `${event.clientX}, ${event.clientY}`;
      const moved = place !== pointer || event.type === "click"; // else the text has scrolled by under it
      pointer = place;
      if (i < 0 || i === at || !moved) return;
      at = i;
      show();
    }
    panel.addEventListener("pointermove", point);
    panel.addEventListener("click", point);
    panel.addEventListener("pointerleave", () => { if (quota) at = null; }); // back to where the model writes
    area.addEventListener("input", begin);
    seed.addEventListener("input", begin);
    temperature.addEventListener("input", show);
    slider.addEventListener("input", () => {
      at = Number(slider.value) - 1 < spans.length ? Number(slider.value) - 1 : null;
      panel.scrollTop = (spans[at]?.offsetTop ?? panel.scrollHeight) - panel.clientHeight / 2;
      show();
    });
    find("[data-in=surprise]").addEventListener("change", (event) => {
      panel.toggleAttribute("data-surprise", event.target.checked);
    });
    find("[data-act=again]").addEventListener("click", begin);
    button.addEventListener("click", () => (quota ? stop(`Stopped: ${number(x.length - typed)} characters written.`) : go()));
    still.addEventListener("change", () => stop(""));

    find(".lecture-demo-title").textContent = title;
    area.value = prompt;
    begin();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mountText, { choose, read, write });
})();
