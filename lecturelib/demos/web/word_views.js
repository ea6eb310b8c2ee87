// What the demo of word2vec shows: a sentence, the decisions of a prediction, the plane, the tree.

/** @param {string} word @returns {string} as HTML, in its own direction of writing */
const bdi = (word) => `<bdi class="lecture-demo-word">${word}</bdi>`; // a word has letters, digits and apostrophes only

/** The words around position t: what is read, what is predicted. @returns {string} HTML */
function sentenceView({ x, t, window, at, inputs }, words, reach = 8) {
  const cbow = at === t, read = (i) => (cbow ? window.includes(i) : i === t), shown = [];
  for (let i = Math.max(0, t - reach); i < Math.min(x.length, t + reach + 1); i += 1) {
    const name = bdi(words[x[i]]);
    shown.push(i === at ? `<mark>${name}</mark>` : read(i) ? `<b>${name}</b>` : window.includes(i) ? `<u>${name}</u>` : name);
  }
  const before = t > reach ? "… " : "", after = t + reach + 1 < x.length ? " …" : "";
  return `${before}${shown.join(" ")}${after} &nbsp; <span class="lecture-demo-from">(${inputs.map((k) => words[k]).join(" + ")} → ${words[x[at]]})</span>`;
}

/** A row for each yes-or-no question of the last prediction. @returns {string} HTML of a table's rows */
function decisionRows(decided, after, nameOf) {
  const cell = (value) => `<td>${value.toFixed(2).replace("-", "−")}</td>`;
  return decided.map(({ row, c, score, g }, k) => `<tr><th scope="row">${nameOf(row, c, k)}</th>${cell(score)}${cell(sigmoid(score))}
    <td>${c > 0 ? 1 : 0}</td>${cell(g)}${cell(after[k])}</tr>`).join("");
}

// Where a name may stand beside its point: in lines of 12 pixels above or below it, right or left.
const SPOTS = [0, -1, 1, -2, 2, -3, 3, -4, 4].flatMap((line) => [{ line, left: false }, { line, left: true }]);

/** @param {HTMLElement} host @param {string[]} words @param {number} most words with a name @returns {function} draw */
function plane(host, words, most) {
  host.innerHTML = `<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><path/></svg>
    ${words.map((word, k) => `<span${k < most ? "" : " class=\"lecture-demo-nameless\""}>${k < most ? bdi(word) : ""}</span>`).join("")}`;
  const spans = [...host.querySelectorAll(":scope > span")], names = spans.map((span) => span.firstElementChild);
  const widths = names.map((name) => name?.offsetWidth ?? 0), height = 12;
  let box = null;

  // The square around all points and the origin; it changes when a point leaves it or it is far too large.
  function fit(W) {
    const ends = [0, 1].map((d) => [Math.min(0, ...W.map((w) => w[d])), Math.max(0, ...W.map((w) => w[d]))]);
    const size = Math.max(0.5, ...ends.map(([low, high]) => high - low)) * 1.25;
    const inside = box && ends.every(([low, high], d) => low >= box.low[d] && high <= box.low[d] + box.size) && box.size < 2 * size;
    if (!inside) box = { size, low: ends.map(([low, high]) => (low + high - size) / 2) };
  }

  return (W, now, said) => {
    fit(W);
    const side = host.clientWidth, at = (w) => [(side * (w[0] - box.low[0])) / box.size, side - (side * (w[1] - box.low[1])) / box.size];
    const taken = [], [x_0, y_0] = at([0, 0]).map((one) => (100 * one) / side);
    host.querySelector("path").setAttribute("d", `M0 ${y_0}h100M${x_0} 0v100`);
    W.forEach((w, k) => {
      const [x, y] = at(w);
      spans[k].style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
      spans[k].classList.toggle("lecture-demo-moved", now.includes(k));
      if (!names[k]) return;
      const free = SPOTS.map(({ line, left }) => ({ x: left ? -5 - widths[k] : 5, y: height * (line - 0.5) }))
        .find((spot) => x + spot.x > 0 && x + spot.x + widths[k] < side && taken.every((one) => Math.abs(one.y - y - spot.y) >= height
          || x + spot.x > one.x + one.width || one.x > x + spot.x + widths[k])) ?? { x: 5, y: -height / 2 };
      taken.push({ x: x + free.x, y: y + free.y, width: widths[k] });
      names[k].style.transform = `translate(${free.x}px, ${free.y}px)`;
    });
    host.setAttribute("aria-label", said);
  };
}

/** The leaves of Huffman's tree from left to right, and its branches. @param {{row: number, c: number}[][]} paths */
function treeLayout(paths) {
  const children = paths.slice(1).map(() => [null, null]), leaves = [], branches = [];
  paths.forEach((path, word) => path.forEach(({ row, c }, k) => { children[row][c > 0 ? 0 : 1] = k ? { node: path[k - 1].row } : { word }; }));
  const place = (row, level) => {
    const ys = children[row].map(({ word, node }) => (word === undefined ? place(node, level + 1) : leaves.push(word) - 1));
    const from = (ys[0] + ys[1]) / 2;
    ys.forEach((to, k) => branches.push({ row, c: k ? -1 : 1, level, from, to, leaf: children[row][k].word !== undefined }));
    return from;
  };
  place(children.length - 1, 0);
  return { leaves, branches, depth: Math.max(...paths.map((path) => path.length)) };
}

/** @returns {string} HTML: the tree from the root at the left, a line for each word with its code and probability */
function treeView({ leaves, branches, depth }, paths, words, p, target) {
  const onPath = new Set(paths[target].map(({ row, c }) => `${row} ${c}`));
  const lines = branches.map(({ row, c, level, from, to, leaf }) => ({ now: onPath.has(`${row} ${c}`),
    d: `M${level} ${from + 0.5}V${to + 0.5}H${leaf ? depth : level + 1}` })).sort((a, b) => a.now - b.now);
  const rows = leaves.map((word) => {
    const code = paths[word].map(({ c }) => (c > 0 ? "+" : "−")).reverse().join("");
    return `<li${word === target ? " aria-current=\"true\"" : ""}>${bdi(words[word])} <span>${code}</span> <span>${(100 * p[word]).toFixed(1)}%</span></li>`;
  });
  return `<svg viewBox="-0.2 0 ${depth + 0.2} ${leaves.length}" preserveAspectRatio="none" aria-hidden="true">
    ${lines.map(({ now, d }) => `<path d="${d}"${now ? " class=\"lecture-demo-now\"" : ""}/>`).join("")}</svg><ul>${rows.join("")}</ul>`;
}
