// The demo that goes back through three steps by hand. It comes after demos.js. The build puts the other scripts and the
// style sheet where the line below says.
window.LectureDemos.pages.three_steps ??= (() => {
  "use strict";
  const { link } = window.LectureDemos;
  /* PARTS */

  const NAME = "three_steps", FORWARDS = 3, LARGEST = 10;
  const INPUTS = { W_hh: "W<sub>hh</sub>", W_xh: "W<sub>xh</sub>", x_1: "x<sub>1</sub>", x_2: "x<sub>2</sub>", x_3: "x<sub>3</sub>", y: "target y" };
  const START = [0.5, 1, 1, 0, -1, 1]; // the chapter's
  const words = (html) => html.replace(/<sub>/g, " ").replace(/<[^>]*>/g, "");

  function linked() {
    const values = link.read(NAME)?.split("_").map(typedNumber) ?? [];
    return values.length === START.length && values.every((value) => Math.abs(value) <= LARGEST) ? values : null;
  }

  function mount(root, { title }) {
    root.innerHTML = `
      <p class="lecture-demo-title">${title}</p>
      <p class="lecture-demo-say">One unit, h<sub>i</sub> = tanh(W<sub>hh</sub> h<sub>i−1</sub> + W<sub>xh</sub> x<sub>i</sub>), reads three numbers;
        o<sub>3</sub> = h<sub>3</sub>, and L = ½ (o<sub>3</sub> − y)². Change any number:</p>
      <div class="lecture-demo-row lecture-demo-numbers" role="group" aria-label="The numbers to begin with">
        ${Object.entries(INPUTS).map(([name, label]) => `<label>${label}
          <input type="number" data-in="${name}" min="-${LARGEST}" max="${LARGEST}" step="0.1"></label>`).join("")}
      </div>
      <ol class="lecture-demo-lines"></ol>
      <form class="lecture-demo-row">
        <label><span data-out="question"></span>
          <input type="text" inputmode="text" autocomplete="off" maxlength="30" data-in="answer"></label>
        <button>Check</button>
        <button type="button" data-act="show">Show it</button>
        <button type="button" data-act="all">Show all</button>
      </form>
      <p class="lecture-demo-status" role="status"></p>
      <p class="lecture-demo-say" data-out="check"></p>
      <div class="lecture-demo-row">
        <button type="button" data-act="reset">Reset</button>
        <button type="button" data-act="link">Link to this</button>
      </div>`;

    const find = (selector) => root.querySelector(selector);
    const status = find(".lecture-demo-status"), list = find("ol"), form = find("form"), answer = find("[data-in=answer]");
    const inputs = Object.keys(INPUTS).map((name) => find(`[data-in=${name}]`));
    let unit, lines = [], shown = FORWARDS, own = 0, tried = false;

    function fill(values) {
      inputs.forEach((input, k) => { input.value = values[k]; });
      return begin();
    }

    // Read the numbers and begin again. The way forwards is shown, the way back is the reader's.
    function begin() {
      const values = inputs.map((input) => (input.value.trim() === "" ? NaN : Number(input.value)));
      const wrong = values.findIndex((value) => !(Math.abs(value) <= LARGEST));
      inputs.forEach((input, k) => input.setAttribute("aria-invalid", k === wrong));
      if (wrong >= 0) {
        status.textContent = `${words(Object.values(INPUTS)[wrong])}: expected a number from −${LARGEST} to ${LARGEST}.`;
        return;
      }
      const [W_hh, W_xh, x_1, x_2, x_3, y] = values;
      unit = { W_hh, W_xh, x: [x_1, x_2, x_3], y };
      lines = calculation(unit);
      [shown, own, tried] = [FORWARDS, 0, false];
      status.textContent = "";
      draw();
    }

    function draw() {
      list.innerHTML = lines.map(({ name, letters, digits, value }, k) => {
        const numbers = k < shown ? ` = ${digits} = <b>${decimal(value)}</b>` : k === shown ? ` = ${digits} = <b>?</b>` : "";
        return `<li${k === shown ? " aria-current=\"step\"" : ""}>${name} = ${letters}${numbers}</li>`;
      }).join("");
      const done = shown === lines.length;
      form.hidden = done;
      if (!done) find("[data-out=question]").innerHTML = `${lines[shown].name} =`;
      answer.value = "";
      find("[data-out=check]").textContent = done ? `${own} of ${lines.length - FORWARDS} were yours. A check: moving W_hh by
        ±0.001 and reading the three numbers again changes L at a rate of ${decimal(differenceQuotient(unit))}. ${ratio()}` : "";
    }

    function ratio() {
      const { eps } = byHand(unit);
      return eps[3] === 0 ? "" : `From ε_3 to ε_1, two steps back, the gradient was multiplied by ${decimal(eps[1] / eps[3])}.`;
    }

    function next(count) {
      shown = Math.min(lines.length, shown + count);
      tried = false;
      draw();
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { name, value } = lines[shown], given = typedNumber(answer.value);
      if (Number.isNaN(given)) status.textContent = "Type a number, such as −0.4.";
      else if (Math.abs(given - value) <= Math.max(0.006, 0.01 * Math.abs(value))) {
        status.textContent = `Right: ${words(name)} = ${decimal(value)}.`;
        own += Number(!tried);
        next(1);
      } else {
        status.textContent = Math.abs(given + value) < 0.006 ? "Almost: mind the sign." : `Not ${decimal(given)}. Two decimals are enough; try again.`;
        tried = true;
      }
    });
    root.addEventListener("click", (event) => {
      const act = event.target.closest("button")?.dataset.act;
      if (act === "show") {
        status.textContent = `${words(lines[shown].name)} = ${decimal(lines[shown].value)}`;
        next(1);
      } else if (act === "all") {
        status.textContent = "";
        next(lines.length);
      } else if (act === "reset") fill(START);
      else if (act === "link") status.textContent = link.write(NAME, inputs.map((input) => Number(input.value)).join("_"));
    });
    for (const input of inputs) input.addEventListener("input", begin);
    fill(linked() ?? START);
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { byHand, calculation, differenceQuotient });
})();
