// The demo that follows a gradient back through a recurrent network. It comes after demos.js. The build puts the other
// scripts and the style sheet where the line below says.
window.LectureDemos.pages.gradients ??= (() => {
  "use strict";
  const { sigmoid, uniforms, inSlices, link } = window.LectureDemos;
  /* PARTS */

  const NAME = "gradients", HIDDEN = 32, WIDTH = 8, LONGEST = 100, SLICE = 20, NEAR = 10;
  const NETWORKS = { tanh: "RNN, tanh", relu: "RNN, ReLU", linear: "RNN, no nonlinearity", lstm: "LSTM" };
  const CLIPS = [0.001, 0.01, 0.1, 0.3, 1, 3, 10, 100, Infinity];
  const SLIDERS = { // label, least, most, step
    radius: ["Spectral radius ρ of W<sub>hh</sub>", 0.3, 1.8, 0.01],
    length: ["Length T", 5, LONGEST, 1],
    inputs: ["Size of the inputs", 0, 3, 0.1],
    forget: ["Bias of the forget gate", -2, 6, 0.25],
    clip: ["Clip the gradient at", 0, CLIPS.length - 1, 1],
  };
  const START = { network: "tanh", radius: 0.7, length: 60, inputs: 0.3, forget: 0, clip: CLIPS.length - 1, seed: 0 };

  function linked() {
    const [network, ...values] = link.read(NAME)?.split("_") ?? [], keys = Object.keys(START).slice(1);
    if (!(network in NETWORKS) || values.length !== keys.length) return null;
    const found = { network, ...Object.fromEntries(keys.map((key, k) => [key, Number(values[k])])) };
    const inside = Object.entries(SLIDERS).every(([key, [, least, most]]) => found[key] >= least && found[key] <= most);
    return inside && Number.isInteger(found.length) && Number.isInteger(found.clip) && found.seed >= 0 ? found : null;
  }

  /** @param {number} left what is left of the gradient @returns {string} */
  const verdict = (left) => (left === 0 ? "is exactly 0" : left < 1e-3 ? "has vanished" : left < 0.5 ? "shrinks"
    : left <= 2 ? "holds" : left <= 1e3 ? "grows" : "explodes");

  const percent = (share) => (share > 0 && share < 0.001 ? "less than 0.1%" : `${(100 * share).toFixed(1)}%`);

  /** @param {ReturnType<typeof drawNetwork>} drawn @param {number[]} radii of its blocks @param {typeof START} now */
  function networkOf({ blocks, W_x }, radii, { network, radius, forget }) {
    const count = network === "lstm" ? 4 : 1, H = HIDDEN;
    const W_h = Float64Array.from(blocks.slice(0, count).flatMap((W, k) => Array.from(W, (w) => (radius * w) / radii[k])));
    const b = Float64Array.from({ length: count * H }, (_, k) => (k >= 2 * H && k < 3 * H ? forget : 0));
    return { cell: network === "lstm" ? "lstm" : "rnn", phi: network, W_x: W_x.slice(0, count * H * WIDTH), W_h, b };
  }

  function mount(root, { title }) {
    root.innerHTML = `
      <p class="lecture-demo-title">${title}</p>
      <div class="lecture-demo-row">
        <label>Network <select data-in="network">
          ${Object.entries(NETWORKS).map(([name, label]) => `<option value="${name}">${label}</option>`).join("")}</select></label>
        ${Object.entries(SLIDERS).map(([name, [label, least, most, step]]) => `<label>${label}: <b data-out="${name}"></b>
          <input type="range" data-in="${name}" min="${least}" max="${most}" step="${step}"></label>`).join("")}
      </div>
      <p class="lecture-demo-say lecture-demo-verdict" role="status"></p>
      <div class="lecture-demo-charts" aria-busy="true"><div></div><div></div></div>
      <p class="lecture-demo-say" data-out="singular"></p>
      <p class="lecture-demo-say" data-out="clipping"></p>
      <div class="lecture-demo-row">
        <button type="button" data-act="again">Other weights and inputs</button>
        <button type="button" data-act="keep"></button>
        <button type="button" data-act="reset">Reset</button>
        <button type="button" data-act="link">Link to this</button>
      </div>
      <p class="lecture-demo-status" role="status"></p>
      <p class="lecture-demo-hint">${HIDDEN} units, random weights, random inputs; L = v · h<sub>T</sub> with ‖v‖ = 1, so that the line
        begins at 1. Of an LSTM, ρ is that of each of its four recurrent matrices. Seed <b data-out="seed"></b>.</p>`;

    const find = (selector) => root.querySelector(selector), text = (name, value) => { find(`[data-out=${name}]`).innerHTML = value; };
    const status = find(".lecture-demo-status"), said = find(".lecture-demo-verdict"), box = find(".lecture-demo-charts");
    const states = logChart(box.children[0], { low: -12, high: 6, every: 3, x: "steps back, k", y: "The gradient at step T − k: its norm" });
    const parts = logChart(box.children[1], { low: -12, high: 6, every: 3, x: "steps back, k", y: "What step T − k adds to the gradient of W<sub>hh</sub>" });
    let now = linked() ?? { ...START }, kept = null, latest = null, drawn = null;

    // The radii are found once for a seed; what the sliders change costs a few milliseconds.
    function* steps() {
      showSettings();
      if (drawn?.seed !== now.seed) {
        const next = { seed: now.seed, ...drawNetwork(now.seed, HIDDEN, WIDTH, LONGEST), radii: [] };
        for (const W of next.blocks) next.radii.push(yield* spectralRadius(W, HIDDEN));
        next.sigma = (yield* largestSingularValue(next.blocks[0], HIDDEN)) / next.radii[0];
        drawn = next;
      }
      yield;
      const xs = drawn.noise.slice(0, now.length).map((x) => x.map((one) => now.inputs * one));
      latest = { ...backThroughTime(networkOf(drawn, drawn.radii, now), xs, drawn.v), name: describe() };
      show();
    }

    const { begin, change } = inSlices(steps, box, SLICE);
    const describe = () => `${NETWORKS[now.network]}, ρ = ${now.radius.toFixed(2)}, inputs ${now.inputs}`;

    function showSettings() {
      const limit = CLIPS[now.clip], shown = { radius: now.radius.toFixed(2), length: now.length, inputs: now.inputs, forget: decimal(now.forget),
        clip: limit === Infinity ? "never" : limit, seed: now.seed };
      find("[data-in=network]").value = now.network;
      for (const [name, value] of Object.entries(shown)) {
        text(name, value);
        const slider = find(`[data-in=${name}]`);
        if (!slider) continue;
        slider.value = now[name];
        slider.setAttribute("aria-valuetext", value);
      }
      find("[data-in=forget]").parentElement.hidden = now.network !== "lstm";
      find("[data-act=keep]").textContent = kept ? "Drop the kept line" : "Keep this line to compare";
    }

    function show() {
      const { h, s } = latest, k = h.length - 1, left = h[k], lstm = now.network === "lstm", sigma = drawn.sigma * now.radius;
      const mean = left > 0 ? `, × ${decimal(left ** (1 / k))} at each step on average` : "";
      said.textContent = `The gradient ${verdict(left)}: of 1 at the end, ${decimal(left)} is left ${k} steps before${mean}.`;
      const bound = { values: h.map((_, j) => sigma ** j), kind: "bound", name: "bound σᵏ" };
      states([...(kept ? [{ values: kept.h, kind: "kept", name: `kept: ${kept.name}` }] : []),
        ...(lstm ? [{ values: s, kind: "second", name: "∂L/∂s" }] : [bound]),
        { values: h, kind: "main", name: "∂L/∂h" }], said.textContent);
      text("singular", lstm ? "" : `The largest singular value of W<sub>hh</sub> is σ = ${decimal(sigma)}; no φ with a slope of at most 1 lets the
        gradient be longer than σᵏ, and after ${k} steps that is ${decimal(sigma ** k)}.`);
      showClipping();
    }

    function showClipping() {
      const size = norm(latest.dW), clipping = clipFactor(size, CLIPS[now.clip]), total = latest.parts.reduce((sum, one) => sum + one, 0);
      const far = latest.parts.slice(NEAR + 1).reduce((sum, one) => sum + one, 0), share = percent(total ? far / total : 0);
      const clipped = clipping < 1 ? `Clipped, all of it is multiplied by ${decimal(clipping)}` : "It is not clipped";
      const each = latest.parts.slice(0, -1); // the first step adds nothing: h_0 = 0
      parts([{ values: each, kind: clipping < 1 ? "bound" : "main", name: clipping < 1 ? "before clipping" : "the parts" },
        ...(clipping < 1 ? [{ values: each.map((one) => one * clipping), kind: "main", name: "clipped" }] : [])],
      `The parts of the gradient of W_hh: ${decimal(latest.parts[0])} from the last step, ${decimal(each.at(-1))} from the second`);
      text("clipping", size === 0 ? "All states are 0, and so is the gradient of W<sub>hh</sub>. Give it some input." : `The gradient of W<sub>hh</sub> has norm
        ${decimal(size)}. ${clipped}. Of the lengths of its parts, ${share} come from more than ${NEAR} steps back${clipping < 1 ? ": clipping does not change that" : ""}.`);
    }

    root.addEventListener("input", ({ target }) => {
      const name = target.dataset.in;
      now[name] = name === "network" ? target.value : Number(target.value);
      change();
    });
    root.addEventListener("click", (event) => {
      const act = event.target.closest("button")?.dataset.act;
      status.textContent = "";
      if (act === "link") status.textContent = link.write(NAME, Object.values(now).join("_"));
      else if (act === "keep") kept = kept ? null : latest;
      else if (act === "again") now.seed += 1;
      else if (act === "reset") [now, kept] = [{ ...START }, null];
      if (["keep", "again", "reset"].includes(act)) change();
    });
    begin();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { spectralRadius, largestSingularValue, backThroughTime, drawNetwork, networkOf, clipFactor });
})();
