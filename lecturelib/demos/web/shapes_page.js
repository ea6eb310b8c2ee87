// The settings of the demo of the small SimCLR, its page, its links, and what it draws.

const NAME = "small_simclr", BATCH = 32, HIDDEN = 32, RATE = 0.002, TESTS = 60, NEAREST = 5;
const TEMPERATURES = [0.05, 0.1, 0.2, 0.5, 1, 2], MOST_STEPS = 5000, MOST_PARTS = 40;
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#b8639b", "#b07d00"]; // of the kinds
const BY = { kind: "kind", light: "brightness", r: "size", x: "position" };
const START = { negatives: true, shift: true, size: true, brightness: true, temperature: 2 };
const LANE = 9, RIM = 118; // the kinds are drawn at different distances from the middle

/** What decides about a part of the training, as a text of a link: steps, switches, temperature. */
const partOf = ({ negatives, shift, size, brightness, temperature }, steps) =>
  `${steps}-${[negatives, shift, size, brightness].map(Number).join("")}-${temperature}`;

/** What a link to this demo shows, if the page was opened by one. @returns {{seed: number, by: string, own: typeof OWN, parts: {now: typeof START, steps: number}[]} | null} */
function linked() {
  const [seed, by, mine, ...texts] = link.read(NAME)?.split("_") ?? [], own = readOwn(mine ?? "");
  const parts = texts.map((text) => text.match(/^(\d{1,4})-([01])([01])([01])([01])-([0-5])$/)?.slice(1).map(Number)).filter(Boolean);
  const total = parts.reduce((sum, [steps]) => sum + steps, 0), right = /^\d{1,6}$/.test(seed ?? "") && Object.hasOwn(BY, by ?? "");
  if (!right || !own || !parts.length || parts.length !== texts.length || total > MOST_STEPS) return null;
  return { seed: Number(seed), by, own, parts: parts.map(([steps, ...switches]) => ({ steps, now: { ...Object.fromEntries(Object.keys(START).slice(0, 4)
    .map((name, k) => [name, Boolean(switches[k])])), temperature: switches[4] } })) };
}

/** @param {string} title @returns {string} the page as HTML */
const shapesPage = (title) => `
  <p class="lecture-demo-title">${title}</p>
  <p>A network of ${HIDDEN} hidden units looks at ${SIDE} × ${SIDE} pixels and answers with a point on the circle. A batch: ${BATCH} new pictures of
    ${NAMES.length} kinds, two views each. It is never told the kind.</p>
  <div class="lecture-demo-row">
    <fieldset class="lecture-demo-changes"><legend>Between the two views change</legend>
      ${Object.keys(CHANGES).map((name) => `<label><input type="checkbox" data-in="${name}"> ${name}</label>`).join("")}</fieldset>
    <fieldset class="lecture-demo-changes"><legend>The loss</legend>
      <label><input type="checkbox" data-in="negatives"> has negatives</label></fieldset>
    <label>Temperature τ: <b data-out="temperature"></b> <input type="range" data-in="temperature" min="0" max="${TEMPERATURES.length - 1}"></label>
  </div>
  <div class="lecture-demo-row">
    <button type="button" data-act="run"></button>
    <button type="button" data-act="step">One step</button>
    <button type="button" data-act="again">Other weights</button>
    <button type="button" data-act="reset">Reset</button>
    <button type="button" data-act="link">Link to this</button>
  </div>
  <p class="lecture-demo-status" role="status"></p>
  <div class="lecture-demo-sides">
    <div>
      <svg class="lecture-demo-circle" viewBox="-126 -126 252 252" role="img"></svg>
      <label>Colour by <select data-in="by">${Object.entries(BY).map(([value, label]) => `<option value="${value}">${label}</option>`).join("")}</select></label>
      <p class="lecture-demo-hint" data-out="key"></p>
    </div>
    <div>
      <p data-out="numbers"></p>
      <div class="lecture-demo-curves" role="img"><svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"></svg><span>1</span><span>0</span><span>−1</span></div>
      <p class="lecture-demo-hint">Mean cosine in each batch, over the steps:<br>
        <svg viewBox="0 0 30 6" aria-hidden="true"><path class="lecture-demo-partners" d="M0 3h30"/></svg> of partners,
        <svg viewBox="0 0 30 6" aria-hidden="true"><path class="lecture-demo-others" d="M0 3h30"/></svg> of different pictures</p>
      <div class="lecture-demo-pairs" role="img" aria-label="Two views of one picture of each kind: ${NAMES.join(", ")}">
        ${NAMES.map((name) => `<div><canvas width="${SIDE}" height="${SIDE}"></canvas><canvas width="${SIDE}" height="${SIDE}"></canvas>${name}</div>`).join("")}</div>
      <p class="lecture-demo-hint">A picture of each kind and, below it, another view of it.</p>
      ${ownPicture()}
    </div>
  </div>`;

