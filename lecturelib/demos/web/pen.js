// The demo in which the handwriting network goes on from the reader's pen. It comes after demos.js. The build puts the
// other scripts and the style sheet where the line below says.
window.LectureDemos.pages.pen ??= (() => {
  "use strict";
  const { sigmoid, softplus, uniforms, inSlices, link } = window.LectureDemos;
  /* PARTS */

  function mount(root, { title, weights, beginnings }) {
    const network = handwritingRNN(weights), followed = follower(network);
    root.innerHTML = penPage(title, beginnings, network);
    const find = (selector) => root.querySelector(selector), text = (name, value) => { find(`[data-out=${name}]`).textContent = value; };
    const canvas = find(".lecture-demo-sheet"), status = find(".lecture-demo-status"), writing = find("[data-act=write]");
    const still = window.matchMedia("(prefers-reduced-motion: reduce)"), say = (words) => { status.textContent = words; };
    const paper = sheet(canvas), cells = cellTable(find(".lecture-demo-cells"), network.hidden, (cell) => colourBy(String(cell)));

    const start = () => ({ ...drawingOf(beginnings[0]), settings: { ...START } });
    let now = linked(network) ?? start(), past = [], down = true; // down: whether the pen stays on the paper after a stroke
    let live = null, cursor = null, paths = [], path = 0;

    const drawing = () => (live ? withStroke(now, live, down ? 0 : 1) : now);
    const read = () => followed.states.length === now.steps.length + 1;

    /** Along the drawing, the price of each step or what a cell puts out after it. */
    const valuesOf = ({ colour, layer }) => (colour === "surprise" ? followed.nats
      : followed.states.slice(1).map((state) => state[layer - 1].h[colour - 1]));
    /** The colour of each step, or null where it is the hand's. */
    const colours = () => (now.settings.colour === "hand" ? null : scaled(valuesOf(now.settings)).parts.map(shade));

    function show() {
      const { origin, steps } = drawing(), output = followed.outputs[steps.length], mixture = output && mixtureOf(output, now.settings.bias);
      paper.show({ origin: now.origin, steps: now.steps, live, colours: live || !read() ? null : colours(), tip: placesOf(origin, steps).at(-1),
        lifted: steps.at(-1)?.pen === 1, paths, chosen: path, mixture: mixture ?? null, cursor });
    }

    function showSettings() {
      const { bias, colour, layer } = now.settings, values = { bias, path, layer, colour };
      for (const [name, value] of Object.entries(values)) find(`[data-in=${name}]`).value = value;
      text("bias", bias.toFixed(1));
      text("path", path || "none");
      if (now.steps.length) down = !now.steps.at(-1).pen;
      find("[data-in=down]").checked = down;
      find("[data-act=take]").disabled = !path;
      writing.textContent = writer.busy() ? "Stop" : still.matches ? `Write ${STRIDE} steps` : "Write on";
      cells.mark(Number(colour) || 0);
      for (const name of ["stroke", "write"]) find(`[data-act=${name}]`).disabled = !writer.busy() && now.steps.length >= MOST;
    }

    function showNumbers() {
      const { steps } = drawing(), nats = followed.nats.reduce((sum, one) => sum - one, 0);
      text("numbers", numbersText(steps, nats, mixtureOf(followed.outputs[steps.length], now.settings.bias)));
    }

    // Ink first; then what the network reads, the mixture, and the paths, all a step longer at a time.
    function* steps() {
      show();
      yield;
      const all = drawing().steps;
      if (!(yield* followed.follow(pointsOf(all)))) return;
      showNumbers();
      show();
      for (const found of futures(followed, network, all.length, { ...now.settings, count: PATHS, length: AHEAD })) {
        if (writer.busy()) return;
        paths = found;
        if (!still.matches) show();
        yield;
      }
      show();
      if (!live) picture.change();
    }

    function* pictures() {
      const { settings, steps } = now, known = read() && steps.length && settings.colour !== "hand";
      text("cell", known ? cellText(settings, valuesOf(settings)) : "");
      if (read()) yield* cells.draw(placesOf(now.origin, steps), steps, followed.states.slice(), settings.layer - 1);
    }

    const { begin, change } = inSlices(steps, canvas, SLICE), picture = inSlices(pictures, find(".lecture-demo-cells"), SLICE);

    /** Show another state; `stay`: the sheet stays where it is if it can. */
    function set(changes, stay = true) {
      now = { ...now, ...changes };
      [paths, path] = [[], 0];
      paper.fit(now, stay);
      showSettings();
      change();
    }

    function remember() {
      past = [...past.slice(-99), { origin: now.origin, steps: now.steps }];
    }

    /** Show another drawing, which can be taken back. */
    function put(changes, stay = false) {
      remember();
      set(changes, stay);
    }

    function colourBy(colour, layer = now.settings.layer) {
      now = { ...now, settings: { ...now.settings, colour, layer } };
      showSettings();
      show();
      picture.change();
    }

    function stop(words) {
      writer.halt();
      set({});
      say(words);
    }

    const writer = networkHand(followed, still, {
      steps: () => now.steps,
      settings: () => now.settings,
      add(step) { now = { ...now, steps: [...now.steps, step] }; },
      frame() {
        paper.fit(now, true);
        if (still.matches || !read()) return;
        show();
        showNumbers();
      },
      done: (count) => stop(now.steps.length >= MOST ? ENOUGH : `The network drew ${counted(count, "step")}.`),
    });

    function go(most, oneStroke) {
      remember();
      paths = [];
      writer.go(most, oneStroke);
      showSettings();
      say("The network writes.");
    }

    hand(canvas, paper, {
      tip: () => placesOf(now.origin, now.steps).at(-1),
      moved(way, at) {
        if (way) writer.halt();
        if (way && !live) [paths, path] = [[], 0];
        const drawn = way || live;
        [live, cursor] = [way, at];
        show();
        if (drawn) change();
      },
      drawn(way) {
        remember();
        const before = now.steps.length;
        live = null;
        set(withStroke(now, way, down ? 0 : 1));
        say(now.steps.length >= MOST ? ENOUGH : `Your stroke is ${counted(now.steps.length - before, "step")}.`);
      },
      say,
    });

    const inputs = {
      bias: (value) => set({ settings: { ...now.settings, bias: Number(value) } }),
      layer: (value) => colourBy(now.settings.colour, Number(value)),
      colour: (value) => colourBy(value),
      down(value) {
        writer.halt();
        down = value;
        put({ steps: withPen(now.steps, down ? 0 : 1) }, true);
      },
      path: (value) => { path = Number(value); showSettings(); show(); },
    };
    root.addEventListener("input", ({ target }) => inputs[target.dataset.in](target.type === "checkbox" ? target.checked : target.value));

    const acts = {
      clear: () => put({ origin: { x: 0, y: 0 }, steps: [] }),
      take: () => put({ steps: [...now.steps, ...(paths[path - 1] ?? [])].slice(0, MOST) }, true),
      again: () => set({ settings: { ...now.settings, seed: (now.settings.seed % 1e6) + 1 } }),
      stroke: () => go(MOST, true),
      write: () => go(still.matches ? STRIDE : MOST, false),
      undo: () => (past.length ? set(past.pop(), false) : say("There is nothing to undo.")),
      reset: () => { down = true; put(start()); },
      link: () => say(linkTo(now)),
    };

    root.addEventListener("click", (event) => {
      const { act, beginning } = event.target.closest("button")?.dataset ?? {};
      if (!act && !beginning) return;
      if (writer.busy()) {
        stop("Stopped.");
        if (act === "write") return;
      } else say("");
      if (beginning) put(drawingOf(beginnings[beginning]));
      else acts[act]();
    });

    cells.onResize(() => picture.change());
    paper.fit(now, false);
    showSettings();
    begin();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { handwritingRNN, follower, mixtureOf, logProbOf, withStroke, pointsOf, futures });
})();
