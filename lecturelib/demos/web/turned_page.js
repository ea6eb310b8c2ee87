// The settings of the demo of turned photographs, and its page.

const NAME = "which_way_up", TURNS = 4;
const SIDES = ["top", "left", "bottom", "right"]; // where the upper side comes to lie, turned anticlockwise y times
const ARROWS = ["↑", "←", "↓", "→"], KEYS = ["ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"];
const VIEWS = {
  whole: ["the picture", (x) => x],
  grey: ["it in grey", grey],
  tiles16: ["4 tiles of it, shuffled", (x, uniform) => shuffled(x, 16, uniform)],
  tiles8: ["16 tiles of it, shuffled", (x, uniform) => shuffled(x, 8, uniform)],
  coarse8: ["8 × 8 mean colours", (x) => coarse(x, 8)],
  coarse4: ["4 × 4 mean colours", (x) => coarse(x, 4)],
  coarse2: ["2 × 2 mean colours", (x) => coarse(x, 2)],
};

const percent = (p) => `${Math.round(100 * p)}%`;
const nats = (value) => value.toFixed(2);

/** What a link to this demo shows, if the page was opened by one. @param {number} count of pictures */
function linked(count) {
  const [, seed, at, view] = link.read(NAME)?.match(/^(\d{1,6})_(\d{1,2})_(\w+)$/) ?? [];
  return Object.hasOwn(VIEWS, view ?? "") && Number(at) < count ? { seed: Number(seed), at: Number(at), view } : null;
}

/** @param {string} title @returns {string} the page as HTML */
const turnedPage = (title) => `
  <p class="lecture-demo-title">${title}</p>
  <p>This photograph was turned by 0, 90, 180 or 270 degrees. Where does its upper side lie now?</p>
  <div class="lecture-demo-row">
    <label>You and the network see <select data-in="view">${Object.entries(VIEWS).map(([name, [words]]) => `<option value="${name}">${words}</option>`).join("")}</select></label>
  </div>
  <div class="lecture-demo-sides">
    <div class="lecture-demo-turn" role="group" aria-label="Where does the upper side lie?">
      ${SIDES.map((side, y) => `<button type="button" data-guess="${y}" aria-label="${side}">${ARROWS[y]}</button>`).join("")}
      <canvas width="${SIDE}" height="${SIDE}" tabindex="0" role="img" data-out="picture"></canvas>
    </div>
    <div class="lecture-demo-answers">
      <table aria-label="The network’s answers"><tbody>${SIDES.map((side, y) => `<tr><th scope="row">${ARROWS[y]} ${side}</th>
        <td><div class="lecture-demo-bar"></div></td><td data-p></td><td data-mark></td></tr>`).join("")}</tbody></table>
      <p data-out="score"></p>
    </div>
  </div>
  <p class="lecture-demo-status" role="status"></p>
  <div class="lecture-demo-row">
    <button type="button" data-act="next">Next picture</button>
    <label class="lecture-demo-own">Your own photographs <input type="file" accept="image/*" multiple></label>
  </div>
  <div class="lecture-demo-all" hidden>
    <p>The same picture in all four turns, and what the network gives to the truth. <span data-out="loss"></span></p>
    <div class="lecture-demo-row">${SIDES.map(() => `<figure><canvas width="${SIDE}" height="${SIDE}" aria-hidden="true"></canvas><figcaption></figcaption></figure>`).join("")}</div>
  </div>
  <div class="lecture-demo-row">
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>
  <p class="lecture-demo-hint">${CREDITS}</p>`;
