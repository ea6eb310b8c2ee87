// The demo that trains a density in the page, in two orders of the pixels. It comes after demos.js. The build puts the other
// scripts and the style sheet where the line below says.
window.LectureDemos.pages.orders ??= (() => {
  "use strict";
  const { sigmoid, softplus, uniforms, heat, link } = window.LectureDemos;
  /* PARTS */

  const SLICE = 12, STRIDE = 4; // milliseconds of a frame, and its most steps of the first seed, which is to be watched

  function mount(root, { title, train, valid }) {
    const still = matchMedia("(prefers-reduced-motion: reduce)"), pixels = { train: unpackImages(train), valid: unpackImages(valid) };
    root.innerHTML = ordersPage(title);
    const find = (selector) => root.querySelector(selector), html = (name, value) => { find(`[data-out=${name}]`).innerHTML = value; };
    const status = find(".lecture-demo-status"), box = find(".lecture-demo-orders");
    const u = uniforms(7), noise = Array.from({ length: 10 }, () => Float64Array.from({ length: DIM }, () => u()));
    const finished = new Map(), end = PASSES * Math.ceil(pixels.train.length / DIM / BATCH), drawChart = natsChart(find(".lecture-demo-plot"), end);
    let now, runs, work, seed, position, goal, whole = true, fast = false, queued = false, listed = 0;

    const last = () => now.seeds * end, key = (code, of) => [now.model, now.method, now.rate, code, of].join(" ");
    const past = (code) => Array.from({ length: now.seeds }, (_, k) => finished.get(key(code, k + 1))).filter(Boolean);

    // Seed after seed, both orders side by side; yields often, and true after each step of both. What is trained is kept.
    function* training() {
      for (seed = 1; seed <= now.seeds; seed += 1) {
        const next = {};
        for (const name of PANELS) {
          next[name] = finished.get(key(now[name], seed)) ?? (now.a === now[name] && next.a) ?? null;
          if (!next[name]) next[name] = beginTraining({ ...now, seed }, now[name], pixels);
          yield false;
        }
        const both = [...new Set(Object.values(next))];
        for (const run of both) if (!run.curve.length) yield* run.evaluate();
        runs = next;
        if (seed === 1) {
          position = 0;
          yield true;
        }
        while (both.some((run) => run.t < end)) {
          for (const run of both.filter((one) => one.t < end)) {
            run.advance();
            if (run.t === end || run.t % (run.t < 10 ? 1 : run.t < 50 ? 10 : 25) === 0) {
              yield false;
              yield* run.evaluate();
            }
            yield false;
          }
          const t = Math.min(...both.map((run) => run.t));
          if (t === end) break;
          position = (seed - 1) * end + t;
          yield true;
        }
        for (const name of PANELS) finished.set(key(now[name], seed), runs[name]);
        position = seed * end;
        yield true;
      }
    }

    function frame() {
      queued = false;
      if (!root.isConnected) return undefined;
      const stop = performance.now() + SLICE, watched = !fast && seed <= 1, from = position;
      while ((position < goal || !whole) && performance.now() < stop && !(watched && whole && position >= from + STRIDE)) {
        const step = work.next();
        whole = step.done || step.value;
        if (step.done) break;
      }
      const busy = position < goal || !whole;
      box.setAttribute("aria-busy", busy);
      if (!busy) return settle();
      showProgress();
      if (!still.matches && runs) showRuns();
      return queue();
    }

    function queue() {
      if (!queued) requestAnimationFrame(frame);
      queued = true;
    }

    // A first step to be shown, and no training yet.
    function begin() {
      [work, runs, seed, position, goal, fast, whole] = [training(), null, 1, -1, 0, false, false];
      status.textContent = "";
      showSettings();
      queue();
    }

    function go(to, quick = false) {
      [goal, fast] = [Math.min(to, last()), quick];
      if (position >= last()) status.textContent = "All seeds are trained: choose another order, more seeds, or reset.";
      else {
        status.textContent = "";
        showSettings();
        queue();
      }
    }

    function settle() {
      showSettings();
      showProgress();
      showRuns();
      const done = Math.min(past(now.a).length, past(now.b).length), seeds = (code) => past(code).slice(0, done).map(({ each }) => each);
      if (!done || position < 1) return;
      const worse = PANELS.some((name) => runs[name].curve[0][1] < runs[name].curve.at(-1)[1]);
      status.textContent = verdict(seeds(now.a), seeds(now.b)) + (worse ? " The nats have risen since the beginning: the learning rate is too large." : "");
    }

    function showSettings() {
      for (const name of ["model", "method"]) find(`[data-in=${name}]`).value = now[name];
      for (const [name, value, shown] of [["rate", RATES.indexOf(now.rate), now.rate], ["seeds", now.seeds, now.seeds]]) {
        html(name, shown);
        find(`[data-in=${name}]`).value = value;
        find(`[data-in=${name}]`).setAttribute("aria-valuetext", shown);
      }
      for (const name of PANELS) {
        const [order] = now[name].split("."), panel = `[data-panel=${name}]`;
        find(`${panel} select`).value = order;
        find(`${panel} [data-act=another]`).hidden = order !== "random";
        for (const act of ["back", "clear"]) find(`${panel} [data-act=${act}]`).hidden = order !== "hand";
        showOrder[name]();
      }
      find("[data-act=run]").textContent = position < goal && goal > 0 ? "Stop" : "Run";
    }

    function showProgress() {
      const t = Math.max(0, position - (seed - 1) * end), at = Math.min(seed, now.seeds);
      html("progress", position >= last() ? `${now.seeds === 1 ? "One seed" : `${now.seeds} seeds`}, ${end.toLocaleString("en")} steps each: done.`
        : `Seed ${at} of ${now.seeds}, step ${t.toLocaleString("en")} of ${end.toLocaleString("en")}: ${Math.floor((t * PASSES) / end)} of ${PASSES} passes.`);
    }

    function showRuns() {
      const reading = (name) => runs[name].curve.at(-1)[1];
      for (const name of PANELS) {
        html(name, nats(reading(name)));
        html(`${name}-t`, runs[name].curve.at(-1)[0].toLocaleString("en"));
        const canvas = find(`[data-panel=${name}] [data-samples]`);
        drawDigits(canvas, noise.map((one) => runs[name].sample(one)), ACROSS);
        canvas.setAttribute("aria-label", `Ten samples of the model with order ${name.toUpperCase()}`);
      }
      const kept = (name) => past(now[name]).filter((run) => run !== runs[name]).map((run) => ({ points: run.curve, kind: `lecture-demo-before lecture-demo-line-${name}` }));
      drawChart([...PANELS.flatMap(kept), ...PANELS.map((name) => ({ points: runs[name].curve, kind: `lecture-demo-line-${name}` }))],
        Math.max(runs.a.t, runs.b.t), `Held-out nats over ${end} steps: A is at ${nats(reading("a"))}, B at ${nats(reading("b"))}`);
      if (finished.size === listed) return;
      listed = finished.size;
      find("tbody").innerHTML = trainedRows(finished);
      find(".lecture-demo-scroll").hidden = !listed;
    }

    const ACTS = {
      run: () => (position < goal && goal > 0 ? go(position + (whole ? 0 : 1)) : go(Infinity)),
      step: () => go(position + 1),
      pass: () => go((Math.floor((position * PASSES) / end) + 1) * (end / PASSES), true),
      another(name) {
        now[name] = `random.${(Number(now[name].split(".")[1]) % 999) + 1}`;
        begin();
      },
      back(name) {
        now[name] = byHand(pathOf(now[name]).slice(0, -1));
        begin();
      },
      clear(name) {
        now[name] = byHand([]);
        begin();
      },
      reset() {
        finished.clear();
        now = { ...START };
        begin();
      },
      link() {
        status.textContent = link.write(NAME, [...Object.values(now), Math.max(0, position)].join("_"));
      },
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) ACTS[button.dataset.act](button.closest("[data-panel]")?.dataset.panel);
    });
    root.addEventListener("input", ({ target }) => {
      const { in: name } = target.dataset;
      if (PANELS.includes(name)) now[name] = { random: "random.1", hand: byHand([]) }[target.value] ?? target.value;
      else now[name] = name === "rate" ? RATES[target.value] : name === "seeds" ? Number(target.value) : target.value;
      if (name === "method") now.rate = RATE_OF[now.method];
      begin();
    });
    html("end", end.toLocaleString("en"));
    drawDigits(find("[data-digits]"), Array.from({ length: 10 }, (_, n) => pixels.valid.subarray(n * DIM, (n + 1) * DIM)), 10);
    const showOrder = Object.fromEntries(PANELS.map((name) => [name, drawByHand(find(`[data-panel=${name}] .lecture-demo-grid`), {
      code: () => now[name], set: (code) => { now[name] = code; }, done: begin, back: () => ACTS.back(name), say: (words) => { status.textContent = words; } })]));
    const found = linked();
    now = found?.now ?? { ...START };
    begin();
    if (found?.done) go(found.done, true);
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return mount;
})();
