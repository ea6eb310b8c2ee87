// The demo of tasks and networks: the ranks of tasks as lines over networks, and the table. It comes after demos.js. The
// build puts the other script and the style sheet where the line below says.
window.LectureDemos.pages.architectures ??= (() => {
  "use strict";
  const { link } = window.LectureDemos;
  /* PARTS */

  const NAME = "architectures", WIDE = 360, HIGH = 284, LEFT = 34, TOP = 22, BOTTOM = 78;
  const TABLES = { paper: "the paper's", ours: "ours" };
  const START = { table: "paper", width: "8", sort: "-1", show: "rank", task: "rotation" };
  const LETTERS = { rotation: "R", exemplar: "E", "relative patch": "P", jigsaw: "J", SimCLR: "S", "random weights": "0" };
  const slug = (task) => task.replace(" ", "-");

  function mount(root, { title, tables }) {
    root.innerHTML = `
      <p class="lecture-demo-title">${title}</p>
      <p>Accuracies of a linear probe: of ImageNet in the paper's table, of CIFAR-10 in ours.</p>
      <div class="lecture-demo-choices">
        <label>Table <select data-in="table">${Object.entries(TABLES).map(([key, label]) => `<option value="${key}">${label}</option>`).join("")}</select></label>
        <label>Width <select data-in="width"></select></label>
        <label>Lines <select data-in="show"><option value="rank">ranks</option><option value="score">accuracies</option></select></label>
        <label>Follow <select data-in="task"></select></label>
      </div>
      <svg viewBox="0 0 ${WIDE} ${HIGH}" role="img"></svg>
      <p class="lecture-demo-status" role="status"></p>
      <div class="lecture-demo-scores" tabindex="0" role="region" aria-label="Table of accuracies"><table><thead></thead><tbody></tbody></table></div>
      <p class="lecture-demo-hint">In per cent. Press a network to sort the tasks by it<span data-out="more"></span>.</p>
      <div class="lecture-demo-row lecture-demo-controls">
        <button type="button" data-act="reset">Reset</button>
        <button type="button" data-act="link">Link to this</button>
      </div>`;
    const find = (selector) => root.querySelector(selector), status = find(".lecture-demo-status");
    const options = (key, values) => { find(`[data-in=${key}]`).innerHTML = values.map(([value, label]) => `<option value="${value}">${label}</option>`).join(""); };

    // A state that the tables have; what they lack is replaced.
    function sound(state) {
      const table = Object.hasOwn(TABLES, state.table) ? state.table : START.table, of = tables[table];
      const width = of.widths.map(String).includes(state.width) ? state.width : String(of.widths.at(table === "paper" ? 1 : -1));
      const sort = /^-1$|^[0-5]$/.test(state.sort) ? state.sort : START.sort, show = state.show === "score" ? "score" : "rank";
      const tasks = rowsOf(of, Number(width)).map((row) => slug(row.task));
      return { table, width, sort, show, task: tasks.includes(state.task) ? state.task : tasks[0] };
    }

    const values = link.read(NAME)?.split(".") ?? [];
    let state = sound(Object.fromEntries(Object.keys(START).map((key, k) => [key, values[k] ?? START[key]])));

    function chart(of, rows) {
      const places = rankRows(rows), means = rows.flatMap(({ cells }) => cells.map(({ mean }) => mean));
      const [low, high] = [Math.min(...means), Math.max(...means)], ground = HIGH - BOTTOM;
      const x = (n) => LEFT + 14 + (n * (WIDE - LEFT - 40)) / (of.networks.length - 1);
      const y = (r, n) => TOP + (ground - TOP) * (state.show === "rank" ? (places[r][n] - 1) / Math.max(1, rows.length - 1)
        : (high - rows[r].cells[n].mean) / (high - low || 1));
      const lines = rows.map(({ task, cells }, r) => {
        const chosen = slug(task) === state.task, points = cells.map((_, n) => `${x(n).toFixed(1)} ${y(r, n).toFixed(1)}`);
        const dots = cells.map((_, n) => `<circle cx="${x(n)}" cy="${y(r, n)}" r="9"/><text x="${x(n)}" y="${y(r, n) + 4}">${LETTERS[task]}</text>`);
        return `<g class="${chosen ? "lecture-demo-followed" : ""}"><path d="M${points.join("L")}"/>${dots.join("")}</g>`;
      });
      lines.sort((p, q) => p.includes("followed") - q.includes("followed")); // the chosen one on top
      const names = of.networks.map((name, n) => `<text class="lecture-demo-network" transform="translate(${x(n) + 4} ${ground + 22}) rotate(-32)">${name}</text>`);
      const ends = state.show === "rank" ? ["1st", ["1st", "2nd", "3rd"][rows.length - 1] ?? `${rows.length}th`] : [high.toFixed(0), low.toFixed(0)];
      find("svg").innerHTML = lines.join("") + names.join("") + ends.map((end, k) => `<text class="lecture-demo-end" x="0" y="${k ? ground + 4 : TOP + 4}">${end}</text>`).join("");
      find("svg").setAttribute("aria-label", rows.map(({ task }, r) => `${task}: ${of.networks.map((name, n) => `${name} rank ${places[r][n]}`).join(", ")}`).join("; "));
    }

    function fillTable(of, rows) {
      const n = Number(state.sort), best = of.networks.map((_, k) => Math.max(...rows.map(({ cells }) => cells[k].mean)));
      find("thead").innerHTML = `<tr><th>task</th>${of.networks.map((name, k) => `<th${k === n ? ' aria-sort="descending"' : ""}><button type="button" data-sort="${k}">${name}</button></th>`).join("")}</tr>`;
      find("tbody").innerHTML = sorted(rows, n).map(({ task, cells }) => `<tr><th>${LETTERS[task]} · ${task}</th>${cells.map((cell, k) => {
        const shown = `${cell.mean.toFixed(1)}${cell.spread === undefined ? "" : ` ± ${cell.spread.toFixed(1)}`}`, words = cell.mean === best[k] ? `<b>${shown}</b>` : shown;
        return `<td>${cell.stages ? `<button type="button" data-cell="${slug(task)}.${k}">${words}</button>` : words}</td>`;
      }).join("")}</tr>`).join("");
    }

    function draw() {
      const of = tables[state.table], rows = rowsOf(of, Number(state.width));
      options("width", of.widths.map((width) => [width, state.table === "paper" ? `${width}x` : `${width} channels`]));
      options("task", rows.map(({ task }) => [slug(task), `${LETTERS[task]} · ${task}`]));
      for (const [key, value] of Object.entries(state)) for (const input of root.querySelectorAll(`[data-in=${key}]`)) input.value = value;
      chart(of, rows);
      fillTable(of, rows);
      find("[data-out=more]").textContent = state.table === "ours" ? ", a number to see its stages. Mean and spread of three seeds; bold is a network's best task" : ". Bold is a network's best task";
      let most = [0, 0, 1];
      of.networks.forEach((_, a) => of.networks.slice(a + 1).forEach((_one, k) => {
        const count = swaps(rows, a, a + 1 + k);
        if (count > most[0]) most = [count, a, a + 1 + k];
      }));
      const pairs = (rows.length * (rows.length - 1)) / 2;
      status.textContent = most[0] ? `${of.networks[most[1]]} and ${of.networks[most[2]]} disagree most: on ${most[0]} of ${pairs} pairs of tasks.`
        : "All networks put the tasks in the same order.";
    }

    function set(changes) {
      state = sound({ ...state, ...changes });
      draw();
    }

    root.addEventListener("change", (event) => set({ [event.target.dataset.in]: event.target.value }));
    root.addEventListener("click", (event) => {
      const { sort, cell, act } = event.target.closest("button")?.dataset ?? {};
      if (sort) {
        set({ sort: state.sort === sort ? "-1" : sort });
        find(`[data-sort="${sort}"]`).focus();
      }
      if (cell) {
        const [task, n] = cell.split("."), of = tables[state.table], row = rowsOf(of, Number(state.width)).find((one) => slug(one.task) === task);
        status.textContent = `${row.task}, ${of.networks[n]}: ${row.cells[n].stages.map((value, k) => `stage ${k + 1} ${value.toFixed(1)}%`).join(", ")}`;
      }
      if (act === "reset") set(START);
      if (act === "link") status.textContent = link.write(NAME, Object.values(state).join("."));
    });
    draw();
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return Object.assign(mount, { rankRows, rowsOf, swaps });
})();
