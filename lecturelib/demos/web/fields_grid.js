// How the demo of masks shows a field: a square per value of the image, three narrow ones where a pixel has three colours.
const CELL = 20, INK = "#1b1b1b", MARK = "#d55e00";
const many = (count) => (count < 1e6 ? count.toLocaleString("en") : power(count));

/** @param {CanvasRenderingContext2D} context @param {string} kind @param {number} shade from 0 to 1, of what is seen */
function drawCell(context, kind, x, y, width, shade) {
  const line = (...points) => {
    context.beginPath();
    for (const [a, b] of points) context.lineTo(x + a * width, y + b * CELL);
    context.stroke();
  };
  context.fillStyle = { seen: `hsl(203 100% ${82 - 58 * shade}%)`, unseen: "#f7dfa9", never: "#e69f00", leak: "#ffffff", later: "#ffffff" }[kind];
  context.fillRect(x, y, width, CELL);
  context.strokeStyle = kind === "leak" ? "#b3005a" : INK;
  context.lineWidth = kind === "leak" ? 3 : 1;
  if (kind === "never" || kind === "leak") line([0.1, 0.9], [0.9, 0.1]);
  if (kind === "leak") line([0.1, 0.1], [0.9, 0.9]);
}

/** @param {HTMLCanvasElement} grid @param {{row: number, column: number} | null} asked */
function drawField(grid, { of, paths, kinds }, asked) {
  const context = grid.getContext("2d"), [{ channels }, { row, column, width: side }] = of, width = CELL / channels;
  const top = Math.log(Math.max(2, ...paths));
  kinds.forEach((kind, i) => {
    const pixel = Math.floor(i / channels), x = (pixel % side) * CELL + (i % channels) * width;
    drawCell(context, kind, x, Math.floor(pixel / side) * CELL, width, Math.log(Math.max(1, paths[i])) / top);
  });
  context.strokeStyle = "#c8ced4";
  context.lineWidth = 1;
  context.beginPath();
  for (let k = 1; k < side; k += 1) {
    context.moveTo(k * CELL, 0);
    context.lineTo(k * CELL, side * CELL);
    context.moveTo(0, k * CELL);
    context.lineTo(side * CELL, k * CELL);
  }
  context.stroke();
  const frame = (at, colour) => {
    context.strokeStyle = colour;
    context.lineWidth = 4;
    context.strokeRect(at.column * CELL - 1, at.row * CELL - 1, CELL + 2, CELL + 2);
  };
  if (asked) frame(asked, INK);
  frame({ row, column }, MARK);
}
