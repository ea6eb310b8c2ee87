// The demo that takes word2vec step by step, on a text of the reader's own. It comes after demos.js. The build puts the
// other scripts and the style sheet where the line below says.
window.LectureDemos.pages.word2vec_steps ??= (() => {
  "use strict";
  const { sigmoid, softplus, uniforms, link } = window.LectureDemos;
  /* PARTS */

  const SLICE = 12; // milliseconds of a frame
  const CHARACTERS = 20000, WORDS = 600, NAMED = 60, LEAVES = 200; // that are read, named in the plane, shown in the tree
  const PASSES = 1000, PREDICTIONS = 500000; // until it is enough

  function mount(root, { title }) {
    const still = matchMedia("(prefers-reduced-motion: reduce)"), found = linked();
    root.innerHTML = wordPage(title);
    const find = (selector) => root.querySelector(selector), html = (name, value) => { find(`[data-out=${name}]`).innerHTML = value; };
    const area = find("textarea"), status = find(".lecture-demo-status"), select = find("[data-in=word]"), tree = find(".lecture-demo-tree");
    let now, corpus, W, V, paths, layout, draw, drawPlane, walk, upcoming, last, count, sums, until = null, queued = false, note = "";

    function begin() {
      const text = area.value.slice(0, CHARACTERS);
      corpus = readWords(text, WORDS);
      const { words, counts, sentences, total } = corpus, usable = words.length > 1 && sentences.some((x) => x.length > 1);
      const cut = area.value.length > CHARACTERS ? ` Only the first ${CHARACTERS.toLocaleString("en")} characters are read.` : "";
      note = (total > WORDS ? `Of ${total.toLocaleString("en")} words, the first ${WORDS} are read.` : "") + cut;
      [until, count, sums, last] = [null, 0, [{ sum: 0, n: 0 }], null];
      status.textContent = usable ? note : "Type a sentence of at least two different words.";
      for (const act of ["one", "pass", "run"]) find(`[data-act=${act}]`).disabled = !usable;
      find(".lecture-demo-halves").hidden = !usable;
      show();
      tree.hidden = true;
      upcoming = null;
      if (!usable) return html("progress", "");
      const u = uniforms(3 * now.seed + 1);
      W = words.map(() => [u() - 0.5, u() - 0.5]);
      V = (now.loss === "tree" ? words.slice(1) : words).map(() => [0, 0]);
      draw = noiseWords(counts, uniforms(3 * now.seed + 2));
      paths = huffman(counts);
      layout = words.length <= LEAVES ? treeLayout(paths) : null;
      walk = predictions(sentences, now.model, now.L, uniforms(3 * now.seed));
      upcoming = walk.next().value;
      drawPlane = plane(find(".lecture-demo-plane"), words, NAMED);
      const chosen = select.selectedOptions[0]?.textContent ?? "king";
      select.innerHTML = words.map((word, k) => `<option value="${k}">${[...word].slice(0, 30).join("")}</option>`).join("");
      select.value = Math.max(0, words.indexOf(chosen));
      return render();
    }

    function advance() {
      const { inputs, target, pass } = upcoming;
      const noise = now.loss === "negative" ? Array.from({ length: now.k }, draw) : [];
      const step = ascend(W, V, inputs, now.loss === "tree" ? paths[target] : negativeDecisions(target, noise), now.rate);
      (sums[pass - 1] ??= { sum: 0, n: 0 }).sum += step.loss;
      sums[pass - 1].n += 1;
      last = { ...upcoming, ...step };
      count += 1;
      upcoming = walk.next().value;
    }

    function frame() {
      queued = false;
      if (!until || !root.isConnected) return;
      const end = performance.now() + SLICE, { pass } = upcoming, all = still.matches || until.fast;
      while (!until.done() && (all || upcoming.pass === pass) && performance.now() < end) advance();
      if (until.done()) return stop();
      if (!all) moved();
      queue();
    }

    function queue() {
      if (!queued) requestAnimationFrame(frame);
      queued = true;
    }

    function go(done, fast = false) {
      until = { done: () => done() || count >= PREDICTIONS || upcoming.pass > PASSES, fast };
      status.textContent = "";
      show();
      queue();
    }

    function stop(say) {
      until = null;
      render();
      const enough = count >= PREDICTIONS || upcoming.pass > PASSES ? " That is enough: change something, or reset." : "";
      status.textContent = `${say ?? `Nearest to ${corpus.words[select.value]}: ${nearest()}`}.${enough} ${note}`;
    }

    const mean = ({ sum, n }) => `${decimal(Number((sum / n).toFixed(2)))} nats`;
    const near = () => corpus.words.map((_, k) => k).filter((k) => k !== Number(select.value)).map((k) => ({ k, far: Math.hypot(W[k][0] - W[select.value][0],
      W[k][1] - W[select.value][1]) })).sort((a, b) => a.far - b.far).slice(0, 4);
    const nearest = () => near().map(({ k, far }) => `${corpus.words[k]} ${far.toFixed(2)}`).join(", ");

    // What changes at every frame of a run.
    function moved() {
      const whole = sums.filter((one, k) => one.n && k < upcoming.pass - 1), [first] = whole;
      html("progress", `Pass ${upcoming.pass}, ${count.toLocaleString("en")} predictions.${first ? ` Mean loss of the first pass ${mean(first)}, of
        the last ${mean(whole[whole.length - 1])}.` : ""}`);
      html("near", near().map(({ k, far }) => `${bdi(corpus.words[k])} ${far.toFixed(2)}`).join(", "));
      drawPlane(W, until ? [] : last?.inputs ?? [], `${corpus.words.length} words in the plane. Nearest to ${corpus.words[select.value]}: ${nearest()}`);
    }

    function render() {
      show();
      moved();
      const one = last ?? upcoming, hasTree = now.loss === "tree", { words } = corpus;
      html("sentence", sentenceView(one, words));
      html("head", hasTree ? "node, turn" : "word");
      const h = meanVector(W, one.inputs), after = last ? last.decided.map(({ row }) => dot(V[row], h)) : [];
      const decided = last && hasTree ? [...last.decided].reverse() : last?.decided; // a path is shown from the root
      find("tbody").innerHTML = last ? decisionRows(decided, hasTree ? after.reverse() : after,
        (row, c, k) => (hasTree ? `${k + 1}. ${c > 0 ? "left +" : "right −"}` : bdi(words[row])))
        : "<tr><td colspan=\"6\">Nothing predicted yet.</td></tr>";
      tree.hidden = !hasTree || !layout;
      if (tree.hidden) return;
      tree.style.setProperty("--leaves", words.length);
      tree.innerHTML = treeView(layout, paths, words, treeProbabilities(paths, V, h), one.target);
      tree.scrollTop = (layout.leaves.indexOf(one.target) / words.length) * tree.scrollHeight - tree.clientHeight / 2;
    }

    function show() {
      for (const name of Object.keys(CHOICES)) find(`[data-in=${name}]`).value = now[name];
      for (const name of Object.keys(SLIDERS)) {
        html(name, now[name]);
        find(`[data-in=${name}]`).value = now[name];
      }
      find("[data-in=k]").parentElement.hidden = now.loss === "tree";
      find("[data-act=run]").textContent = until ? "Stop" : still.matches ? `Run ${STRIDE} passes` : "Run";
    }

    const ACTS = {
      one() {
        advance();
        stop(`${last.inputs.map((k) => corpus.words[k]).join(" + ")} → ${corpus.words[last.target]}: loss ${decimal(Number(last.loss.toFixed(2)))} nats`);
      },
      pass() {
        const { pass } = upcoming;
        go(() => upcoming.pass > pass, true);
      },
      run() {
        const { pass } = upcoming;
        if (until) stop();
        else go(() => still.matches && upcoming.pass >= pass + STRIDE);
      },
      again() {
        now.seed += 1;
        begin();
      },
      reset() {
        now = { ...START };
        area.value = TEXT;
        select.innerHTML = "";
        begin();
      },
      link() {
        const long = area.value.length > IN_A_LINK;
        status.textContent = long ? `The text is too long for a link: at most ${IN_A_LINK.toLocaleString("en")} characters.`
          : link.write(NAME, [...Object.values(now), count, area.value === TEXT ? "" : toLink(area.value)].join("_"));
      },
    };
    root.addEventListener("click", (event) => { ACTS[event.target.closest("button")?.dataset.act]?.(); });
    root.addEventListener("input", ({ target }) => {
      const name = target.dataset.in;
      if (name === "word") return moved();
      if (name) now[name] = name in CHOICES ? target.value : Number(target.value);
      return begin();
    });
    still.addEventListener("change", show);
    new ResizeObserver(() => { if (upcoming) moved(); }).observe(find(".lecture-demo-plane"));
    now = found?.now ?? { ...START };
    area.value = found?.text || TEXT;
    begin();
    if (found?.count && upcoming) go(() => count >= found.count, true);
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return mount;
})();
