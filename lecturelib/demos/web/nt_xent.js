// NT-Xent in the plane, as lecturelib/contrastive/simclr.py has it, and its gradient. Nothing here touches the page.
//
// z holds m = 2n unit vectors, two numbers each: first the n first views, then the n second ones. The partner of view i is
// view i + n, modulo m. With s_ij = ⟨z_i, z_j⟩ and p_i = softmax over j ≠ i of s_ij / τ:
//   l_i = -log p_i+ = (1 - s_i+) / τ + log mean_j exp(-(1 - s_ij) / τ) + log(m - 1), alignment, uniformity and ignorance

/** @param {number} i @param {number} m @returns {number} the other view of the same image */
const partnerOf = (i, m) => (i + m / 2) % m;

/** @param {ArrayLike<number>} angles @returns {Float64Array} the points of the circle at these angles */
const onCircle = (angles) => Float64Array.from({ length: 2 * angles.length }, (_, k) => (k % 2 ? Math.sin : Math.cos)(angles[k >> 1]));

/** @param {Float64Array} z @param {number} temperature @returns of each view its cosines s, probabilities p and loss, and means over the views */
function ntXent(z, temperature) {
  const m = z.length / 2, s = new Float64Array(m * m), p = new Float64Array(m * m), losses = new Float64Array(m);
  let alignment = 0, uniformity = 0;
  for (let i = 0; i < m; i += 1) {
    const row = i * m, plus = row + partnerOf(i, m);
    let largest = -Infinity, sum = 0;
    for (let j = 0; j < m; j += 1) {
      s[row + j] = z[2 * i] * z[2 * j] + z[2 * i + 1] * z[2 * j + 1];
      if (j !== i) largest = Math.max(largest, s[row + j]);
    }
    for (let j = 0; j < m; j += 1) sum += p[row + j] = j === i ? 0 : Math.exp((s[row + j] - largest) / temperature);
    for (let j = 0; j < m; j += 1) p[row + j] /= sum;
    losses[i] = (largest - s[plus]) / temperature + Math.log(sum);
    alignment += (1 - s[plus]) / temperature / m;
    uniformity += (Math.log(sum / (m - 1)) - (1 - largest) / temperature) / m;
  }
  return { s, p, losses, loss: losses.reduce((total, l) => total + l, 0) / m, alignment, uniformity };
}

// What is followed: the loss, or one of its two parts alone. l depends on s_ij with the slope (push p_ij - pull [j = +]) / τ.
const WISHES = { loss: { pull: 1, push: 1 }, alignment: { pull: 1, push: 0 }, uniformity: { pull: 0, push: 1 } };

/** @param {{p: Float64Array}} found by ntXent @param {{pull: number, push: number}} wish @returns {Float64Array} ∂L/∂z */
function slopes(z, { p }, temperature, { pull, push }) {
  const m = z.length / 2, dz = new Float64Array(z.length);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < m; j += 1) {
      // ∂L/∂s_ij + ∂L/∂s_ji: a view is also its partner's partner, and the others' negative
      const g = (push * (p[i * m + j] + p[j * m + i]) - 2 * pull * Number(j === partnerOf(i, m))) / temperature / m;
      dz[2 * i] += g * z[2 * j];
      dz[2 * i + 1] += g * z[2 * j + 1];
    }
  }
  return dz;
}

/** @returns {Float64Array} ∂L/∂θ of points at angles θ: the part of ∂L/∂z along the circle */
const turning = (z, dz) => Float64Array.from({ length: z.length / 2 }, (_, i) => z[2 * i] * dz[2 * i + 1] - z[2 * i + 1] * dz[2 * i]);

/** Of view i: the share of the push that each other view gets, r_j = p_ij / (1 - p_i+); the partner and itself get none. */
function shares(s, i, m, temperature) {
  const of = Array.from({ length: m }, (_, j) => (j === i || j === partnerOf(i, m) ? -Infinity : s[i * m + j] / temperature));
  const largest = Math.max(...of), e = of.map((one) => Math.exp(one - largest)), sum = e.reduce((total, one) => total + one, 0);
  return e.map((one) => one / sum);
}
