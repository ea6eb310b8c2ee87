// The settings of the demo of word2vec, its page, and its links.

const NAME = "word2vec_steps", STRIDE = 100; // passes of a run where nothing should move
const IN_A_LINK = 3000; // characters of a text
const TEXT = "The king rules the land. The queen rules the land. The king sits on the throne. The queen sits on the throne. " +
  "The king wears a crown. The queen wears a crown. The cat drinks milk. The kitten drinks milk. The cat sleeps in the sun. " +
  "The kitten sleeps in the sun. The cat chases a mouse. The kitten chases a mouse. In winter snow falls on the roof. " +
  "In winter snow lies on the field. In autumn rain falls on the roof. In autumn rain lies on the field.";
const CHOICES = { model: { "skip-gram": "skip-gram", cbow: "CBOW" }, loss: { negative: "negative sampling", tree: "hierarchical softmax" } };
const SLIDERS = { L: ["Window L", 1, 5, 1], k: ["Noise words k", 1, 10, 1], rate: ["Learning rate", 0.01, 0.3, 0.01] };
const START = { model: "skip-gram", loss: "negative", L: 2, k: 2, rate: 0.03, seed: 1 };

/** What a link to this demo shows, if the page was opened by one. @returns {{now: typeof START, count: number, text: string} | null} */
function linked() {
  const [model, loss, ...rest] = link.read(NAME)?.split("_") ?? [], [L, k, rate, seed, count] = rest.slice(0, 5).map(Number);
  const inside = Object.entries({ L, k, rate }).every(([name, value]) => value >= SLIDERS[name][1] && value <= SLIDERS[name][2]);
  if (!CHOICES.model[model] || !CHOICES.loss[loss] || !inside || !(seed >= 0) || !(count >= 0 && count <= 1e6)) return null;
  const text = fromLink(rest.slice(5).join("_"));
  return text === null ? null : { now: { model, loss, L: Math.floor(L), k: Math.floor(k), rate, seed }, count, text };
}

/** @param {string} title @returns {string} the page as HTML */
const wordPage = (title) => `
  <p class="lecture-demo-title">${title}</p>
  <label class="lecture-demo-wide">A text of your own <textarea rows="4" dir="auto" spellcheck="false"></textarea></label>
  <div class="lecture-demo-row">
    ${Object.entries(CHOICES).map(([name, all]) => `<label>${name === "model" ? "Predict by" : "Loss"} <select data-in="${name}">
      ${Object.entries(all).map(([value, label]) => `<option value="${value}">${label}</option>`).join("")}</select></label>`).join("")}
    ${Object.entries(SLIDERS).map(([name, [label, least, most, step]]) => `<label>${label}: <b data-out="${name}"></b>
      <input type="range" data-in="${name}" min="${least}" max="${most}" step="${step}"></label>`).join("")}
  </div>
  <div class="lecture-demo-row">
    <button type="button" data-act="one">Next prediction</button>
    <button type="button" data-act="pass">One pass</button>
    <button type="button" data-act="run"></button>
    <button type="button" data-act="again">Other start</button>
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>
  <p class="lecture-demo-status" role="status"></p>
  <p data-out="progress"></p>
  <div class="lecture-demo-halves">
    <div>
      <p class="lecture-demo-sentence" data-out="sentence"></p>
      <div class="lecture-demo-scroll" tabindex="0" role="region" aria-label="The last prediction"><table>
        <thead><tr><th scope="col" data-out="head"></th><th scope="col">⟨v, h⟩</th><th scope="col">σ</th><th scope="col">true</th>
          <th scope="col">error</th><th scope="col">after</th></tr></thead><tbody></tbody></table></div>
      <p class="lecture-demo-hint">Framed: read, h. Filled: predicted. True is 1 for what stood there, 0 for noise; in the tree, 1 for left. The
        error, true − σ, moves v along h, and h along v. After: ⟨v, h⟩ when all have moved.</p>
    </div>
    <div>
      <div class="lecture-demo-plane" role="img"></div>
      <p class="lecture-demo-hint">The input vectors w, two numbers for each word. Those just read are coloured.</p>
      <label>Nearest to <select data-in="word"></select></label> <p class="lecture-demo-hint" data-out="near"></p>
    </div>
  </div>
  <div class="lecture-demo-tree" tabindex="0" role="region" aria-label="The tree, and the probability of each word"></div>`;
