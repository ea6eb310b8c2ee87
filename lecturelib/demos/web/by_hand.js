// One tanh unit that reads three numbers, and its gradient. Nothing here touches the page.
//
// h_i = tanh(W_hh h_{i-1} + W_xh x_i), h_0 = 0;  o_3 = h_3 (W_hy = 1);  L = ½ (o_3 - y)²
// δ_i = ∂L/∂h_i: δ_3 = o_3 - y, δ_i = W_hh ε_{i+1};  ε_i = (1 - h_i²) δ_i;  ∂L/∂W_hh = Σ_i ε_i h_{i-1}

/** @param {{W_hh: number, W_xh: number, x: number[], y: number}} unit @returns all of the above, indexed from 0 for h_0 */
function byHand({ W_hh, W_xh, x, y }) {
  const h = [0];
  for (const x_i of x) h.push(Math.tanh(W_hh * h[h.length - 1] + W_xh * x_i));
  const T = x.length, delta = new Array(T + 1).fill(0), eps = new Array(T + 1).fill(0);
  for (let i = T; i > 0; i -= 1) {
    delta[i] = i === T ? h[T] - y : W_hh * eps[i + 1];
    eps[i] = (1 - h[i] ** 2) * delta[i];
  }
  const dW_hh = eps.reduce((sum, e, i) => sum + (i ? e * h[i - 1] : 0), 0);
  return { h, delta, eps, dW_hh, loss: (h[T] - y) ** 2 / 2 };
}

/** @returns {number} the slope of L by W_hh, from two more runs forwards */
function differenceQuotient(unit, step = 1e-3) {
  const loss = (W_hh) => byHand({ ...unit, W_hh }).loss;
  return (loss(unit.W_hh + step) - loss(unit.W_hh - step)) / (2 * step);
}

/** @returns {{name: string, letters: string, digits: string, value: number}[]} the steps of the calculation, in order */
function calculation(unit) {
  const { W_hh, W_xh, x, y } = unit, { h, delta, eps, dW_hh } = byHand(unit);
  const at = (letter, i) => `${letter}<sub>${i}</sub>`, W = "W<sub>hh</sub>";
  const lines = [1, 2, 3].map((i) => ({
    name: at("h", i), letters: `tanh(${W} ${at("h", i - 1)} + W<sub>xh</sub> ${at("x", i)})`, value: h[i],
    digits: `tanh(${factor(W_hh)} · ${factor(h[i - 1])} + ${factor(W_xh)} · ${factor(x[i - 1])})`,
  }));
  for (const i of [3, 2, 1]) {
    lines.push(i === 3
      ? { name: at("δ", 3), letters: "o<sub>3</sub> − y", digits: `${decimal(h[3])} − ${factor(y)}`, value: delta[3] }
      : { name: at("δ", i), letters: `${W} ${at("ε", i + 1)}`, digits: `${factor(W_hh)} · ${factor(eps[i + 1])}`, value: delta[i] });
    lines.push({ name: at("ε", i), letters: `(1 − ${at("h", i)}²) ${at("δ", i)}`, value: eps[i],
      digits: `(1 − ${factor(h[i])}²) · ${factor(delta[i])}` });
  }
  lines.push({ name: `∂L/∂${W}`, value: dW_hh,
    letters: [1, 2, 3].map((i) => `${at("ε", i)} ${at("h", i - 1)}`).join(" + "),
    digits: [1, 2, 3].map((i) => `${factor(eps[i])} · ${factor(h[i - 1])}`).join(" + ") });
  return lines;
}
