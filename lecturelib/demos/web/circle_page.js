// The settings of the demo of the circle, its page, its links, and what it draws.

const NAME = "pull_and_push", RADIUS = 100;
const TEMPERATURES = [0.01, 0.1, 1].flatMap((power) => [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9]
  .map((digits) => Number((digits * power).toPrecision(2)))).filter((one) => one >= 0.02 && one <= 5);
const RATES = [0.01, 0.03, 0.1, 0.3, 1];
const CHOICES = {
  follow: ["The gradient of", { loss: "NT-Xent", alignment: "alignment alone", uniformity: "uniformity alone" }],
  table: ["Table", { cosines: "cosines ⟨E(x), E(y)⟩", p: "softmax, p", share: "shares of the push, r" }],
};
const FEWEST = 2, MOST = 6; // images
const POINTS = [10, 60, 140, 205, 325, 48, 112, 262, 172, 345]; // degrees: five first views, five second ones
const CHAPTER = [0, 90, (Math.acos(0.8) * 180) / Math.PI, (Math.acos(-0.6) * 180) / Math.PI]; // its example by hand
const START = { view: 0, temperature: TEMPERATURES.indexOf(1), rate: RATES.indexOf(0.1), follow: "loss", table: "cosines" };
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#b8639b", "#b07d00", "#6b6fcf"]; // of the images; each has its number too

