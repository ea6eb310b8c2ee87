// The cells of a layer: for each of them the drawing, small, each step in the colour of the cell after it.

const SMALLEST = 0.1; // a cell that never comes so far from 0 stays pale

/** The values of a cell along a drawing, as parts of the largest. @param {ArrayLike<number>} values @returns {{ parts: number[], least: number, most: number }} */
function scaled(values) {
  const all = Array.from(values), largest = Math.max(SMALLEST, ...all.map(Math.abs));
  return { parts: all.map((one) => one / largest), least: Math.min(...all), most: Math.max(...all) };
}

/** @param {HTMLCanvasElement} canvas @param {number} count of cells @param {(cell: number) => void} chosen from 1 */
function cellTable(canvas, count, chosen) {
  let cursor = 1, marked = 0, again = () => {};
  const columns = () => (canvas.clientWidth < 520 ? 8 : 16), side = () => canvas.clientWidth / columns();

  function frame(context, cell, colour, width) {
    const x = ((cell - 1) % columns()) * side(), y = Math.floor((cell - 1) / columns()) * side();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(x + 1.5, y + 1.5, side() - 3, side() - 3);
  }

  /**
   * Yields after each cell.
   * @param {Place[]} places @param {Step[]} steps @param {State[]} states after each step @param {number} layer from 0
   */
  function* draw(places, steps, states, layer) {
    canvas.style.height = `${Math.ceil(count / columns()) * side()}px`;
    const context = cleared(canvas), strokes = strokesOf(steps), xs = places.map(({ x }) => x), ys = places.map(({ y }) => y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = (side() - 12) / Math.max(right - left, high - low, 1000), style = getComputedStyle(canvas);
    for (let cell = 1; cell <= count; cell += 1) {
      const middle = { x: (((cell - 1) % columns()) + 0.5) * side(), y: (Math.floor((cell - 1) / columns()) + 0.5) * side() };
      const small = places.map(({ x, y }) => ({ x: middle.x + (x - (left + right) / 2) * scale, y: middle.y + (y - (low + high) / 2) * scale }));
      const { parts } = scaled(steps.map((_, k) => states[k + 1][layer].h[cell - 1]));
      context.lineWidth = 2;
      if (steps.length) ink(context, small, strokes, (k) => shade(Math.round(10 * parts[k]) / 10));
      yield;
    }
    if (marked) frame(context, marked, style.color, 2);
    if (canvas.ownerDocument.activeElement === canvas && cursor !== marked) frame(context, cursor, style.outlineColor, 2);
  }

  canvas.addEventListener("click", (event) => {
    cursor = Math.min(count, 1 + Math.floor(event.offsetX / side()) + columns() * Math.floor(event.offsetY / side()));
    chosen(cursor);
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: -columns(), ArrowDown: columns(), ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    if (cursor + move >= 1 && cursor + move <= count) cursor += move;
    chosen(cursor);
  });
  let width = 0;
  new ResizeObserver(() => {
    if (canvas.clientWidth !== width) again();
    width = canvas.clientWidth;
  }).observe(canvas);
  new MutationObserver(() => again()).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

  return {
    draw,
    /** @param {number} cell 0: none */
    mark(cell) {
      marked = cell;
      if (cell) cursor = cell;
    },
    /** @param {() => void} call where it has to be drawn again */
    onResize(call) { again = call; },
  };
}
