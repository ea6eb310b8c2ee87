// FVSBN and NADE as lecturelib/autoregressive has them, with the gradient of -log p(x). Nothing here touches the page.
//
// An image x is a row of zeros and ones in the order of the model. `values` holds the parameters, and `gradient` arrays of the
// same lengths. Where x_j = 0 nothing is added to a sum, and most pixels are 0: only the others cost anything.

/** @typedef {Record<string, Float64Array>} Parameters */

// log p(x_i = 1) / p(x_i = 0) of independent pixels, as the recipes begin.
const logit = (p) => Math.log(p / (1 - p));
const clamp = (p) => Math.min(0.999, Math.max(0.001, p));

/** @param {() => number} uniform @returns {number} from N(0, 1), by Box and Muller */
const normal = (uniform) => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

const DENSITIES = {
  // p(x_i = 1 | x_{<i}) = σ(Σ_{j<i} θ_ij x_j + b_i); theta holds the columns of the strict lower triangle: θ_ij, i > j.
  fvsbn: {
    begin: (D) => ({ theta: new Float64Array((D * (D - 1)) / 2) }),

    walk({ theta, b }) {
      const D = b.length, a = Float64Array.from(b);
      let j = 0, at = 0;
      return {
        logit: () => a[j],
        push(x_j) {
          if (x_j) for (let i = j + 1, t = at; i < D; i += 1, t += 1) a[i] += theta[t];
          at += D - 1 - j;
          j += 1;
        },
      };
    },

    // ∂(-log p(x)) / ∂θ_ij = (p_i - x_i) x_j,  ∂ / ∂b_i = p_i - x_i
    backward({ theta, b }, x, gradient) {
      const D = b.length, a = Float64Array.from(b);
      for (let j = 0, at = 0; j < D; at += D - 1 - j, j += 1) {
        if (x[j]) for (let i = j + 1, t = at; i < D; i += 1, t += 1) a[i] += theta[t];
      }
      const nats = errors(a, x);
      for (let i = 0; i < D; i += 1) gradient.b[i] += a[i];
      for (let j = 0, at = 0; j < D; at += D - 1 - j, j += 1) {
        if (x[j]) for (let i = j + 1, t = at; i < D; i += 1, t += 1) gradient.theta[t] += a[i];
      }
      return nats;
    },
  },

  // h_i = σ(W_{·,<i} x_{<i} + c);  p(x_i = 1 | x_{<i}) = σ(α_i^T h_i + b_i); the rows of W and of alpha are stored a pixel each.
  nade: {
    begin(D, H, uniform) {
      const small = () => 0.01 * normal(uniform);
      return { W: Float64Array.from({ length: D * H }, small), c: new Float64Array(H), alpha: Float64Array.from({ length: D * H }, small) };
    },

    walk({ W, c, alpha, b }) {
      const H = c.length, a = Float64Array.from(c), h = a.map(sigmoid);
      let i = 0;
      return {
        logit() {
          let sum = b[i];
          for (let k = 0, t = i * H; k < H; k += 1, t += 1) sum += alpha[t] * h[k];
          return sum;
        },
        push(x_i) {
          if (x_i) {
            for (let k = 0, t = i * H; k < H; k += 1, t += 1) {
              a[k] += W[t];
              h[k] = sigmoid(a[k]);
            }
          }
          i += 1;
        },
      };
    },

    // h changes only after a pixel with ink: `states` keeps each h once.
    backward({ W, c, alpha, b }, x, gradient) {
      const D = b.length, H = c.length, a = Float64Array.from(c), error = new Float64Array(D), states = [a.map(sigmoid)];
      for (let i = 0; i < D; i += 1) {
        const h = states[states.length - 1];
        let sum = b[i];
        for (let k = 0, t = i * H; k < H; k += 1, t += 1) sum += alpha[t] * h[k];
        error[i] = sum;
        if (x[i]) {
          for (let k = 0, t = i * H; k < H; k += 1, t += 1) a[k] += W[t];
          states.push(a.map(sigmoid));
        }
      }
      const nats = errors(error, x), da = new Float64Array(H), dh = new Float64Array(H); // da = Σ over the pixels after i
      const close = (h) => {
        for (let k = 0; k < H; k += 1) da[k] += dh[k] * h[k] * (1 - h[k]);
        dh.fill(0);
      };
      for (let i = D - 1; i >= 0; i -= 1) {
        if (x[i]) {
          close(states.pop());
          for (let k = 0, t = i * H; k < H; k += 1, t += 1) gradient.W[t] += da[k];
        }
        const h = states[states.length - 1], e = error[i];
        gradient.b[i] += e;
        for (let k = 0, t = i * H; k < H; k += 1, t += 1) {
          gradient.alpha[t] += e * h[k];
          dh[k] += e * alpha[t];
        }
      }
      close(states[0]);
      for (let k = 0; k < H; k += 1) gradient.c[k] += da[k];
      return nats;
    },
  },
};

// Turns the logits a into ∂(-log p(x)) / ∂a_i = σ(a_i) - x_i. @returns {number} -log p(x) in nats
function errors(a, x) {
  let nats = 0;
  for (let i = 0; i < a.length; i += 1) {
    nats += softplus(x[i] ? -a[i] : a[i]);
    a[i] = sigmoid(a[i]) - x[i];
  }
  return nats;
}

/** @param {Uint8Array} x in the order of the model @returns {number} -log p(x), in nats */
function natsOf(kind, values, x) {
  const walk = DENSITIES[kind].walk(values);
  let nats = 0;
  for (const x_i of x) {
    const a = walk.logit();
    nats += softplus(x_i ? -a : a);
    walk.push(x_i);
  }
  return nats;
}

/** One image, x_i = 1 where uniform_i < p(x_i = 1 | x_{<i}). @param {ArrayLike<number>} uniform one for each pixel */
function draw(kind, values, uniform) {
  const walk = DENSITIES[kind].walk(values);
  return Uint8Array.from(uniform, (u) => {
    const x_i = Number(u < sigmoid(walk.logit()));
    walk.push(x_i);
    return x_i;
  });
}

// The steps of torch.optim, given the gradient; t counts from 1.
const OPTIMIZERS = {
  adam(value, g, { m, v }, rate, t) {
    const first = rate / (1 - 0.9 ** t), second = 1 / Math.sqrt(1 - 0.999 ** t);
    for (let k = 0; k < value.length; k += 1) {
      m[k] = 0.9 * m[k] + 0.1 * g[k];
      v[k] = 0.999 * v[k] + 0.001 * g[k] * g[k];
      value[k] -= (first * m[k]) / (Math.sqrt(v[k]) * second + 1e-8);
    }
  },
  plain(value, g, moments, rate) {
    for (let k = 0; k < value.length; k += 1) value[k] -= rate * g[k];
  },
};

const zerosLike = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Float64Array(value.length)]));

/** @param {Parameters} values that each step changes @returns {(batch: Uint8Array[], rate: number) => number} the loss before it */
function optimizer(kind, values, method) {
  const gradient = zerosLike(values), m = zerosLike(values), v = zerosLike(values);
  let t = 0;
  return Object.assign((batch, rate) => {
    for (const g of Object.values(gradient)) g.fill(0);
    let nats = 0;
    for (const x of batch) nats += DENSITIES[kind].backward(values, x, gradient);
    t += 1;
    for (const [name, g] of Object.entries(gradient)) {
      for (let k = 0; k < g.length; k += 1) g[k] /= batch.length;
      OPTIMIZERS[method](values[name], g, { m: m[name], v: v[name] }, rate, t);
    }
    return nats / batch.length;
  }, { gradient });
}
