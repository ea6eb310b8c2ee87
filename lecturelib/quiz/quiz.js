(() => {
  // A field for a numeric answer, and on a page of questions the score of first tries.
  const near = (a, b) => Math.abs(a - b) <= 0.01 * Math.max(Math.abs(b), 1e-9);

  const store = {
    read: key => { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } },
    write: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* storage is off */ } },
  };

  function addField(details, answered) {
    const form = document.createElement("form");
    form.innerHTML = '<label>Your answer: <input type="text" inputmode="decimal" autocomplete="off"></label>' +
      '<button type="submit">Check</button> <output></output>';
    form.addEventListener("submit", event => {
      event.preventDefault();
      const text = form.querySelector("input").value.trim().replace(/,(?=\d{3}\b)/g, "").replace(",", ".");
      const right = text !== "" && near(Number(text), Number(details.dataset.answer));
      form.querySelector("output").textContent =
        text === "" || Number.isNaN(Number(text)) ? "A number, please." : right ? "Right." : "No. Try again, or open the answer.";
      if (text !== "" && !Number.isNaN(Number(text))) answered(right);
      if (right) details.open = true;
    });
    details.before(form);
  }

  function start(quiz, answered) {
    if (quiz.dataset.started) return;
    quiz.dataset.started = "yes";
    for (const details of quiz.querySelectorAll("details")) {
      if (details.dataset.answer) addField(details, answered);
      details.addEventListener("toggle", () => {
        if (details.open) answered(details.dataset.right === "yes");
      });
    }
  }

  for (const test of document.querySelectorAll(".lecture-test")) {
    const key = "lecture-test " + test.dataset.test;
    const score = test.querySelector(".lecture-score");
    const quizzes = [...test.querySelectorAll(".lecture-quiz")];
    let first = store.read(key);
    const show = () => {
      const tries = Object.values(first);
      score.textContent = `${tries.filter(Boolean).length} right at the first try, of ${tries.length} answered; ` +
        `${quizzes.length} questions. `;
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = "Start again";
      again.addEventListener("click", () => {
        first = {};
        store.write(key, first);
        for (const open of test.querySelectorAll("details[open]")) open.open = false;
        show();
      });
      score.append(again);
    };
    for (const quiz of quizzes) {
      start(quiz, right => {
        if (quiz.dataset.question in first) return;
        first[quiz.dataset.question] = right;
        store.write(key, first);
        show();
      });
    }
    if (quizzes.length) show();
  }
  for (const quiz of document.querySelectorAll(".lecture-quiz")) start(quiz, () => {});
})();
