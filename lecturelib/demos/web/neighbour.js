// The demo of two patches: where does the second lie? The reader guesses first, then the network. It comes after demos.js.
// The build puts the other scripts and the style sheet where the line below says.
window.LectureDemos.pages.neighbour ??= (() => {
  "use strict";
  const { uniforms, inSlices, link } = window.LectureDemos;
  /* PARTS */

  const SLICE = 10; // milliseconds of a frame after which the rest waits for the next frame
  const LINES = 5; // measurements that stay

  function mount(root, { title, weights, pictures }) {
    root.innerHTML = neighbourPage(title);
    const find = (selector) => root.querySelector(selector), buttons = [...root.querySelectorAll("[data-guess]")];
    const say = (words) => { find(".lecture-demo-status").textContent = words; }, text = (name, value) => { find(`[data-out=${name}]`).textContent = value; };
    const set = pictures.map(({ words, x }) => ({ words, x: stored(x) })), here = pictures.length, measured = [], none = () => ({ asked: 0, you: 0, network: 0 });
    let now = linked() ?? { ...START }, score = none(), guess, pair, question = 0, wanted = null;

    // A pair of patches as both players see them, and where they were.
    function cut(picture, uniform) {
      const places = anyPair(now.gap, now.jitter, uniform), seen = now.lens ? throughLens(picture, LENS) : picture;
      const [x1, x2] = [places.first, places.second].map((corner) => COLOURS[now.colours][1](patchAt(seen, corner), uniform));
      return { ...places, x1, x2, seen };
    }

    function ask() {
      guess = null;
      question += 1;
      pair = cut(set[now.at % set.length].x, uniforms(1000 * now.seed + now.at));
      paintPicture(find("[data-patch=first]"), pair.x1);
      paintPicture(find("[data-patch=second]"), pair.x2);
      for (const button of buttons) {
        button.disabled = false;
        button.textContent = "?";
        button.className = "";
        button.style.removeProperty("--p");
        button.setAttribute("aria-pressed", "false");
      }
      find(".lecture-demo-whole").hidden = true;
      find("[data-in=jitter]").max = mostJitter(now.gap);
      for (const name of ["gap", "jitter", "colours"]) find(`[data-in=${name}]`).value = now[name];
      find("[data-in=lens]").checked = Boolean(now.lens);
      text("gap", now.gap);
      text("jitter", now.jitter);
      showScore();
    }

    function showScore() {
      text("score", `Pair ${now.at + 1}.${score.asked ? ` You ${score.you} of ${score.asked}, the network ${score.network} of ${score.asked}; by chance ${(score.asked / DIRECTIONS).toFixed(1)}.` : ""}`);
    }

    function* answer() {
      const asked = question, p = softmax(yield* directionLogits(weights, pair.x1, pair.x2)), best = p.indexOf(Math.max(...p));
      if (asked !== question) return; // the reader has gone on
      buttons.forEach((button, y) => {
        button.textContent = `${percent(p[y])}${y === guess ? " you" : ""}`;
        button.style.setProperty("--p", percent(0.6 * p[y]));
        button.classList.toggle("lecture-demo-true", y === pair.y);
        button.setAttribute("aria-label", `${NAMES[y]}: ${percent(p[y])}${y === pair.y ? ", the truth" : ""}`);
      });
      const whole = find(".lecture-demo-whole"), { words } = set[now.at % set.length];
      whole.hidden = false;
      whole.setAttribute("aria-label", `The photograph, ${words}, with both patches`);
      paintPicture(whole.querySelector("canvas"), pair.seen);
      [pair.first, pair.second].forEach(([row, column], k) => whole.querySelectorAll("path")[k].setAttribute("d", `M${column} ${row}h${PATCH}v${PATCH}h-${PATCH}z`));
      score = { asked: score.asked + 1, you: score.you + Number(guess === pair.y), network: score.network + Number(best === pair.y) };
      showScore();
      say(`They are of ${words}, the second ${NAMES[pair.y]}. You said ${NAMES[guess]}, the network ${NAMES[best]}, with ${percent(p[best])}.`);
    }

    function* measure() {
      const settings = wanted, uniform = uniforms(now.seed), words = inWords(now);
      let right = 0;
      if (!settings) return;
      for (let k = 0; k < PAIRS; k += 1) {
        const { y, x1, x2 } = cut(set[k % set.length].x, uniform), logit = yield* directionLogits(weights, x1, x2);
        if (settings !== wanted) return; // other settings
        right += Number(logit.indexOf(Math.max(...logit)) === y);
        if (k % 16 === 15) say(`${k + 1} pairs …`);
        yield;
      }
      const p = right / PAIRS, spread = Math.sqrt((p * (1 - p)) / PAIRS);
      measured.unshift(`${words}: ${percent(p)} ± ${Math.round(100 * spread)} of ${PAIRS} pairs found`);
      measured.length = Math.min(measured.length, LINES);
      find("[data-out=measured]").replaceChildren(...measured.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
      say("Measured. By chance 13%, with a standard deviation of 2.");
      wanted = null;
    }

    const answering = inSlices(answer, find(".lecture-demo-compass"), SLICE), measuring = inSlices(measure, find("[data-out=measured]"), SLICE);

    function take(y) {
      if (guess !== null) return;
      guess = y;
      buttons.forEach((button, k) => {
        button.disabled = true;
        button.setAttribute("aria-pressed", String(k === y));
      });
      find("[data-act=next]").focus({ preventScroll: true });
      answering.change();
    }

    function go(changes) {
      Object.assign(now, changes);
      now.jitter = Math.min(now.jitter, mostJitter(now.gap));
      wanted = null;
      say("");
      ask();
    }

    const ACTS = {
      next() {
        go({ at: now.at + 1 });
        buttons[0].focus({ preventScroll: true });
      },
      measure() {
        wanted = {};
        measuring.change();
      },
      reset() {
        score = none();
        set.length = here;
        measured.length = 0;
        find("[data-out=measured]").replaceChildren();
        go({ ...START });
      },
      link() {
        if (set.length > here) return say("Pictures of your own are in no link, since they never leave this computer. Reset first.");
        return say(link.write(NAME, Object.values(now).join("_")));
      },
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.guess) take(Number(button.dataset.guess));
      ACTS[button?.dataset.act]?.();
    });
    root.addEventListener("input", async ({ target }) => {
      const name = target.dataset.in;
      if (name) return go({ [name]: name === "lens" ? Number(target.checked) : name === "colours" ? target.value : Number(target.value) });
      const first = set.length, wrong = await readFiles(target, set);
      if (set.length > first) go({ at: first });
      if (wrong) say(wrong);
      return undefined;
    });
    ask();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return mount;
})();
