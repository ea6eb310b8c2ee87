// Gradients of recurrent networks, by the equations of lecturelib/recurrent. Nothing here touches the page.
//
// A matrix is a Float64Array, row by row. A network reads vectors x_1, …, x_T from the state 0, and L = v · h_T.
//   RNN   h_i = φ(W_hh h_{i-1} + W_xh x_i)                               W_x: [H, D], W_h: [H, H]
//   LSTM  g, i, f, o = tanh, σ, σ, σ (W_x x + W_h h + b);  s ← g i + s f;  h ← tanh(s) o       four blocks of H rows each

/** @param {Float64Array} A @param {Float64Array} B @param {number} n both n by n @returns {Float64Array} A B */
function product(A, B, n) {
  const C = new Float64Array(n * n);
  for (let r = 0; r < n; r += 1) {
    for (let k = 0; k < n; k += 1) {
      const a = A[r * n + k];
      for (let c = 0; c < n; c += 1) C[r * n + c] += a * B[k * n + c];
    }
  }
  return C;
}

const norm = (values) => Math.sqrt(values.reduce((sum, one) => sum + one * one, 0));

/** The spectral radius by Gelfand's formula, lim ‖A^m‖^(1/m), m = 2, 4, 8, …; yields after each squaring. */
function* spectralRadius(A, n, squarings = 44) {
  let log = 0, power = A;
  for (let k = 0; ; k += 1) {
    const size = norm(power);
    if (size === 0) return 0;
    log += Math.log(size) / 2 ** k;
    if (k === squarings) return Math.exp(log);
    const scaled = power.map((a) => a / size);
    power = product(scaled, scaled, n);
    yield;
  }
}

/** The largest singular value of A: the square root of the spectral radius of AᵀA. */
function* largestSingularValue(A, n) {
  const T = A.map((_, k) => A[(k % n) * n + Math.floor(k / n)]);
  return Math.sqrt(yield* spectralRadius(product(T, A, n), n));
}

// a += W x and y += Wᵀ a
function add(a, W, x) {
  for (let r = 0, w = 0; r < a.length; r += 1) for (let c = 0; c < x.length; c += 1, w += 1) a[r] += W[w] * x[c];
}
function addTransposed(y, W, a) {
  for (let r = 0, w = 0; r < a.length; r += 1) for (let c = 0; c < y.length; c += 1, w += 1) y[c] += W[w] * a[r];
}

// φ and its derivative in terms of h = φ(a)
const PHI = {
  tanh: { of: Math.tanh, slope: (h) => 1 - h * h },
  relu: { of: (a) => Math.max(0, a), slope: (h) => Number(h > 0) },
  linear: { of: (a) => a, slope: () => 1 },
};

const CELLS = {
  rnn: {
    forward({ phi, W_x, W_h }, x, { h }) {
      const a = new Float64Array(h.length);
      add(a, W_x, x);
      add(a, W_h, h);
      return { h: a.map(PHI[phi].of) };
    },
    // δ = ∂L/∂h_i; returns ε = ∂L/∂a_i, where a_i is what goes into φ
    backward: ({ phi }, now, before, delta) => ({ eps: now.h.map((h, k) => PHI[phi].slope(h) * delta[k]) }),
  },
  lstm: {
    forward({ W_x, W_h, b }, x, { h, s }) {
      const H = h.length, a = Float64Array.from(b);
      add(a, W_x, x);
      add(a, W_h, h);
      const gates = a.map((one, k) => (k < H ? Math.tanh(one) : sigmoid(one)));
      const next = s.map((old, k) => gates[k] * gates[H + k] + old * gates[2 * H + k]);
      return { gates, s: next, h: next.map((one, k) => Math.tanh(one) * gates[3 * H + k]) };
    },
    // carry = ∂L/∂s_i by way of s_{i+1}; ds = ∂L/∂s_i, by way of h_i too
    backward(_, { gates, s }, before, delta, carry) {
      const H = s.length, eps = new Float64Array(4 * H), ds = new Float64Array(H), next = new Float64Array(H);
      for (let k = 0; k < H; k += 1) {
        const g = gates[k], i = gates[H + k], f = gates[2 * H + k], o = gates[3 * H + k], t = Math.tanh(s[k]);
        ds[k] = carry[k] + delta[k] * o * (1 - t * t);
        eps[k] = ds[k] * i * (1 - g * g);
        eps[H + k] = ds[k] * g * i * (1 - i);
        eps[2 * H + k] = ds[k] * before.s[k] * f * (1 - f);
        eps[3 * H + k] = delta[k] * t * o * (1 - o);
        next[k] = ds[k] * f;
      }
      return { eps, ds, carry: next };
    },
  },
};

/** Norms at T - k, k = 0, 1, …: of ∂L/∂h, of ∂L/∂s (LSTM), and of the step's part of ∂L/∂W_h; and ∂L/∂W_h itself. */
function backThroughTime(network, xs, v) {
  const cell = CELLS[network.cell], H = v.length, zeros = () => new Float64Array(H);
  const states = [{ h: zeros(), s: zeros() }];
  for (const x of xs) states.push(cell.forward(network, x, states[states.length - 1]));
  const found = { h: [], s: [], parts: [], dW: new Float64Array(network.W_h.length) };
  let delta = Float64Array.from(v), carry = zeros();
  for (let i = xs.length; i > 0; i -= 1) {
    const before = states[i - 1], back = cell.backward(network, states[i], before, delta, carry);
    found.h.push(norm(delta));
    if (back.ds) found.s.push(norm(back.ds));
    found.parts.push(norm(back.eps) * norm(before.h)); // the norm of ε h_{i-1}ᵀ
    for (let r = 0, w = 0; r < back.eps.length; r += 1) for (let c = 0; c < H; c += 1, w += 1) found.dW[w] += back.eps[r] * before.h[c];
    delta = zeros();
    addTransposed(delta, network.W_h, back.eps);
    carry = back.carry ?? carry;
  }
  return found;
}

/** Shorten a gradient of norm `size` to `limit`: g ← g · min(1, limit / ‖g‖). @returns {number} the factor */
const clipFactor = (size, limit) => (size > limit ? limit / size : 1);

/** Random weights and inputs, the four blocks of W_h unscaled. @param {number} seed */
function drawNetwork(seed, H, D, T) {
  const draw = (n, k, one) => Float64Array.from({ length: n }, one(uniforms(8 * seed + k)));
  const normal = (u) => () => Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * u()); // Box and Muller
  const uniform = (u) => () => (2 * u() - 1) / Math.sqrt(H);
  const blocks = [0, 1, 2, 3].map((k) => draw(H * H, k, normal)), v = draw(H, 4, normal), noise = draw(T * D, 5, normal);
  return { blocks, W_x: draw(4 * H * D, 6, uniform), v: v.map((one) => one / norm(v)),
    noise: Array.from({ length: T }, (_, i) => noise.slice(i * D, (i + 1) * D)) };
}
