// How the demo of orders shows an order, digits and curves.

const CELL = 20, DOT = 4, ACROSS = 5; // canvas pixels an image pixel, in an order and in a digit; digits a line
const INK = "#1b1b1b", PAPER = "#ffffff", MARK = "#d55e00";
const row = (i) => Math.floor(i / SIDE), column = (i) => i % SIDE;

/** @param {HTMLCanvasElement} canvas @param {string} code @param {number | null} cursor the pixel of the keyboard */
function drawOrder(canvas, code, cursor) {
  const order = orderOf(code), context = canvas.getContext("2d"), drawn = code.startsWith("hand.") ? pathOf(code).length : DIM;
  order.forEach((i, k) => {
    context.globalAlpha = 1;
    context.fillStyle = PAPER;
    context.fillRect(column(i) * CELL, row(i) * CELL, CELL, CELL);
    context.globalAlpha = k < drawn ? 1 : 0.3; // what is not drawn by hand comes in raster order
    context.fillStyle = heat(k / (DIM - 1));
    context.fillRect(column(i) * CELL, row(i) * CELL, CELL, CELL);
  });
  context.globalAlpha = 1;
  context.lineWidth = 2;
  for (let k = 1; k < drawn; k += 1) { // a line where the order goes on to a neighbour
    const [i, j] = [order[k - 1], order[k]];
    if (Math.max(Math.abs(row(i) - row(j)), Math.abs(column(i) - column(j))) > 1) continue;
    context.strokeStyle = k < DIM / 2 ? PAPER : INK;
    context.beginPath();
    for (const one of [i, j]) context.lineTo((column(one) + 0.5) * CELL, (row(one) + 0.5) * CELL);
    context.stroke();
  }
  context.fillStyle = MARK;
  context.beginPath();
  context.arc((column(order[0]) + 0.5) * CELL, (row(order[0]) + 0.5) * CELL, CELL / 3, 0, 2 * Math.PI);
  context.fill();
  if (cursor === null) return;
  context.strokeStyle = MARK;
  context.lineWidth = 4;
  context.strokeRect(column(cursor) * CELL + 2, row(cursor) * CELL + 2, CELL - 4, CELL - 4);
}

const digitsWide = (across) => (across * (SIDE + 1) - 1) * DOT;

/** @param {HTMLCanvasElement} canvas @param {ArrayLike<number>[]} images @param {number} across how many a line */
function drawDigits(canvas, images, across) {
  const context = canvas.getContext("2d");
  images.forEach((image, n) => {
    const left = (n % across) * (SIDE + 1), top = Math.floor(n / across) * (SIDE + 1);
    for (let i = 0; i < DIM; i += 1) {
      context.fillStyle = image[i] ? INK : PAPER;
      context.fillRect((left + column(i)) * DOT, (top + row(i)) * DOT, DOT, DOT);
    }
  });
}

/** The ends and the ticks of an axis that holds all of [least, most]. */
function axis(least, most) {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1e3, 1e4, 1e5, 1e6].find((one) => most - least <= 5 * one) ?? 1e9;
  const low = Math.floor(least / step) * step, count = Math.max(1, Math.ceil((most - low) / step - 1e-9));
  return { low, high: low + count * step, ticks: Array.from({ length: count + 1 }, (_, k) => low + k * step), digits: step < 0.1 ? 2 : step < 1 ? 1 : 0 };
}

/** Curves of nats over steps. As the training goes on, what was before a tenth of it no longer counts for the axis. */
function natsChart(host, end) {
  /** @param {{points: [number, number][], kind: string}[]} lines */
  return function draw(lines, t, said) {
    const all = lines.flatMap(({ points }) => points), from = Math.min(t / 10, ...lines.map(({ points }) => points.at(-1)[0]));
    const late = all.filter(([step]) => step >= from).map(([, value]) => value);
    const { low, high, ticks, digits } = axis(Math.min(...late), Math.max(...late)), y = (value) => 100 * (high - value) / (high - low);
    host.setAttribute("aria-label", said);
    host.innerHTML = `${ticks.map((tick) => `<span style="top: ${y(tick).toFixed(1)}%">${tick.toFixed(digits)}</span>`).join("")}
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      ${ticks.map((tick) => `<path class="lecture-demo-tick" d="M0 ${y(tick).toFixed(2)}h100"/>`).join("")}
      ${lines.map(({ points, kind }) => `<path class="${kind}" d="M${points.map(([step, value]) =>
        `${((100 * step) / end).toFixed(2)} ${Math.max(-1e4, y(value)).toFixed(2)}`).join("L")}"/>`).join("")}</svg>`;
  };
}
