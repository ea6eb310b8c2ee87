// The demo of a SimCLR that trains in the page, on shapes. It comes after demos.js. The build puts the other scripts and the
// style sheet where the line below says.
window.LectureDemos.pages.small_simclr ??= (() => {
  "use strict";
  const { uniforms, heat, paint, link } = window.LectureDemos;
  /* PARTS */

  const STRIDE = 100; // steps of a run where nothing should move
  const FIRST_SEED = 3;

  function mount(root, { title }) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)"), found = linked();
    root.innerHTML = shapesPage(title);
    const find = (selector) => root.querySelector(selector), html = (name, value) => { find(`[data-out=${name}]`).innerHTML = value; };
    const status = find(".lecture-demo-status"), drawn = uniforms(0), canvases = [...root.querySelectorAll(".lecture-demo-pairs canvas")];
    const tests = Array.from({ length: TESTS }, (_, i) => anyShape(drawn, i % NAMES.length)), pictures = tests.map(pixelsOf);
    const place = lanesView(find(".lecture-demo-circle"), tests);
    let now, own = { ...OWN }, seed = FIRST_SEED, by = "kind", uniform, network, curve, parts, last, running = null, queued = false;

    const changes = () => Object.keys(CHANGES).filter((name) => now[name]);

    function begin() {
      running = null;
      uniform = uniforms(seed);
      network = newNetwork(uniform, PIXELS, HIDDEN);
      [curve, parts, last] = [[], [], null];
      render();
    }

    function advance() {
      const shapes = batchOf(BATCH, changes(), uniform);
      const wish = now.negatives ? WISHES.loss : WISHES.alignment, { negatives } = now;
      last = { negatives, ...train(network, shapes.map(pixelsOf), TEMPERATURES[now.temperature], wish, RATE) };
      curve.push(last);
      const part = partOf(now, 0).slice(1); // of a training, the parts with other settings are kept for a link
      if (parts.at(-1)?.part === part) parts.at(-1).steps += 1;
      else parts.push({ part, steps: 1 });
    }

    // What changes in every frame of a run.
    function moved() {
      const z = pictures.map((x) => encode(network.weights, x).z), { length } = curve;
      const nearest = sameAmongNearest(z, tests.map(({ kind }) => kind), NEAREST), cosine = (value) => value.toFixed(2).replace("-", "−");
      const mine = encode(network.weights, pixelsOf(shapeOf(own))).z, close = nearestTo(mine, z, NEAREST).map((i) => NAMES[tests[i].kind]);
      place(z, by, `${TESTS} pictures on the circle. Of the ${NEAREST} nearest of each, ${Math.round(100 * nearest)}% are of its kind`, mine, own.kind);
      html("mine", `Nearest to it: ${close.join(", ")}.`);
      const chance = `${Math.round((100 * (TESTS / NAMES.length - 1)) / (TESTS - 1))}%`;
      const said = last ? `Cosine of partners <b>${cosine(last.partners)}</b>, of different pictures <b>${cosine(last.others)}</b>.` : "Nothing learnt yet.";
      const ignorance = last?.negatives ? ` (ignorance: log ${2 * BATCH - 1} = ${Math.log(2 * BATCH - 1).toFixed(2)})` : " (alignment alone)";
      html("numbers", `Step <b data-out="steps">${length}</b>. ${last ? `Loss <b>${last.loss.toFixed(2)}</b> nats${ignorance}. ` : ""}${said} Of the
        ${NEAREST} nearest test pictures <b data-out="nearest">${Math.round(100 * nearest)}%</b> are of the same kind (chance: ${chance}).`);
      drawCurves(find(".lecture-demo-curves"), curve, last ? `After ${length} steps: partners ${cosine(last.partners)}, different pictures ${cosine(last.others)}` : "No step yet");
    }

    function render() {
      for (const name of Object.keys(START).filter((one) => one !== "temperature")) find(`[data-in=${name}]`).checked = now[name];
      const slider = find("[data-in=temperature]"), temperature = TEMPERATURES[now.temperature];
      slider.value = now.temperature;
      slider.setAttribute("aria-valuetext", temperature);
      html("temperature", temperature);
      find("[data-in=by]").value = by;
      showOwn(root, own);
      html("key", keyOf(by));
      find("[data-act=run]").textContent = running ? "Stop" : calm.matches ? `Run ${STRIDE} steps` : "Run";
      const view = uniforms(1000 + seed), some = NAMES.map((_, kind) => anyShape(view, kind));
      some.forEach((shape, k) => {
        paintShape(canvases[2 * k], shape);
        paintShape(canvases[2 * k + 1], viewOf(shape, changes(), view));
      });
      moved();
    }

    function frame() {
      queued = false;
      if (!running || !root.isConnected) return;
      const end = performance.now() + 12;
      do advance(); while (running.fast && !running.done() && curve.length < MOST_STEPS && performance.now() < end);
      if (curve.length >= MOST_STEPS) stop(`${MOST_STEPS} steps are enough: reset, or take other weights.`);
      else if (running.done()) {
        const { after } = running;
        stop("");
        after?.();
      } else {
        if (!running.fast) moved();
        queue();
      }
    }

    function queue() {
      if (!queued) requestAnimationFrame(frame);
      queued = true;
    }

    function stop(say) {
      running = null;
      render();
      status.textContent = say;
    }

    function go(done, fast = false, after = null) {
      if (curve.length >= MOST_STEPS) { status.textContent = `${MOST_STEPS} steps are enough: reset, or take other weights.`; return; }
      running = { done, fast, after };
      render();
      queue();
    }

    const ACTS = {
      run() {
        const from = curve.length;
        if (running) stop("");
        else go(() => calm.matches && curve.length >= from + STRIDE, calm.matches);
      },
      step() {
        const from = curve.length;
        go(() => curve.length > from);
      },
      again() {
        seed += 1;
        begin();
      },
      reset() {
        [now, own, seed, by] = [{ ...START }, { ...OWN }, FIRST_SEED, "kind"];
        begin();
      },
      link() {
        if (running) stop("");
        const done = parts.map(({ part, steps }) => `${steps}${part}`), shown = partOf(now, 0);
        status.textContent = done.length >= MOST_PARTS ? `The settings were changed too often for a link: more than ${MOST_PARTS} times.`
          : link.write(NAME, [seed, by, `own-${Object.values(own).join("-")}`, ...done, ...(parts.at(-1)?.part === shown.slice(1) ? [] : [shown])].join("_"));
      },
    };
    root.addEventListener("click", (event) => {
      const act = event.target.closest("button")?.dataset.act;
      if (act) status.textContent = "";
      ACTS[act]?.();
    });
    root.addEventListener("input", ({ target }) => {
      const name = target.dataset.in;
      if (!name) return;
      if (name === "by") by = target.value;
      else now[name] = name === "temperature" ? Number(target.value) : target.checked;
      status.textContent = "";
      render();
    });
    calm.addEventListener("change", render);
    mountOwn(root, () => own, () => {
      showOwn(root, own);
      if (!running) moved();
    });

    // A link repeats the training, part after part.
    function repeat([{ now: settings, steps }, ...rest]) {
      now = settings;
      const until = curve.length + steps, next = () => { if (rest.length) repeat(rest); };
      if (steps) go(() => curve.length >= until, true, next);
      else {
        render();
        next();
      }
    }
    now = { ...START };
    if (found) [seed, by, own] = [found.seed, found.by, found.own];
    begin();
    if (found) repeat(found.parts);
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return mount;
})();
