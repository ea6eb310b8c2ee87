(() => {
  // Tables that sort by a click on a column's head, and hide the rows without the words that are typed.
  const text = (row, column) => row.cells[column].textContent.trim();
  const number = value => parseFloat(value.replace(/,/g, "").replace("−", "-"));

  function compare(a, b) {
    const [x, y] = [number(a), number(b)];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    if (!Number.isNaN(x) || !Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    return a.localeCompare(b);
  }

  function sort(table, heads, column) {
    const up = heads[column].getAttribute("aria-sort") !== "ascending";
    heads.forEach(head => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => (up ? 1 : -1) * compare(text(a, column), text(b, column)));
    table.tBodies[0].append(...rows);
  }

  function filter(table, words, count) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const found = row.textContent.toLowerCase();
      row.hidden = !wanted.every(word => found.includes(word));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${table.tBodies[0].rows.length} results`;
  }

  for (const box of document.querySelectorAll(".lecture-table")) {
    if (box.dataset.started) continue;
    box.dataset.started = "yes";
    const table = box.querySelector("table");
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => sort(table, heads, column));
    });
    const form = document.createElement("p");
    form.className = "lecture-filter";
    form.innerHTML = '<label>Only with: <input type="search" placeholder="MNIST, words, 3 seeds"></label> <output></output>';
    const [input, count] = [form.querySelector("input"), form.querySelector("output")];
    input.addEventListener("input", () => filter(table, input.value, count));
    box.before(form);
    filter(table, "", count);
  }
})();
