// An order that is drawn by hand, with a pen or with the keyboard.

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const inside = (k) => Math.min(SIDE - 1, Math.max(0, k));

// set() is called for every pixel, done() when the pen is lifted or a key has drawn. Returns a function that draws the order.
/** @param {HTMLCanvasElement} grid @param {{code: () => string, set: (code: string) => void, done: () => void, back: () => void, say: (words: string) => void}} order */
function drawByHand(grid, { code, set, done, back, say }) {
  let cursor = 0, pen = null;
  const show = () => drawOrder(grid, code(), grid.ownerDocument.activeElement === grid && pen === null ? cursor : null);

  // The next pixel of the order; or, with `again`, the one to go back to, where it is drawn already.
  function pick(i, again) {
    const path = code().startsWith("hand.") ? pathOf(code()) : [], at = path.indexOf(i);
    if (at < 0) path.push(i);
    else if (again) path.length = at === path.length - 1 ? at : at + 1;
    set(byHand(path));
    show();
    const place = path.indexOf(i);
    return `Row ${row(i) + 1}, column ${column(i) + 1}: ${place < 0 ? "not drawn" : `number ${place + 1}`}. ${path.length} of ${DIM} are drawn.`;
  }

  function under(event) {
    const box = grid.getBoundingClientRect(), at = (part) => inside(Math.floor(part * SIDE));
    return at((event.clientY - box.top) / box.height) * SIDE + at((event.clientX - box.left) / box.width);
  }

  grid.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pen !== null) return;
    grid.setPointerCapture(event.pointerId);
    pen = under(event);
    pick(pen, true);
  });
  grid.addEventListener("pointermove", (event) => {
    if (pen === null) return;
    const to = under(event), down = row(to) - row(pen), right = column(to) - column(pen), long = Math.max(Math.abs(down), Math.abs(right));
    for (let k = 1; k <= long; k += 1) {
      pick((row(pen) + Math.round((down * k) / long)) * SIDE + column(pen) + Math.round((right * k) / long), false);
    }
    pen = to;
  });
  for (const type of ["pointerup", "pointercancel"]) {
    grid.addEventListener(type, () => {
      if (pen === null) return;
      pen = null;
      done();
    });
  }
  for (const type of ["focus", "blur"]) grid.addEventListener(type, show);

  grid.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move && ![" ", "Enter", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Backspace") {
      if (code().startsWith("hand.")) back();
      return;
    }
    if (move) cursor = inside(row(cursor) + move[0]) * SIDE + inside(column(cursor) + move[1]);
    if (move && !event.shiftKey) {
      show();
      say(`Row ${row(cursor) + 1}, column ${column(cursor) + 1}: number ${orderOf(code()).indexOf(cursor) + 1}`);
      return;
    }
    const said = pick(cursor, !move);
    done();
    say(said);
  });
  return show;
}
