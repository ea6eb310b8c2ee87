// The OrderAgnosticNADE of lecturelib/autoregressive with two hidden layers. Nothing here touches the page.
//
// h¹ = relu(W (x ⊙ m) + U m + c);  h² = relu(W² h¹ + c²);  p(x_i = 1 | x ⊙ m) = σ(α_i^T h² + b_i)
// W and U lie by columns, a pixel each: a visible pixel adds one column of U, and one of W where it is ink.
function orderAgnostic(weights) {
  const { W, U, c, alpha, b } = weights;
  const first = c.length, last = weights["layers.0.bias"].length;
  const second = affine(weights["layers.0.weight"], weights["layers.0.bias"]);
  const relu = (h) => { for (let k = 0; k < h.length; k += 1) h[k] = Math.max(0, h[k]); return h; };
  const a = Float64Array.from(c), h1 = new Float64Array(first);
  let h2 = null;

  return {
    // Pixel i is visible from now on.
    show(i, x_i) {
      for (let k = 0, w = i * first; k < first; k += 1, w += 1) a[k] += x_i ? W[w] + U[w] : U[w];
      h2 = null;
    },
    // The log-odds of x_i = 1 given the visible pixels.
    logit(i) {
      if (!h2) {
        h1.set(a);
        h2 = relu(second(relu(h1)));
      }
      let sum = b[i];
      for (let k = 0, w = i * last; k < last; k += 1, w += 1) sum += alpha[w] * h2[k];
      return sum;
    },
  };
}

// The log-odds of every pixel, all from one pass.
function allLogits(weights, x, visible) {
  const walk = orderAgnostic(weights);
  x.forEach((x_i, i) => { if (visible[i]) walk.show(i, x_i); });
  return Float64Array.from(x, (_, i) => walk.logit(i));
}

// Visit the hidden pixels in the given order. Draw each, x_i = 1 where uniform() < σ(logit_i / temperature), or keep x_i
// where `uniform` is null. Yields after every pixel; returns the image and log p(hidden | visible) in nats.
function* fillIn(weights, x, visible, order, uniform, temperature = 1) {
  const walk = orderAgnostic(weights), image = Uint8Array.from(x);
  let nats = 0;
  x.forEach((x_i, i) => { if (visible[i]) walk.show(i, x_i); });
  for (const i of order) {
    const logit = walk.logit(i);
    if (uniform) image[i] = Number(uniform() < sigmoid(logit / temperature));
    nats -= softplus(image[i] ? -logit : logit);
    walk.show(i, image[i]);
    yield;
  }
  return { image, nats };
}

// A random order of the hidden pixels: Fisher and Yates.
function randomOrder(visible, uniform) {
  const order = Array.from(visible.keys()).filter((i) => !visible[i]);
  for (let k = order.length - 1; k > 0; k -= 1) {
    const j = Math.floor(uniform() * (k + 1));
    [order[k], order[j]] = [order[j], order[k]];
  }
  return order;
}

// Items of LeCun's list as masks, where time is the order of reading: which pixels are visible.
const PARTS = {
  "top from bottom": (row, column, now, side) => row >= side / 2,
  "future from past": (row, column, now, side) => row * side + column < now,
  "future from recent past": (row, column, now, side) => row * side + column < now && row * side + column >= now - 4 * side,
  "past from present": (row, column, now, side) => row * side + column >= now && row * side + column < now + 4 * side,
  "occluded from visible": (row, column, now, side) => Math.abs(row - 13.5) > side / 4 || Math.abs(column - 13.5) > side / 4,
  "any from any": null, // each pixel hidden with a probability of 0.8
};

function part(name, side, uniform) {
  const now = Math.floor((0.3 + 0.4 * uniform()) * side * side), rule = PARTS[name];
  return Uint8Array.from({ length: side * side }, (_, i) =>
    Number(rule ? rule(Math.floor(i / side), i % side, now, side) : uniform() > 0.8));
}
