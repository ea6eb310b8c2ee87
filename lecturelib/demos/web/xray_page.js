// The settings of the x-ray of a network, its page, and its links.

const LIMIT = 800; // characters of a text
const NETWORKS = { wikipedia: "Wikipedia's markup, 384 cells", shakespeare: "Shakespeare, 512 cells" };
const PARTS = { s: "internal state, tanh s", h: "hidden state, h", g: "input node, g", i: "input gate, i", f: "forget gate, f", o: "output gate, o" };
const MARKERS = { // label, and what is between two strings or has been read since one of some characters
  none: ["nothing yet"],
  link: ["being inside a [[link]]", "[[", "]]"],
  quote: ["being inside a \"quotation\"", "\"", "\""],
  paren: ["being inside (parentheses)", "(", ")"],
  stage: ["being inside a [stage direction]", "[", "]"],
  template: ["being inside a {{template}}", "{{", "}}"],
  line: ["the length of the line", "\n"],
  word: ["the length of the word", " \n"],
  sentence: ["the length of the sentence", ".!?"],
  own: ["being inside of your own marks"],
};
const ACTIONS = {
  none: "nothing",
  all: "forget all: s = 0",
  cell: "the cell forgets: s = 0",
  turn: "the cell is turned round: −s",
  drop: "the cell's forget gate is 0 from here on",
  keep: "the cell's forget gate is 1 from here on",
  letter: "another letter stands here",
  mean: "another letter, at 16 places in turn",
};
const START = { network: "shakespeare", example: 0, text: "", part: "s", marker: "none", open: "<", close: ">", cell: 0, at: 40, action: "none", letter: "" };

/** What stands in a link, in order, each by what packs and unpacks it. */
const KEYS = ["network", "part", "marker", "action", "example", "cell", "at"], TYPED = ["open", "close", "letter", "text"];

/** @param {typeof START} now @returns {string} */
const packed = (now) => [...KEYS.map((key) => now[key]), ...TYPED.map((key) => toLink(now[key]))].join(".");

/** What a link to this demo shows, if the page was opened by one. @param {string} name @param {string[]} networks @returns {typeof START | null} */
function linked(name, networks) {
  const values = link.read(name)?.split(".") ?? [];
  if (values.length !== KEYS.length + TYPED.length) return null;
  const now = Object.fromEntries([...KEYS.map((key, k) => [key, values[k]]), ...TYPED.map((key, k) => [key, fromLink(values[KEYS.length + k])])]);
  for (const key of ["example", "cell", "at"]) now[key] = /^\d{1,4}$/.test(now[key]) ? Number(now[key]) : null;
  const has = (all, one) => Object.hasOwn(all, one), chosen = has(PARTS, now.part) && has(MARKERS, now.marker) && has(ACTIONS, now.action);
  const known = networks.includes(now.network) && chosen && now.example < 3;
  return known && Object.values(now).every((value) => value !== null) ? now : null;
}

const options = (all) => Object.entries(all).map(([value, label]) => `<option value="${value}">${label}</option>`).join("");
const escaped = (text) => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** @param {string} title @param {string[]} networks that are there @returns {string} the page as HTML */
const xrayPage = (title, networks) => `
  <p class="lecture-demo-title">${title}</p>
  <div class="lecture-demo-row">
    <label>A network that has read <select data-in="network">${options(Object.fromEntries(networks.map((one) => [one, NETWORKS[one]])))}</select></label>
    <label>reads <select data-in="example">${options({ 0: "a first text", 1: "a second text", 2: "a text of your own" })}</select></label>
  </div>
  <label class="lecture-demo-wide">Text <textarea rows="3" dir="auto" spellcheck="false" autocomplete="off" autocapitalize="off"></textarea></label>
  <p data-out="left" role="status" hidden></p>
  <div class="lecture-demo-row">
    <label>Show of each cell <select data-in="part">${options(PARTS)}</select></label>
    <label>Which cell follows … <select data-in="marker">${options(Object.fromEntries(Object.entries(MARKERS).map(([key, [label]]) => [key, escaped(label)])))}</select></label>
    <label class="lecture-demo-short" data-for="own">from <input type="text" data-in="open" maxlength="12" autocomplete="off"></label>
    <label class="lecture-demo-short" data-for="own">to <input type="text" data-in="close" maxlength="12" autocomplete="off"></label>
  </div>
  <div class="lecture-demo-sight">
  <p class="lecture-demo-say" data-out="found" role="status"></p>
  <div class="lecture-demo-row" role="group" aria-label="The cells that follow it best" data-out="best"></div>
  <div class="lecture-demo-cells" aria-busy="true"></div>
  <p class="lecture-demo-hint"><span data-out="order"></span> A column is a character. Orange is above 0, purple below. Press a place of the
    map, or a letter of the text. Underlined: inside of what you look for.</p>
  <div class="lecture-demo-read" tabindex="0" role="region" aria-label="The text, coloured by the cell"></div>
  <div class="lecture-demo-row">
    <label class="lecture-demo-short">Cell <input type="number" data-in="cell" min="0" step="1"></label>
    <label>Character <b data-out="at" aria-hidden="true"></b> <input type="range" data-in="at" min="0" step="1"></label>
  </div>
  <p class="lecture-demo-say" data-out="gates"></p>
  <div class="lecture-demo-row">
    <label>What if, at this character, <select data-in="action">${options(ACTIONS)}</select></label>
    <label class="lecture-demo-short" data-for="letter">The letter <input type="text" data-in="letter" maxlength="2" autocomplete="off" autocapitalize="off"></label>
  </div>
  <table class="lecture-demo-next"><caption></caption><thead></thead><tbody></tbody></table>
  <p class="lecture-demo-say" data-out="felt" role="status"></p>
  <div class="lecture-demo-charts"><div></div><div></div></div>
  </div>
  <div class="lecture-demo-row">
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>
  <p class="lecture-demo-status" role="status"></p>`;
