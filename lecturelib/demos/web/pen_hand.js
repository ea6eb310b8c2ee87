// What the reader's hand does on the sheet: a pointer draws while it is down; keys move a pen that space sets down and lifts.

const KEY_STEP = 2 * PIXEL, LONGEST_WAY = 5000; // places of a stroke as it is drawn

/**
 * @param {HTMLCanvasElement} canvas @param {ReturnType<typeof sheet>} paper
 * @param {{ tip: () => Place, moved: (way: Place[] | null, cursor: Place | null) => void, drawn: (way: Place[]) => void,
 *   say: (words: string) => void }} page told of every move, and of a stroke when it is done
 */
function hand(canvas, paper, { tip, moved, drawn, say }) {
  let way = /** @type {Place[] | null} */ (null), pointer = /** @type {number | null} */ (null), cursor = /** @type {Place | null} */ (null);

  function end(keep) {
    const done = way;
    [way, pointer] = [null, null];
    if (done && keep) drawn(done);
    else moved(null, cursor);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pointer !== null) return;
    if (way) end(true); // the keyboard's
    canvas.setPointerCapture(event.pointerId);
    [pointer, cursor, way] = [event.pointerId, null, [paper.under(event)]];
    moved(way, null);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) if (way.length < LONGEST_WAY) way.push(paper.under(one));
    moved(way, null);
  });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (event) => {
    if (event.pointerId === pointer) end(kind === "pointerup");
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (pointer !== null || (!move && ![" ", "Enter", "Escape"].includes(event.key))) return;
    event.preventDefault();
    cursor ??= tip();
    if (event.key === "Escape") {
      if (way) say("The stroke is gone.");
      end(false);
    } else if (move) {
      const step = event.shiftKey ? 4 * KEY_STEP : KEY_STEP;
      cursor = paper.inside({ x: cursor.x + move[0] * step, y: cursor.y + move[1] * step });
      if (way && way.length < LONGEST_WAY) way.push(cursor);
      moved(way, cursor);
    } else if (way) end(true);
    else {
      way = [cursor];
      say("The pen is down: arrow keys draw, space lifts it, Escape takes the stroke back.");
      moved(way, cursor);
    }
  });
  canvas.addEventListener("focus", () => {
    if (pointer === null && canvas.matches(":focus-visible")) moved(way, cursor ??= tip());
  });
  canvas.addEventListener("blur", () => {
    cursor = null;
    end(true);
  });
}
