// The CharRNN of lecturelib/recurrent with one layer of an LSTM. Nothing here touches the page.
//
// A walk reads a text: logProbs() speaks of the next character given those pushed so far, push(x) reads one more.

function lstm(weights) {
  const b = weights["recurrent.b.0"], hidden = b.length / 4;
  const W_x = weights["recurrent.W_x.0"]; // row by row the columns of W_x, one a character: W_x times a one-hot vector
  const product = affine(weights["recurrent.W_h.0"], b), out = affine(weights["out.weight"], weights["out.bias"]);
  const h = new Float64Array(hidden), s = new Float64Array(hidden);
  return {
    logProbs: () => logSoftmax(out(h)),
    push(x) {
      const a = product(h), column = x * 4 * hidden; // W_h h + b for g, i, f and o at once
      for (let k = 0; k < 4 * hidden; k += 1) a[k] += W_x[column + k];
      for (let k = 0; k < hidden; k += 1) {
        const g = Math.tanh(a[k]), i = sigmoid(a[hidden + k]), f = sigmoid(a[2 * hidden + k]);
        s[k] = g * i + s[k] * f;
        h[k] = Math.tanh(s[k]) * sigmoid(a[3 * hidden + k]);
      }
    },
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
