// The demo of word vectors: neighbours, analogies, an axis, and a map of 12,000 words. It comes after demos.js. The
// build puts the other scripts and the style sheet where the line below says.
window.LectureDemos.pages.words ??= (() => {
  "use strict";
  const { link } = window.LectureDemos;
  /* PARTS */

  const NAME = "words", SHOWN = 10, OWN_WORDS = 30;
  const MODES = { near: "Neighbours", analogy: "Analogy", axis: "Axis" };
  const METHODS = { "3cosadd": "3CosAdd", "3cosmul": "3CosMul", argmin: "argmin, the lecture's" };
  const START = { mode: "near", word: "frog", a: "man", b: "woman", c: "king", method: "3cosadd", exclude: "1",
    from: "small", to: "large", own: "tiny-little-huge-giant-mouse-elephant" };
  const EXAMPLES = {
    near: ["frog", "monday", "physics", "guitar", "seven"].map((word) => [word, { word }]),
    analogy: [["man", "woman", "king"], ["france", "paris", "italy"], ["good", "better", "high"], ["japan", "yen", "russia"]]
      .map(([a, b, c]) => [`${a} : ${b} = ${c} : ?`, { a, b, c }]),
    axis: [["small", "large", "tiny-little-huge-giant-mouse-elephant"], ["one", "ten", "two-three-four-five-six-seven-eight-nine"],
      ["man", "woman", "nurse-doctor-engineer-teacher-dancer-soldier"]].map(([from, to, own]) => [`${from} → ${to}`, { from, to, own }]),
  };
  const ASKED = { near: ["word"], analogy: ["a", "b", "c"], axis: ["from", "to"] };
  const listed = (own) => own.toLowerCase().split(/[^a-z]+/).filter(Boolean);
  const fixed = (value) => value.toFixed(3).replace("-", "−");

  // The state of a link: the values in the order of START.
  function linked(of) {
    const values = link.read(NAME)?.split(".") ?? [];
    const state = Object.fromEntries(Object.keys(START).map((key, k) => [key, values[k] ?? ""]));
    if (!Object.hasOwn(MODES, state.mode) || !Object.hasOwn(METHODS, state.method)) return null;
    return ASKED[state.mode].every((key) => of.number.has(state[key])) ? sound(of, state) : null;
  }

  // The state with words that have vectors in the fields that are not asked about.
  const sound = (of, state) => Object.fromEntries(Object.entries(state).map(([key, value]) =>
    [key, Object.values(ASKED).flat().includes(key) && !of.number.has(value) ? START[key] : value]));

  function mount(root, { title, words, plane, weights }) {
    const of = space(words.split("\n"), weights.vectors), sky = Float32Array.from(new Int16Array(Uint8Array.from(atob(plane), (one) => one.charCodeAt(0)).buffer), (one) => one / 32767);
    const field = (key, label) => `<label>${label} <input type="text" data-in="${key}" autocapitalize="none" autocomplete="off" spellcheck="false" maxlength="40"></label>`;
    root.innerHTML = `
      <p class="lecture-demo-title">${title}</p>
      <p>${of.words.length.toLocaleString("en")} words, each with the ${of.dim} numbers that GloVe learnt from six billion words.</p>
      <div class="lecture-demo-row" role="group" aria-label="What to ask">
        ${Object.entries(MODES).map(([mode, label]) => `<button type="button" data-mode="${mode}" aria-pressed="false">${label}</button>`).join("")}
      </div>
      <form>
        <div class="lecture-demo-words" data-for="near">${field("word", "Word")}</div>
        <div class="lecture-demo-words" data-for="analogy">${field("a", "As")}${field("b", "is to")}${field("c", "so is")}
          <label>Formula <select data-in="method">${Object.entries(METHODS).map(([method, label]) => `<option value="${method}">${label}</option>`).join("")}</select></label>
          <label class="lecture-demo-tick"><input type="checkbox" data-in="exclude"> leave these three words out</label></div>
        <div class="lecture-demo-words" data-for="axis">${field("from", "From")}${field("to", "to")}${field("own", "Words to place").replace('maxlength="40"', 'maxlength="300"')}</div>
        <button type="submit">Ask</button>
      </form>
      <div class="lecture-demo-row" role="group" aria-label="Examples" data-out="examples"></div>
      <p class="lecture-demo-status" role="status"></p>
      <div class="lecture-demo-sky">
        <ol class="lecture-demo-found" data-out="found"></ol>
        <div>
          <canvas tabindex="0" role="application" aria-roledescription="map" aria-label="Map of ${of.words.length.toLocaleString("en")} words. Arrow keys move it, plus and minus zoom, Enter chooses the word in the middle."></canvas>
          <div class="lecture-demo-row"><button type="button" data-act="in">Zoom in</button><button type="button" data-act="out">Zoom out</button>
            <button type="button" data-act="whole">Whole sky</button></div>
        </div>
      </div>
      <p class="lecture-demo-hint" data-out="map"></p>
      <div class="lecture-demo-row lecture-demo-controls">
        <button type="button" data-act="reset">Reset</button>
        <button type="button" data-act="link">Link to this</button>
      </div>`;

    const find = (selector) => root.querySelector(selector), status = find(".lecture-demo-status");
    const say = (words_) => { status.textContent = words_; };
    let state = linked(of) ?? { ...START };
    const map = wordMap(find("canvas"), of.words, (i) => set({ mode: "near", word: of.words[i] }));

    // The first word asked for that has no vector, in words; typed text is never put into the page as HTML.
    function unknown() {
      const key = ASKED[state.mode].find((one) => !of.number.has(state[one]));
      if (!key) return null;
      const typed = state[key], near = meant(of, typed.replace(/[^a-z]/g, ""), 6);
      if (!typed) return "Type a word in each field.";
      return `“${typed}” is not among the ${of.words.length.toLocaleString("en")} words.` + (near.length ? ` Perhaps ${near.join(", ")}?` : "");
    }

    function list(rows, start) {
      const items = rows.map(([i, value, own]) => {
        const item = document.createElement("li"), button = document.createElement("button"), score = document.createElement("span");
        Object.assign(button, { type: "button", textContent: of.words[i] });
        button.dataset.word = of.words[i];
        score.textContent = fixed(value);
        item.className = own ? "lecture-demo-own" : "";
        item.append(button, score);
        return item;
      });
      const all = find("[data-out=found]");
      all.style.listStyleType = start ? "decimal" : "none";
      all.replaceChildren(...items);
    }

    const marks = (asked, found) => new Map([...asked.map((i) => [i, "asked"]), ...found.filter((i) => !asked.includes(i)).map((i) => [i, "found"])]);

    const answers = {
      near() {
        const i = of.number.get(state.word), { found, scores } = nearest(of, i, SHOWN);
        list(found.map((x) => [x, scores[x]]), true);
        map.show(sky, marks([i], found), [i, ...found.slice(0, 6)]);
        return `Nearest to ${state.word}, by cosine: ${found.slice(0, 3).map((x) => of.words[x]).join(", ")}`;
      },
      analogy() {
        const asked = ASKED.analogy.map((key) => of.number.get(state[key]));
        const { found, scores } = analogy(of, ...asked, state.method, state.exclude === "1", SHOWN);
        list(found.map((x) => [x, state.method === "argmin" ? -scores[x] : scores[x]]), true);
        map.show(sky, marks(asked, found), [...asked, found[0]]);
        return `As ${state.a} is to ${state.b}, so is ${state.c} to ${of.words[found[0]]}`;
      },
      axis() {
        const [a, b] = ASKED.axis.map((key) => of.number.get(state[key])), place = along(of, a, b);
        const typed = listed(state.own).slice(0, OWN_WORDS), own = [...new Set(typed.flatMap((word) => of.number.get(word) ?? []))];
        const rows = [...new Set([a, b, ...own])].sort((i, j) => place[i] - place[j]);
        list(rows.map((i) => [i, place[i], i !== a && i !== b]), false);
        const count = Math.log(of.words.length);
        const at = Float32Array.from({ length: 2 * of.words.length }, (_, k) => (k % 2 ? 1 - (2 * Math.log((k + 1) / 2)) / count : place[k / 2] - 0.5));
        map.show(at, marks([a, b], own), []);
        const missing = typed.filter((word) => !of.number.has(word));
        return `From ${state.from}, 0, to ${state.to}, 1` + (missing.length ? `. Without a vector: ${missing.join(", ").slice(0, 200)}` : "");
      },
    };

    function fill() {
      for (const input of root.querySelectorAll("[data-in]")) {
        const value = state[input.dataset.in];
        if (input.type === "checkbox") input.checked = value === "1";
        else input.value = input.dataset.in === "own" ? value.replaceAll("-", ", ") : value;
      }
      for (const part of root.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== state.mode;
      for (const button of root.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", button.dataset.mode === state.mode);
      find("[data-out=examples]").innerHTML = EXAMPLES[state.mode].map(([label], k) => `<button type="button" data-example="${k}">${label}</button>`).join("");
      find("[data-out=map]").textContent = (state.mode === "axis" ? "Here from left to right along the axis, the frequent words above; " : "Laid out by t-SNE: near words are near, long distances say little. ") +
        (state.mode === "axis" ? "0 and 1 are the orange words." : "Press a word to ask for its neighbours; drag to move.");
    }

    function set(changes) {
      state = { ...state, ...changes };
      fill();
      say(unknown() ?? answers[state.mode]());
    }

    function typed() {
      const changes = {};
      for (const input of root.querySelectorAll("[data-in]")) {
        const { in: key } = input.dataset;
        if (input.type === "checkbox") changes[key] = input.checked ? "1" : "0";
        else if (key === "method") changes[key] = input.value;
        else changes[key] = key === "own" ? listed(input.value).slice(0, OWN_WORDS).join("-") : input.value.trim().toLowerCase();
      }
      set(changes);
    }

    find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      typed();
    });
    find("form").addEventListener("change", typed);
    root.addEventListener("click", (event) => {
      const { mode, example, act, word } = event.target.closest("button")?.dataset ?? {};
      if (mode) set({ mode });
      if (example) set(EXAMPLES[state.mode][example][1]);
      if (word) set({ mode: "near", word });
      if (act === "in" || act === "out") map.zoomBy(act === "in" ? 1.6 : 1 / 1.6);
      if (act === "whole") map.whole();
      if (act === "reset") set(START);
      if (act === "link") say(unknown() ?? link.write(NAME, Object.values(sound(of, state)).join(".")));
    });
    set({});
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { space, nearest, analogy, along });
})();
