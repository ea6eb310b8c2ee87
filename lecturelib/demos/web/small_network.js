// The encoder of the small SimCLR: pixels → H units with ReLU → two numbers, scaled to length 1. Nothing here touches the page.
//
// a = W₁ x + b₁, h = max(0, a), u = W₂ h + b₂, z = u / |u|. W₁ is stored with a row for each pixel, W₂ with a row for each unit.

const BETAS = [0.9, 0.999], EPSILON = 1e-8; // of Adam

/** Weights uniform within ±1/√inputs, as torch.nn.Linear draws them; biases 0, so that the first outputs point in many directions. @param {() => number} uniform */
function newNetwork(uniform, pixels, H) {
  const of = (length, inputs) => Float64Array.from({ length }, () => (2 * uniform() - 1) / Math.sqrt(inputs));
  const weights = { W1: of(pixels * H, pixels), b1: new Float64Array(H), W2: of(2 * H, H), b2: new Float64Array(2) };
  const zeros = () => Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, new Float64Array(w.length)]));
  return { weights, mean: zeros(), square: zeros(), steps: 0 };
}

/** @param {Float64Array} x @returns what the network makes of a picture, and what the way back needs */
function encode({ W1, b1, W2, b2 }, x) {
  const H = b1.length, h = Float64Array.from(b1), u = Float64Array.from(b2);
  for (let i = 0; i < x.length; i += 1) {
    const x_i = x[i];
    if (x_i !== 0) for (let k = 0, w = i * H; k < H; k += 1, w += 1) h[k] += x_i * W1[w];
  }
  for (let k = 0; k < H; k += 1) {
    if (!(h[k] > 0)) h[k] = 0;
    u[0] += h[k] * W2[2 * k];
    u[1] += h[k] * W2[2 * k + 1];
  }
  const length = Math.max(Math.hypot(u[0], u[1]), 1e-12); // as torch.nn.functional.normalize
  return { x, h, length, z: [u[0] / length, u[1] / length] };
}

/** @param {number[]} dz ∂L/∂z of one picture; adds ∂L/∂weights to `sum` */
function backward({ b1, W2 }, { x, h, length, z }, dz, sum) {
  const H = b1.length, along = z[0] * dz[0] + z[1] * dz[1];
  const du = [(dz[0] - z[0] * along) / length, (dz[1] - z[1] * along) / length]; // (I - z zᵀ) ∂L/∂z / |u|
  const da = new Float64Array(H);
  for (let k = 0; k < H; k += 1) {
    sum.W2[2 * k] += du[0] * h[k];
    sum.W2[2 * k + 1] += du[1] * h[k];
    da[k] = h[k] > 0 ? du[0] * W2[2 * k] + du[1] * W2[2 * k + 1] : 0;
    sum.b1[k] += da[k];
  }
  sum.b2[0] += du[0];
  sum.b2[1] += du[1];
  for (let i = 0; i < x.length; i += 1) {
    const x_i = x[i];
    if (x_i !== 0) for (let k = 0, w = i * H; k < H; k += 1, w += 1) sum.W1[w] += x_i * da[k];
  }
}

/** One step of Adam, in place. */
function adam(network, gradient, rate) {
  network.steps += 1;
  const [c1, c2] = BETAS.map((beta) => 1 - beta ** network.steps);
  for (const [name, w] of Object.entries(network.weights)) {
    const mean = network.mean[name], square = network.square[name], g = gradient[name];
    for (let k = 0; k < w.length; k += 1) {
      mean[k] = BETAS[0] * mean[k] + (1 - BETAS[0]) * g[k];
      square[k] = BETAS[1] * square[k] + (1 - BETAS[1]) * g[k] * g[k];
      w[k] -= ((rate / c1) * mean[k]) / (Math.sqrt(square[k] / c2) + EPSILON);
    }
  }
}

/** One step on pictures, n first views and then n second ones. @returns the loss and the mean cosines before the step */
function train(network, pictures, temperature, wish, rate) {
  const m = pictures.length, seen = pictures.map((x) => encode(network.weights, x));
  const z = Float64Array.from(seen.flatMap((one) => one.z)), found = ntXent(z, temperature), dz = slopes(z, found, temperature, wish);
  const gradient = Object.fromEntries(Object.entries(network.weights).map(([name, w]) => [name, new Float64Array(w.length)]));
  seen.forEach((one, i) => backward(network.weights, one, [dz[2 * i], dz[2 * i + 1]], gradient));
  adam(network, gradient, rate);
  let partners = 0, others = 0;
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < m; j += 1) {
      if (j === partnerOf(i, m)) partners += found.s[i * m + j] / m;
      else if (j !== i) others += found.s[i * m + j] / m / (m - 2);
    }
  }
  return { loss: wish.push ? found.loss : found.alignment, partners, others };
}

/** @param {number[]} one @param {number[][]} z unit vectors @returns {number[]} which k of them have the largest cosine with it */
function nearestTo(one, z, k) {
  const cosines = z.map(([a, b]) => a * one[0] + b * one[1]);
  return [...cosines.keys()].sort((i, j) => cosines[j] - cosines[i]).slice(0, k);
}

/** @param {number[][]} z unit vectors @param {number[]} kinds @returns {number} the share of same kinds among the k nearest others */
function sameAmongNearest(z, kinds, k) {
  const others = z.map((one, i) => nearestTo(one, z, k + 1).filter((j) => j !== i).slice(0, k));
  return others.flatMap((near, i) => near.map((j) => Number(kinds[j] === kinds[i]))).reduce((sum, same) => sum + same, 0) / (k * z.length);
}