/** @param {HTMLCanvasElement} canvas @param {Shape} shape */
const paintShape = (canvas, shape) => {
  const x = pixelsOf(shape);
  paint(canvas, SIDE, 1, (k) => `rgb(${new Array(3).fill(Math.round(255 * x[k])).join(",")})`);
};

/** @param {SVGElement} svg @param {Shape[]} shapes @returns {function} that puts their points on the circle */
function lanesView(svg, shapes) {
  const lanes = NAMES.map((_, kind) => `<circle class="lecture-demo-lane" r="${RIM - LANE * kind}"/>`).join("");
  svg.innerHTML = `${lanes}${shapes.map(() => "<circle class=\"lecture-demo-dot\" r=\"4.5\"/>").join("")}<path class="lecture-demo-diamond" d="M0-9L9 0 0 9-9 0z"/>`;
  const dots = [...svg.querySelectorAll(".lecture-demo-dot")];

  const put = (z, kind) => [RIM - LANE * kind].flatMap((radius) => [radius * z[0], -radius * z[1]]).map((one) => one.toFixed(1));

  return function place(z, by, said, own, kind) {
    svg.querySelector(".lecture-demo-diamond").setAttribute("transform", `translate(${put(own, kind)})`);
    dots.forEach((dot, i) => {
      const { kind } = shapes[i], [least, most] = RANGES[by] ?? [0, 1], [cx, cy] = put(z[i], kind);
      dot.setAttribute("cx", cx);
      dot.setAttribute("cy", cy);
      dot.setAttribute("fill", by === "kind" ? COLOURS[kind] : heat((shapes[i][by] - least) / (most - least)));
    });
    svg.setAttribute("aria-label", said);
  };
}

/** What the colours and the distances from the middle mean. @returns {string} HTML */
function keyOf(by) {
  const lanes = NAMES.map((name, k) => (by === "kind" ? `<span><i style="background: ${COLOURS[k]}"></i>${name}</span>` : name)).join(by === "kind" ? " " : ", ");
  const scale = by === "kind" ? "" : `${{ light: "Dark", r: "Small", x: "Left" }[by]} <span class="lecture-demo-scale"></span> ${{ light: "bright", r: "large", x: "right" }[by]}. `;
  return `${scale}${TESTS} pictures that it is not trained on. Each kind has a lane of its own, only so that they can be told apart; from the outermost: ${lanes}.`;
}

/** @param {HTMLElement} host @param {{partners: number, others: number}[]} curve @param {string} said */
function drawCurves(host, curve, said) {
  const last = Math.max(100, curve.length), every = Math.ceil(curve.length / 300);
  const path = (name) => curve.flatMap((one, t) => (t % every ? [] : [`${((100 * t) / last).toFixed(2)} ${(50 - 48 * one[name]).toFixed(1)}`])).join("L");
  host.querySelector("svg").innerHTML = `<path class="lecture-demo-tick" d="M0 2H100M0 50H100M0 98H100"/>${curve.length ? `<path class="lecture-demo-others"
    d="M${path("others")}"/><path class="lecture-demo-partners" d="M${path("partners")}"/>` : ""}`;
  host.setAttribute("aria-label", said);
}
