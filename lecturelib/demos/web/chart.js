// Lines over a logarithmic axis. The drawing stretches, the letters stand in HTML: readable at any width.

/** @param {HTMLElement} host @param {{low: number, high: number, every: number, x: string, y: string}} axes in powers of ten */
function logChart(host, { low, high, every, x, y }) {
  const height = (log) => Math.min(100, Math.max(0, (100 * (high - log)) / (high - low)));
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, k) => low + k * every);
  host.classList.add("lecture-demo-chart");
  host.innerHTML = `<p>${y}</p>
    <div class="lecture-demo-plot" role="img" aria-label="Nothing is drawn yet">
      ${ticks.map((log) => `<span style="top: ${height(log)}%">${log ? `10${raised(log)}` : "1"}</span>`).join("")}
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"></svg>
    </div>
    <p class="lecture-demo-ticks"><span>0</span><span>${x}</span><span></span></p>
    <p class="lecture-demo-legend"></p>`;
  const grid = ticks.map((log) => `<path class="${log ? "lecture-demo-tick" : "lecture-demo-one"}" d="M0 ${height(log)}h100"/>`).join("");

  /** @param {{values: ArrayLike<number>, name: string, kind: string}[]} lines values at 0, 1, …; zero lies at the bottom */
  return function draw(lines, said) {
    const last = Math.max(1, ...lines.map(({ values }) => values.length - 1));
    const paths = lines.filter(({ values }) => values.length).map(({ values, kind }) => {
      const points = Array.from(values, (value, k) => `${((100 * k) / last).toFixed(2)} ${height(Math.log10(value)).toFixed(2)}`);
      return `<path class="lecture-demo-line-${kind}" d="M${points.join("L")}"/>`;
    });
    host.querySelector("svg").innerHTML = grid + paths.join("");
    host.querySelector("[role=img]").setAttribute("aria-label", said);
    host.querySelector(".lecture-demo-ticks span:last-child").textContent = last;
    host.querySelector(".lecture-demo-legend").innerHTML = lines.map(({ name, kind }) => `<span><svg viewBox="0 0 30 6"
      aria-hidden="true"><path class="lecture-demo-line-${kind}" d="M0 3h30"/></svg> ${name}</span>`).join(" ");
  };
}
