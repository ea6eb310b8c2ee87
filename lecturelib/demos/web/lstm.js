// The CharRNN of lecturelib/recurrent with one layer, an LSTM or an RNN. Nothing here touches the page.
//
// A cell makes a step: from the state { h, s } after x_{<i} and the character x_i, the next one, which also holds the gates.
// `force` is what a reader does to it: { cell, f, s }, the forget gate or the internal state of one cell, or of all (null).

const CELLS = {
  // g, i, f, o = tanh, σ, σ, σ (W_x x + W_h h + b);  s ← g ⊙ i + s ⊙ f;  h ← tanh(s) ⊙ o
  lstm(weights) {
    const b = weights["recurrent.b.0"], H = b.length / 4;
    const W_x = weights["recurrent.W_x.0"]; // row by row the columns of W_x, one a character: W_x times a one-hot vector
    const product = affine(weights["recurrent.W_h.0"], b);
    return {
      hidden: H,
      step(x, before, force = null) {
        const a = product(before.h), column = x * 4 * H; // W_h h + b for g, i, f and o at once
        const [g, i, f, o, s, h] = Array.from({ length: 6 }, () => new Float64Array(H));
        for (let k = 0; k < 4 * H; k += 1) a[k] += W_x[column + k];
        for (let k = 0; k < H; k += 1) {
          const forced = force && (force.cell === null || force.cell === k) ? force : null;
          g[k] = Math.tanh(a[k]);
          i[k] = sigmoid(a[H + k]);
          f[k] = forced?.f ?? sigmoid(a[2 * H + k]);
          o[k] = sigmoid(a[3 * H + k]);
          s[k] = forced?.s ?? g[k] * i[k] + before.s[k] * f[k];
          h[k] = Math.tanh(s[k]) * o[k];
        }
        return { g, i, f, o, s, h };
      },
    };
  },

  // h ← tanh(W_xh x + W_hh h + b_h); it has no other state
  rnn(weights) {
    const b = weights["recurrent.b_h.0"], H = b.length, W_xh = weights["recurrent.W_xh.0"];
    const product = affine(weights["recurrent.W_hh.0"], b);
    return {
      hidden: H,
      step: (x, before) => ({ h: Float64Array.from(product(before.h), (a, k) => Math.tanh(a + W_xh[x * H + k])) }),
    };
  },
};

/** A network as functions: its cell, the state before any text, and log p(· | what the state has read) in nats. */
function network(weights) {
  const cell = CELLS[weights["recurrent.b.0"] ? "lstm" : "rnn"](weights);
  const out = affine(weights["out.weight"], weights["out.bias"]), zeros = () => new Float64Array(cell.hidden);
  return { ...cell, start: () => ({ h: zeros(), s: zeros() }), logProbs: ({ h }) => logSoftmax(out(h)) };
}

// A walk reads a text: logProbs() speaks of the next character given those pushed so far, push(x) reads one more.
function lstm(weights) {
  const { start, step, logProbs } = network(weights);
  let state = start();
  return {
    logProbs: () => logProbs(state),
    push(x) { state = step(x, state); },
  };
}

function logSoftmax(logits) {
  const top = Math.max(...logits);
  const log = top + Math.log(logits.reduce((total, logit) => total + Math.exp(logit - top), 0));
  return logits.map((logit) => logit - log);
}

// Draw from softmax(logits / temperature): as many of the sums P(x < 1), P(x < 2), … as u reaches is the character.
// Temperature 0 takes the likeliest. Log-probabilities will do for logits: they differ by a constant.
function choose(logits, u, temperature = 1) {
  const top = Math.max(...logits);
  const weight = logits.map((logit) => Math.exp((logit - top) / Math.max(temperature, 1e-30)));
  const total = weight.reduce((sum, one) => sum + one, 0);
  let x = 0;
  for (let below = weight[0]; x < weight.length - 1 && u * total >= below; below += weight[x]) x += 1;
  return x;
}

// log p(· | x_{<i}) in nats for every i, and for the character after the last.
function read(weights, x) {
  const walk = lstm(weights), all = [walk.logProbs()];
  for (const x_i of x) {
    walk.push(x_i);
    all.push(walk.logProbs());
  }
  return all;
}

// Go on from x by n characters.
function write(weights, x, n, uniform, temperature = 1) {
  const walk = lstm(weights), text = [...x];
  for (let i = 0; i < x.length + n; i += 1) {
    if (i >= x.length) text.push(choose(walk.logProbs(), uniform(), temperature));
    walk.push(text[i]);
  }
  return text;
}
