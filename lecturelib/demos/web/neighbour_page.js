// The settings of the demo of two patches, and its page.

const NAME = "which_neighbour", PAIRS = 320; // that a measurement asks about
const NAMES = ["above left", "above", "above right", "left", "right", "below left", "below", "below right"];
const LARGEST_GAP = 4, START = { seed: 0, at: 0, gap: 2, jitter: 1, colours: "keep", lens: 0 };

const percent = (p) => `${Math.round(100 * p)}%`;
/** How far patches may be moved with this gap, so that they never overlap. @param {number} gap */
const mostJitter = (gap) => Math.min(Math.floor(gap / 2), Math.floor((SIDE - 2 * (PATCH + gap) - PATCH) / 2));

/** What a link to this demo shows, if the page was opened by one. @returns {typeof START | null} */
function linked() {
  const [, seed, at, gap, jitter, colours, lens] = link.read(NAME)?.match(/^(\d{1,6})_(\d{1,6})_(\d)_(\d)_(\w+)_([01])$/) ?? [];
  const known = Object.hasOwn(COLOURS, colours ?? "") && Number(gap) <= LARGEST_GAP && Number(jitter) <= mostJitter(Number(gap));
  return known ? { seed: Number(seed), at: Number(at), gap: Number(gap), jitter: Number(jitter), colours, lens: Number(lens) } : null;
}

/** @param {typeof START} now @returns {string} the settings in words */
const inWords = ({ gap, jitter, colours, lens }) => `gap ${gap}, jitter ${jitter}, colours ${COLOURS[colours][0]}${lens ? ", bad lens" : ""}`;

/** @param {string} title @returns {string} the page as HTML */
const neighbourPage = (title) => `
  <p class="lecture-demo-title">${title}</p>
  <p>Both patches are of one photograph. Where does the second lie, seen from the first?</p>
  <div class="lecture-demo-sides">
    <div class="lecture-demo-compass" role="group" aria-label="Where does the second patch lie, seen from the first?">
      ${NAMES.map((name, y) => `${y === 4 ? `<canvas width="${PATCH}" height="${PATCH}" data-patch="first" role="img" aria-label="First patch"></canvas>` : ""}
        <button type="button" data-guess="${y}" aria-label="${name}"></button>`).join("")}
    </div>
    <div class="lecture-demo-second">
      <canvas width="${PATCH}" height="${PATCH}" data-patch="second" role="img" aria-label="Second patch"></canvas>
      <p>The second patch</p>
      <p data-out="score"></p>
      <div class="lecture-demo-whole" role="img" hidden><canvas width="${SIDE}" height="${SIDE}"></canvas><svg viewBox="0 0 ${SIDE} ${SIDE}"><path></path><path></path></svg></div>
    </div>
  </div>
  <p class="lecture-demo-status" role="status"></p>
  <div class="lecture-demo-row">
    <button type="button" data-act="next">Next pair</button>
    <label class="lecture-demo-own">Your own photographs <input type="file" accept="image/*" multiple></label>
  </div>
  <div class="lecture-demo-row">
    <label>Gap: <b data-out="gap"></b> pixels <input type="range" data-in="gap" min="0" max="${LARGEST_GAP}"></label>
    <label>Jitter: up to <b data-out="jitter"></b> <input type="range" data-in="jitter" min="0"></label>
    <label>Colours <select data-in="colours">${Object.entries(COLOURS).map(([name, [words]]) => `<option value="${name}">${words}</option>`).join("")}</select></label>
    <label class="lecture-demo-check"><input type="checkbox" data-in="lens"> a bad lens</label>
  </div>
  <div class="lecture-demo-row">
    <button type="button" data-act="measure">Ask the network about ${PAIRS} pairs</button>
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>
  <ul data-out="measured" aria-live="polite"></ul>
  <p class="lecture-demo-hint">The network was trained with gap 2, jitter 1, all colours, and no bad lens. ${CREDITS}</p>`;
