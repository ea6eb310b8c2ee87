// The HandwritingRNN of lecturelib/recurrent/handwriting.py. Nothing here touches the page.
//
// A point is (Δx, Δy, pen). Many paths go on at once: x, h and s hold a row for each, one row behind the other.

/** @typedef {{ h: Float64Array, s: Float64Array }[]} State of each layer, [rows, cells] */
/** @typedef {{ e: number, e_hat: number, pi: number[], mu: number[][], sigma: number[][], rho: number[] }} Mixture */
/** @typedef {ReturnType<typeof handwritingRNN>} Network */

const LOG_SIGMA_LIMIT = 10, ATANH_RHO_LIMIT = 5;

/**
 * X → X Wᵀ + b. Two rows of X and four of W at once: each number that is read serves in two or four products. The last of
 * them go back so far that there are as many. Of float32 weights the products would take three times as long.
 * @param {Float32Array} W [outputs, inputs] @param {Float32Array} b @returns {(X: Float64Array, rows: number) => Float64Array}
 */
function affineRows(W, b) {
  const weights = Float64Array.from(W), m = b.length, n = W.length / m;
  return (X, rows) => {
    const Y = new Float64Array(rows * m);
    for (let o = 0; o < m; o += 4) {
      const first = Math.min(o, m - 4), start = first * n;
      for (let p = 0; p < rows; p += 2) {
        const q = Math.min(p + 1, rows - 1);
        let a0 = b[first], a1 = b[first + 1], a2 = b[first + 2], a3 = b[first + 3], c0 = a0, c1 = a1, c2 = a2, c3 = a3;
        for (let k = 0, w = start, i = p * n, j = q * n; k < n; k += 1, w += 1, i += 1, j += 1) {
          const x = X[i], y = X[j], w0 = weights[w], w1 = weights[w + n], w2 = weights[w + 2 * n], w3 = weights[w + 3 * n];
          a0 += w0 * x; a1 += w1 * x; a2 += w2 * x; a3 += w3 * x;
          c0 += w0 * y; c1 += w1 * y; c2 += w2 * y; c3 += w3 * y;
        }
        const r = p * m + first, t = q * m + first;
        Y[r] = a0; Y[r + 1] = a1; Y[r + 2] = a2; Y[r + 3] = a3;
        Y[t] = c0; Y[t + 1] = c1; Y[t + 2] = c2; Y[t + 3] = c3;
      }
    }
    return Y;
  };
}

/** Matrices side by side, each row by row. @param {Float32Array[]} matrices @param {number} rows @returns {Float32Array} */
function beside(matrices, rows) {
  const widths = matrices.map((one) => one.length / rows), width = widths.reduce((sum, one) => sum + one, 0);
  const joined = new Float32Array(rows * width);
  for (let r = 0, at = 0; r < rows; r += 1) {
    matrices.forEach((one, k) => {
      joined.set(one.subarray(r * widths[k], (r + 1) * widths[k]), at);
      at += widths[k];
    });
  }
  return joined;
}

/** @param {Record<string, Float32Array>} weights */
function handwritingRNN(weights) {
  const layers = [], out = affineRows(weights["out.weight"], weights["out.bias"]), outputs = weights["out.bias"].length;
  for (let n = 0, b; (b = weights[`layers.${n}.b.0`]); n += 1) {
    layers.push(affineRows(beside([weights[`layers.${n}.W_x.0`], weights[`layers.${n}.W_h.0`]], b.length), b));
  }
  const H = weights["layers.0.b.0"].length / 4;

  /** Rows of several parts. @param {Float64Array[]} parts @param {number} rows */
  function concatenated(parts, rows) {
    const widths = parts.map((part) => part.length / rows), X = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    for (let p = 0, at = 0; p < rows; p += 1) {
      parts.forEach((part, k) => {
        X.set(part.subarray(p * widths[k], (p + 1) * widths[k]), at);
        at += widths[k];
      });
    }
    return X;
  }

  return {
    hidden: H,
    layers: layers.length,
    outputs,
    /** @param {number} rows @returns {State} */
    start: (rows) => layers.map(() => ({ h: new Float64Array(rows * H), s: new Float64Array(rows * H) })),

    // Eqs. 1, 2: each layer reads the input, the layer below and its own past; W_x and W_h lie side by side.
    /** @param {Float64Array} x [rows, 3] @param {State} state @param {number} rows @returns {State} */
    step(x, state, rows) {
      let below = x.subarray(0, 0);
      return layers.map((product, n) => {
        const a = product(concatenated([x, below, state[n].h], rows), rows), before = state[n].s;
        const h = new Float64Array(rows * H), s = new Float64Array(rows * H);
        for (let p = 0, k = 0; p < rows; p += 1) {
          for (let j = 4 * p * H, end = j + H; j < end; j += 1, k += 1) {
            s[k] = Math.tanh(a[j]) * sigmoid(a[j + H]) + before[k] * sigmoid(a[j + 2 * H]); // g ⊙ i + s ⊙ f
            h[k] = Math.tanh(s[k]) * sigmoid(a[j + 3 * H]);
          }
        }
        below = h;
        return { h, s };
      });
    },

    // Eq. 17: ŷ = b_y + Σ_n W_{hⁿy} hⁿ
    /** @param {State} state @param {number} rows @returns {Float64Array} */
    read: (state, rows) => out(concatenated(state.map(({ h }) => h), rows), rows),
  };
}