const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)}%`;
const nats = (value) => value.toFixed(2).replace(/^-(?=.*[1-9])/, "−").replace(/^-/, "");
const radians = (degrees) => Float64Array.from(degrees, (one) => (one * Math.PI) / 180);
const degreesOf = (angle) => (((angle * 180) / Math.PI) % 360 + 360) % 360;
/** @param {number} i @param {number} m @returns {string} the view's name, 3 or 3′ */
const viewName = (i, m) => `${(i % (m / 2)) + 1}${i < m / 2 ? "" : "′"}`;

/** What a link to this demo shows, if the page was opened by one. @returns {{now: typeof START, angles: Float64Array} | null} */
function linked() {
  const [view, temperature, rate, follow, table, ...degrees] = link.read(NAME)?.split("_") ?? [], m = degrees.length;
  const now = { view: Number(view), temperature: Number(temperature), rate: Number(rate), follow, table };
  const whole = [[now.view, m], [now.temperature, TEMPERATURES.length], [now.rate, RATES.length]].every(([one, end]) => Number.isInteger(one) && one >= 0 && one < end);
  const known = Object.entries(CHOICES).every(([name, [, all]]) => Object.hasOwn(all, now[name] ?? ""));
  const points = m % 2 === 0 && m >= 2 * FEWEST && m <= 2 * MOST && degrees.every((one) => /^\d{1,3}(\.\d+)?$/.test(one));
  return whole && known && points ? { now, angles: radians(degrees.map(Number)) } : null;
}

/** @param {string} title @returns {string} the page as HTML */
const circlePage = (title) => `
  <p class="lecture-demo-title">${title}</p>
  <div class="lecture-demo-row">
    <label>Temperature τ: <b data-out="temperature"></b> <input type="range" data-in="temperature" min="0" max="${TEMPERATURES.length - 1}"></label>
    <label>Learning rate: <b data-out="rate"></b> <input type="range" data-in="rate" min="0" max="${RATES.length - 1}"></label>
    <label>Images n: <b data-out="n"></b> <input type="range" data-in="n" min="${FEWEST}" max="${MOST}"></label>
  </div>
  <p class="lecture-demo-say"><label class="lecture-demo-inline">View <select data-in="view"></select></label> <span data-out="view"></span></p>
  <div class="lecture-demo-sides">
    <div>
      <svg class="lecture-demo-circle" viewBox="-140 -140 280 280" role="group" aria-label="The circle; the points can be moved"></svg>
      <p class="lecture-demo-hint">Drag the points, or choose one with tab and turn it with the arrow keys. Outside the circle the first views, inside the second
        ones. <b>Arrows</b>: where the gradient turns each point, the longest by <span data-out="longest"></span>. <b>Lines</b>: from the chosen view to
        its partner (dashed) and to its negatives, as thick as their share of the push.</p>
    </div>
    <div>
      <label>${CHOICES.table[0]} <select data-in="table">${optionsOf("table")}</select></label>
      <div class="lecture-demo-scroll" tabindex="0" role="region" aria-label="Table of all pairs of views"><table></table></div>
      <p class="lecture-demo-hint">In hundredths. Framed: the partner. l: the row's loss, in nats.</p>
    </div>
  </div>
  <p class="lecture-demo-say" data-out="parts"></p>
  <div class="lecture-demo-row">
    <label class="lecture-demo-follow">${CHOICES.follow[0]} <select data-in="follow">${optionsOf("follow")}</select></label>
    <button type="button" data-act="step">Take a step</button>
    <button type="button" data-act="run">Run</button>
    <button type="button" data-act="back">Back to before</button>
  </div>
  <p class="lecture-demo-status" role="status"></p>
  <div class="lecture-demo-row">
    <button type="button" data-act="again">Other points</button>
    <button type="button" data-act="point">All on one point</button>
    <button type="button" data-act="chapter">The chapter’s four views</button>
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>`;

/** @param {string} name of CHOICES @returns {string} HTML */
function optionsOf(name) {
  return Object.entries(CHOICES[name][1]).map(([value, label]) => `<option value="${value}">${label}</option>`).join("");
}

/** @param {Float64Array} angles @returns degrees between neighbouring images, and between the partners that are farthest apart */
function spacing(angles) {
  const n = angles.length / 2, pairs = Array.from({ length: n }, (_, k) => [angles[k], angles[k + n]]);
  const middle = pairs.map(([a, b]) => degreesOf(Math.atan2(Math.sin(a) + Math.sin(b), Math.cos(a) + Math.cos(b)))).sort((a, b) => a - b);
  const gaps = middle.map((one, k) => Math.round((k + 1 < n ? middle[k + 1] : middle[0] + 360) - one));
  return { gaps, apart: Math.max(...pairs.map(([a, b]) => (Math.acos(Math.cos(a - b)) * 180) / Math.PI)) };
}

/** @param {SVGElement} svg @param {PointerEvent} event @returns {number[]} where it is, x and y, from the circle's centre */
function under(svg, event) {
  const box = svg.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width - 0.5, 0.5 - (event.clientY - box.top) / box.height].map((one) => 280 * one);
}

const at = (angle, radius) => `${(radius * Math.cos(angle)).toFixed(1)} ${(-radius * Math.sin(angle)).toFixed(1)}`;
const laneOf = (i, m) => RADIUS + (i < m / 2 ? 9 : -9);

/** An arrow along the circle. @param {number} turn in radians, against the clock @returns {string} a path */
function arc(angle, turn, radius) {
  if (Math.abs(turn) < 0.02) return "";
  const tip = angle + turn, back = tip - Math.sign(turn) * Math.min(0.09, Math.abs(turn)), side = Number(turn < 0);
  return `M${at(angle, radius)}A${radius} ${radius} 0 0 ${side} ${at(tip, radius)}M${at(back, radius + 5)}L${at(tip, radius)}L${at(back, radius - 5)}`;
}

/** @param {SVGElement} svg @param {number} m @returns {function} that draws m points */
function circleView(svg, m) {
  const points = Array.from({ length: m }, (_, i) => `<g class="lecture-demo-point" data-view="${i}" tabindex="0" role="slider" aria-valuemin="0"
    aria-valuemax="360" aria-label="View ${viewName(i, m)}"><circle r="14" fill="transparent" stroke="none"/><circle r="7"
    fill="${COLOURS[i % (m / 2)]}"/></g><text aria-hidden="true">${viewName(i, m)}</text>`);
  svg.innerHTML = `<circle class="lecture-demo-rim" r="${RADIUS}"/><g class="lecture-demo-chords">${"<path/>".repeat(m)}</g>
    <path class="lecture-demo-arrows"/>${points.join("")}`;
  const groups = [...svg.querySelectorAll(".lecture-demo-point")], chords = [...svg.querySelectorAll(".lecture-demo-chords path")];

  return function draw(angles, turns, view, share, losses) {
    svg.querySelector(".lecture-demo-arrows").setAttribute("d", turns.map((turn, i) => arc(angles[i], turn, laneOf(i, m))).join(""));
    groups.forEach((group, i) => {
      const lane = laneOf(i, m), degrees = Math.round(degreesOf(angles[i])) % 360;
      group.setAttribute("transform", `translate(${at(angles[i], lane)})`);
      group.setAttribute("aria-valuenow", degrees);
      group.setAttribute("aria-valuetext", `${degrees} degrees, loss ${losses[i].toFixed(2)} nats`);
      group.classList.toggle("lecture-demo-chosen", i === view);
      group.nextElementSibling.setAttribute("transform", `translate(${at(angles[i], lane + (i < m / 2 ? 19 : -19))})`);
      const partner = i === partnerOf(view, m);
      chords[i].setAttribute("d", i === view ? "" : `M${at(angles[view], laneOf(view, m))}L${at(angles[i], lane)}`);
      chords[i].setAttribute("class", partner ? "lecture-demo-pull" : "");
      chords[i].style.strokeWidth = partner ? "" : (14 * share[i]).toFixed(2);
    });
  };
}

/** @param {HTMLElement} host a table @param {number} m @returns {function} that fills in values from -1 to 1 and a loss for each row */
function matrixView(host, m) {
  const names = Array.from({ length: m }, (_, i) => viewName(i, m));
  const cell = (i, j) => `<td${j === partnerOf(i, m) ? " class=\"lecture-demo-partner\"" : ""}></td>`;
  host.innerHTML = `<thead><tr><td></td>${names.map((name) => `<th scope="col">${name}</th>`).join("")}<th scope="col">l</th></tr></thead>
    <tbody>${names.map((name, i) => `<tr><th scope="row">${name}</th>${names.map((_, j) => cell(i, j)).join("")}<td></td></tr>`).join("")}</tbody>`;
  const rows = [...host.querySelectorAll("tbody tr")].map((row) => ({ row, cells: [...row.querySelectorAll("td")] }));

  return function fill(values, losses, view) {
    rows.forEach(({ row, cells }, i) => {
      row.classList.toggle("lecture-demo-chosen", i === view);
      cells.forEach((one, j) => {
        const text = j === m ? losses[i].toFixed(losses[i] < 9.95 ? 2 : 0) : i === j ? "·" : String(Math.round(100 * values[i][j])).replace("-", "−");
        if (one.textContent !== text) one.textContent = text;
        if (j < m) one.style.setProperty("--p", `${i === j ? 0 : Math.round(45 * Math.max(0, values[i][j]))}%`);
      });
    });
  };
}
