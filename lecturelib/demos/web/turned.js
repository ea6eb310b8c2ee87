// The demo of turned photographs: the reader guesses first, then the network. It comes after demos.js. The build puts the
// other scripts and the style sheet where the line below says.
window.LectureDemos.pages.turned ??= (() => {
  "use strict";
  const { uniforms, inSlices, link } = window.LectureDemos;
  /* PARTS */

  const SLICE = 10; // milliseconds of a frame after which the rest waits for the next frame
  const START = { seed: 0, at: 0, view: "whole" };

  function mount(root, { title, weights, pictures }) {
    root.innerHTML = turnedPage(title);
    const find = (selector) => root.querySelector(selector), all = (selector) => [...root.querySelectorAll(selector)];
    const say = (words) => { find(".lecture-demo-status").textContent = words; };
    const set = pictures.map(({ words, x }) => ({ words, x: stored(x) })), here = pictures.length;
    const rows = all(".lecture-demo-answers tr"), figures = all("figure");
    let now = linked(here) ?? { ...START }, score, guess, y, question = 0;

    const seen = (turn) => VIEWS[now.view][1](turnedBy(set[now.at].x, turn), uniforms(now.at));

    function ask() {
      guess = null;
      question += 1;
      y = Math.floor(TURNS * uniforms(100 * now.seed + now.at)());
      paintPicture(find("[data-out=picture]"), seen(y));
      find("[data-out=picture]").setAttribute("aria-label", `A photograph of 32 by 32 pixels, turned; picture ${now.at + 1} of ${set.length}. The arrow keys answer.`);
      for (const button of all("[data-guess]")) {
        button.disabled = false;
        button.setAttribute("aria-pressed", "false");
      }
      rows.forEach((row) => mark(row, "", 0, false));
      find(".lecture-demo-all").hidden = true;
      find("[data-in=view]").value = now.view;
      find("[data-act=next]").textContent = now.at === set.length - 1 ? "Again, turned otherwise" : "Next picture";
      showScore();
    }

    function mark(row, words, p, known) {
      row.querySelector(".lecture-demo-bar").style.setProperty("--p", known ? percent(p) : "0%");
      row.querySelector("[data-p]").textContent = known ? percent(p) : "?";
      row.querySelector("[data-mark]").textContent = words;
      row.classList.toggle("lecture-demo-true", words.includes("✓"));
    }

    function showScore() {
      const of = score.asked ? ` You ${score.you} of ${score.asked}, the network ${score.network} of ${score.asked}; by chance ${(score.asked / TURNS).toFixed(1)}.` : "";
      find("[data-out=score]").textContent = `Picture ${now.at + 1} of ${set.length}.${of}`;
    }

    // The network reads the picture in all four turns, the one that was asked about first.
    function* steps() {
      const four = [], asked = question;
      for (let k = 0; k < TURNS; k += 1) {
        const turn = (y + k) % TURNS;
        const p = softmax(yield* turnLogits(weights, seen(turn), SIDE));
        if (asked !== question) return; // the reader has gone on
        four[turn] = p;
        if (k === 0) answer(p);
        yield;
      }
      figures.forEach((figure, turn) => {
        paintPicture(figure.querySelector("canvas"), seen(turn));
        const p = four[turn], best = p.indexOf(Math.max(...p));
        figure.querySelector("figcaption").textContent = `${ARROWS[turn]} ${percent(p[turn])}${best === turn ? " ✓" : `, says ${ARROWS[best]}`}`;
      });
      find("[data-out=loss]").textContent = `The loss is the mean of −log p, ${nats(-four.reduce((sum, p, turn) => sum + Math.log(p[turn]), 0) / TURNS)} nats; not to look
        costs log 4 = ${nats(Math.log(TURNS))}.`;
      find(".lecture-demo-all").hidden = false;
    }

    function answer(p) {
      const best = p.indexOf(Math.max(...p));
      rows.forEach((row, turn) => mark(row, [turn === y ? "✓" : "", turn === guess ? "you" : "", turn === best ? "net" : ""].filter(Boolean).join(" "), p[turn], true));
      score = { asked: score.asked + 1, you: score.you + Number(guess === y), network: score.network + Number(best === y) };
      showScore();
      say(`It is ${set[now.at].words}, its upper side ${SIDES[y]}. You said ${SIDES[guess]}, the network ${SIDES[best]}, with ${percent(p[best])}.`);
    }

    const { change } = inSlices(steps, find(".lecture-demo-answers"), SLICE);

    function take(turn) {
      if (guess !== null) return;
      guess = turn;
      all("[data-guess]").forEach((button, k) => {
        button.disabled = true;
        button.setAttribute("aria-pressed", String(k === turn));
      });
      find("[data-act=next]").focus({ preventScroll: true });
      change();
    }

    function go(changes) {
      Object.assign(now, changes);
      say("");
      ask();
    }

    const ACTS = {
      next() {
        go(now.at === set.length - 1 ? { at: 0, seed: now.seed + 1 } : { at: now.at + 1 });
        find("[data-out=picture]").focus({ preventScroll: true });
      },
      reset() {
        score = { asked: 0, you: 0, network: 0 };
        set.length = here;
        go({ ...START });
      },
      link() {
        if (now.at >= here) return say("A picture of your own is in no link, since it never leaves this computer.");
        return say(link.write(NAME, `${now.seed}_${now.at}_${now.view}`));
      },
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.guess) take(Number(button.dataset.guess));
      ACTS[button?.dataset.act]?.();
    });
    find("[data-out=picture]").addEventListener("keydown", (event) => {
      const turn = KEYS.indexOf(event.key);
      if (turn < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      take(turn);
    });
    find("[data-in=view]").addEventListener("change", ({ target }) => go({ view: target.value }));
    find("input").addEventListener("change", async ({ target }) => {
      const first = set.length, wrong = await readFiles(target, set);
      if (set.length > first) go({ at: first });
      if (wrong) say(wrong);
    });
    score = { asked: 0, you: 0, network: 0 };
    ask();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return mount;
})();