/**
 * Eqs. 18 to 22, and with a bias b eqs. 61 and 62: ŷ as the parameters of the next point's distribution.
 * @param {Float64Array} y @param {number} [bias] @returns {Mixture}
 */
function mixtureOf(y, bias = 0) {
  const M = (y.length - 1) / 6, all = Array.from({ length: M }, (_, j) => j);
  const clamped = (value, limit) => Math.min(limit, Math.max(-limit, value));
  const scores = all.map((j) => y[1 + j] * (1 + bias)), top = Math.max(...scores), exps = scores.map((one) => Math.exp(one - top));
  const total = exps.reduce((sum, one) => sum + one, 0), width = (k) => Math.exp(clamped(y[k], LOG_SIGMA_LIMIT) - bias);
  return {
    e: sigmoid(-y[0]),
    e_hat: y[0],
    pi: exps.map((one) => one / total),
    mu: all.map((j) => [y[1 + M + 2 * j], y[2 + M + 2 * j]]),
    sigma: all.map((j) => [width(1 + 3 * M + 2 * j), width(2 + 3 * M + 2 * j)]),
    rho: all.map((j) => Math.tanh(clamped(y[1 + 5 * M + j], ATANH_RHO_LIMIT))),
  };
}

/** Eqs. 23 to 26: log p(point | past) in nats. @param {Mixture} mixture @param {ArrayLike<number>} point @returns {number} */
function logProbOf({ e_hat, pi, mu, sigma, rho }, [dx, dy, pen]) {
  const terms = pi.map((weight, j) => {
    const a = (dx - mu[j][0]) / sigma[j][0], b = (dy - mu[j][1]) / sigma[j][1], C = 1 - rho[j] ** 2;
    const Z = (a - rho[j] * b) ** 2 / C + b ** 2;
    return Math.log(weight) - Z / 2 - Math.log(2 * Math.PI * sigma[j][0] * sigma[j][1]) - Math.log(C) / 2;
  });
  const top = Math.max(...terms), density = top + Math.log(terms.reduce((sum, one) => sum + Math.exp(one - top), 0));
  return density - softplus(pen ? e_hat : -e_hat);
}

/** Turn noise into a point: two uniforms pick component and pen, two normals the offset. @returns {number[]} */
function drawPoint({ e, pi, mu, sigma, rho }, [u, v, epsilon, delta]) {
  let j = 0;
  for (let below = pi[0]; j < pi.length - 1 && u >= below; below += pi[j]) j += 1;
  const dy = mu[j][1] + sigma[j][1] * (rho[j] * epsilon + Math.sqrt(1 - rho[j] ** 2) * delta);
  return [mu[j][0] + sigma[j][0] * epsilon, dy, Number(v < e)];
}

/** The noise of step t of a path, the same however it was come to. @param {number} seed @param {number} path @param {number} t */
function noiseOf(seed, path, t) {
  const uniform = uniforms((seed * 31 + path) * 1009 + t), [u, v, r, angle] = [uniform(), uniform(), uniform(), uniform()];
  const far = Math.sqrt(-2 * Math.log(r)), turn = 2 * Math.PI * angle; // Box and Muller
  return [u, v, far * Math.cos(turn), far * Math.sin(turn)];
}

/**
 * Follows a drawing: states[t] and outputs[t] are those after t points, nats[t] is the price of the point that came then. What
 * was read before is not read again.
 * @param {Network} network
 */
function follower(network) {
  const points = [], states = [network.step(new Float64Array(3), network.start(1), 1)], outputs = [network.read(states[0], 1)], nats = [];
  let turn = 0;

  /** @param {number[]} point */
  function push(point) {
    const t = points.length;
    nats.push(-logProbOf(mixtureOf(outputs[t]), point));
    points.push(point);
    states.push(network.step(Float64Array.from(point), states[t], 1));
    outputs.push(network.read(states[t + 1], 1));
  }

  return {
    states,
    outputs,
    nats,
    push,
    /** Yields after each point; true if it comes to the end of `x`, false if a later call has begun. @param {number[][]} x */
    *follow(x) {
      const mine = (turn += 1);
      let t = 0;
      while (t < points.length && t < x.length && points[t].every((one, k) => one === x[t][k])) t += 1;
      [points.length, nats.length, states.length, outputs.length] = [t, t, t + 1, t + 1];
      for (; t < x.length; t += 1) {
        push(x[t]);
        yield;
        if (mine !== turn) return false;
      }
      return true;
    },
  };
}
