// The demo that looks inside an LSTM while it reads. It comes after demos.js. The build puts the other scripts and the style
// sheet where the line below says.
window.LectureDemos.pages.xray ??= (() => {
  "use strict";
  const { affine, sigmoid, inSlices, link, weightsOf, built } = window.LectureDemos;
  /* PARTS */

  const SLICE = 14; // milliseconds of a frame
  const BEST = 5; // cells with a button

  function mount(root, { title, start }) {
    const name = root.dataset.demo, there = Object.keys(NETWORKS).filter((one) => built.includes(one));
    root.classList.add("lecture-demo-xray");
    root.innerHTML = xrayPage(title, there);
    const find = (selector) => root.querySelector(selector), text = (key, value) => { find(`[data-out=${key}]`).textContent = value; };
    const status = find(".lecture-demo-status"), area = find("textarea"), box = find(".lecture-demo-cells"), table = find(".lecture-demo-next");
    const map = cellMap(box, (row, at) => set({ cell: order[row], at })), panel = colouredText(find(".lecture-demo-read"), (at) => set({ at }));
    const plots = find(".lecture-demo-charts"), axes = { low: -4, high: 1, every: 1, x: "characters later" };
    const draw = { h: logChart(plots.children[0], { ...axes, y: "How far h is from what it was, ‖h′ − h‖ / ‖h‖" }),
      bits: logChart(plots.children[1], { ...axes, y: "How much log₂ p of the next character changes" }) };
    let now = { ...START, ...start }, held = null, letters = [], x = [], order = [];
    let seen = { network: null, x: [], states: [] }, values = { key: null }, ranked = { key: null }; // what is computed already

    function* steps() {
      if (!held || !x.length) return;
      const { x: old } = seen;
      if (seen.network !== now.network || x.length < old.length || old.some((one, t) => one !== x[t])) seen = { network: now.network, states: [] };
      seen.x = x; // if the reader has only typed on, what is read stays read
      if (seen.states.length <= now.at) {
        yield* readOn(held.net, x.slice(0, now.at + 1), seen.states);
        showNext(held.net.logProbs(seen.states[now.at]), null); // a first answer before the whole text is read
      }
      yield* readOn(held.net, x, seen.states);
      const key = [now.network, now.part, x.join()].join();
      if (values.key !== key) {
        const all = yield* grid(seen.states, now.part, held.net.hidden);
        values = { key, all, rows: yield* standardisedRows(all, x.length) };
      }
      yield* rank(key);
      show();
      yield;
      if (now.action === "mean") yield* showMean();
      else if (now.action !== "none") yield* showChange();
    }

    // The cells in the order of their correlation with what the reader looks for.
    function* rank(values_) {
      const [, open, close] = markOf(now), key = [values_, open, close].join();
      if (ranked.key === key) return;
      const raw = open ? (close ? between(letters, open, close) : since(letters, open)) : null, marker = raw && standardised(raw);
      const found = marker && correlations(values.rows, marker), luck = marker && (yield* chance(values.rows, marker));
      order = Array.from({ length: held.net.hidden }, (_, k) => k);
      if (found) order.sort((a, b) => found[b] - found[a]);
      const best = found ? [...order].sort((a, b) => Math.abs(found[b]) - Math.abs(found[a])).slice(0, BEST) : [];
      ranked = { key, raw, found, best, luck, inside: Boolean(found && close) };
      map.show(values.all, order, found && raw);
      find("[data-out=best]").replaceChildren(...best.map((k) => {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: `Cell ${k}: ${fixed(found[k])}` });
        button.dataset.cell = k;
        return button;
      }));
    }

    const { change } = inSlices(steps, box, SLICE);

    // What depends on the cell and the character that are chosen.
    function show() {
      const T = x.length, { cell, at } = now, value = (t) => values.all[cell * T + t];
      const said = `cell ${cell}, character ${at + 1} of ${T}, ${quoted(letters[at])}: ${fixed(value(at))}`;
      panel.show(letters, value, (t) => ranked.inside && ranked.raw[t] > 0);
      panel.mark(at);
      map.mark(order.indexOf(cell), at, said);
      find("[data-in=at]").setAttribute("aria-valuetext", said);
      text("at", `${at + 1} of ${T}, ${quoted(letters[at])}`);
      text("order", `A row is a cell of the one layer${ranked.found ? ORDERED : ""}.`);
      for (const button of find("[data-out=best]").children) button.setAttribute("aria-pressed", Number(button.dataset.cell) === cell);
      text("found", foundWords(ranked, now));
      text("gates", gateWords(seen.states[at], seen.states[at - 1]?.s ?? held.net.start().s, cell, quoted(letters[at])));
      if (now.action === "none" || now.action === "mean") showNext(held.net.logProbs(seen.states[at]), null);
      if (now.action === "none") text("felt", "");
      plots.hidden = now.action === "none";
    }

    function showNext(before, after) {
      const stood = x[now.at + 1];
      table.caption.textContent = `The next character${after ? ": as it is, and changed" : ""}${stood === undefined ? "" : "; ◂ stands in the text"}`;
      table.tHead.innerHTML = `<tr><th scope="col">it is</th><td aria-hidden="true"></td><th scope="col">p</th>
        ${after ? "<th scope=\"col\">changed</th>" : ""}</tr>`;
      table.tBodies[0].replaceChildren(...nextCharacters(before, after, held.characters, stood));
    }

    function* showChange() {
      const { net, characters, index } = held, { states } = seen, { at, cell, action } = now, reach = Math.min(REACH, x.length - at);
      const [typed] = now.letter, letter = typed ? index.get(typed) : otherLetter(net, x, states, at);
      if (action === "letter" && letter === undefined) {
        plots.hidden = true;
        return text("felt", `${quoted(typed)} is not among the network's ${characters.length} characters.`);
      }
      const changed = action === "letter" ? { letter } : { forced: forcing(action, cell, at, states) };
      const one = yield* compare(net, x, states, at, changed, reach);
      const others = action === "letter" ? yield* inBoth((other, line) => compare(other, line.x, line.states, at, { letter: line.of(letter) }, reach)) : [];
      showNext(one.before, one.after);
      text("felt", feltWords(action === "letter" ? `${quoted(characters[letter])} for ${quoted(letters[at])}` : ACTIONS[action], one));
      return showLines(one, others);
    }

    function* showMean() {
      const reach = Math.min(REACH, x.length >> 1), spots = places(x.length, reach, PLACES);
      const instead = spots.map((at) => otherLetter(held.net, x, seen.states, at));
      const one = yield* compareMean(held.net, x, seen.states, spots, instead, reach);
      const others = yield* inBoth((net, line) => compareMean(net, line.x, line.states, spots, instead.map(line.of), reach));
      text("felt", meanWords(spots.length, [{ ...one, name: `LSTM of ${held.net.hidden}` }, ...others]));
      showLines(one, others);
    }

    function* inBoth(compute) {
      const pair = now.network === "shakespeare" && networks.pair;
      return pair ? yield* inPair(pair, letters, held.characters, compute) : [];
    }

    function showLines(one, others) {
      const all = [...others.map((other, k) => ({ ...other, kind: ["second", "bound"][k] })), { ...one, kind: "main", name: `LSTM of ${held.net.hidden}` }];
      for (const key of ["h", "bits"]) draw[key](all.map(({ [key]: line, kind, name: of }) => ({ values: line.map(Math.abs), kind, name: of })), find("[data-out=felt]").textContent);
    }

    // Read what stands in the page: the text, as the network's characters, and what is chosen.
    function refresh() {
      if (now.example < 2) now.text = EXAMPLES[now.network][now.example];
      if (area.value !== now.text) area.value = now.text;
      const all = [...now.text], { x: numbers, left } = held ? encode(all.slice(0, LIMIT).join(""), held.index) : { x: [], left: "" };
      const cut = all.length > LIMIT ? ` Only the first ${LIMIT} characters are read.` : "";
      text("left", left + cut);
      find("[data-out=left]").hidden = !(left + cut);
      x = numbers;
      letters = held ? x.map((k) => held.characters[k]) : [];
      if (x.length) now.at = Math.min(now.at, x.length - 1);
      if (held) now.cell = Math.min(now.cell, held.net.hidden - 1);
      find("[data-in=at]").max = Math.max(0, x.length - 1);
      find("[data-in=cell]").max = held ? held.net.hidden - 1 : 0;
      for (const input of root.querySelectorAll("[data-in]")) if (input.value !== String(now[input.dataset.in])) input.value = now[input.dataset.in];
      for (const part of root.querySelectorAll("[data-for]")) part.hidden = ![now.marker, now.action].includes(part.dataset.for);
      find(".lecture-demo-sight").hidden = !x.length;
      status.textContent = !held ? "The network is being loaded …" : x.length ? "" : "Type a text for the network to read.";
      change();
    }

    async function set(changes) {
      now = { ...now, ...changes };
      held = networks[now.network] ?? null;
      refresh();
      try {
        if (!held) await loadNetwork(now.network);
        if (["letter", "mean"].includes(now.action) && !networks.pair && built.includes("small_networks")) await loadPair();
        else if (held) return;
      } catch {
        status.textContent = "The network could not be loaded. It is part of the book's site.";
        return;
      }
      held = networks[now.network] ?? null;
      refresh();
    }

    root.addEventListener("input", ({ target }) => {
      const { in: key } = target.dataset, number = ["cell", "at", "example"].includes(key), value = number ? Number(target.value) : target.value;
      if (target === area) return set({ text: target.value, example: 2 });
      const most = held ? held.net.hidden - 1 : 0, wrong = key === "cell" && !(target.value !== "" && Number.isInteger(value) && value >= 0 && value <= most);
      if (wrong) status.textContent = `Cell: expected a whole number from 0 to ${most}.`;
      return wrong ? null : set({ [key]: value });
    });
    root.addEventListener("click", ({ target }) => {
      const { act, cell } = target.closest("button")?.dataset ?? {};
      if (cell) set({ cell: Number(cell) });
      if (act === "reset") set({ ...START, ...start });
      if (act === "link") status.textContent = link.write(name, packed({ ...now, text: now.example < 2 ? "" : now.text }));
    });
    set(linked(name, there) ?? now);
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { networks, compare, grid, readOn });
})();
