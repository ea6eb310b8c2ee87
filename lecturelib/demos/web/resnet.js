// The networks that look at photographs, as lecturelib/backbones/resnet.py, with batch normalisation folded into the
// layers. A map is {side, x}: its channels one after the other, each row by row. Nothing here touches the page.

const STEP = 200000; // products between two pauses
const relu = (x) => x.map((value) => Math.max(0, value));
const softmax = (logit) => {
  const most = Math.max(...logit), terms = Array.from(logit, (one) => Math.exp(one - most));
  return terms.map((one) => one / terms.reduce((sum, term) => sum + term, 0));
};

/** What the kernel sees at each position: rows of channels · kernel², zeros beyond the border. */
function windows({ side, x }, kernel, stride) {
  const channels = x.length / side ** 2, reach = (kernel - 1) / 2, out = Math.ceil(side / stride), rows = new Float64Array(out * out * channels * kernel ** 2);
  for (let i = 0, k = 0; i < out * out; i += 1) {
    const top = stride * Math.floor(i / out) - reach, left = stride * (i % out) - reach;
    for (let c = 0; c < channels; c += 1) {
      for (let r = top; r < top + kernel; r += 1) {
        for (let q = left; q < left + kernel; q += 1, k += 1) {
          if (r >= 0 && r < side && q >= 0 && q < side) rows[k] = x[(c * side + r) * side + q];
        }
      }
    }
  }
  return { out, rows };
}

/** y_i = b + Σ_k w_k rows_ik */
function product(w, rows, b, y) {
  for (let i = 0, r = 0; i < y.length; i += 1) {
    let sum = b;
    for (let k = 0; k < w.length; k += 1, r += 1) sum += w[k] * rows[r];
    y[i] = sum;
  }
}

/** In steps of about 200,000 products, so that the page stays alive. @param {Record<string, Float32Array>} w @param {string} name of a convolution of 3 x 3 or 1 x 1 */
function* convolve(w, name, map, stride = 1) {
  const weight = w[`${name}.weight`], bias = w[`${name}.bias`], width = weight.length / bias.length;
  const { out, rows } = windows(map, width * map.side ** 2 === map.x.length ? 1 : 3, stride), n = out * out, x = new Float64Array(bias.length * n);
  for (let o = 0; o < bias.length; o += 1) {
    product(weight.subarray(o * width, (o + 1) * width), rows, bias[o], x.subarray(o * n, (o + 1) * n));
    if ((o * n * width) % STEP + n * width >= STEP) yield;
  }
  return { side: out, x };
}

/** @param {ArrayLike<number>} picture three channels in [0, 1] @returns the last map */
function* lastMap(w, picture, side) {
  let map = yield* convolve(w, "encoder.stem.0", { side, x: Float64Array.from(picture, (value) => value - 0.5) });
  map = { ...map, x: relu(map.x) };
  for (let stage = 0; `encoder.stages.${stage}.0.conv1.weight` in w; stage += 1) {
    for (let block = 0; `encoder.stages.${stage}.${block}.conv1.weight` in w; block += 1) {
      const at = `encoder.stages.${stage}.${block}`, stride = stage && !block ? 2 : 1;
      yield;
      const first = yield* convolve(w, `${at}.conv1`, map, stride);
      const f = yield* convolve(w, `${at}.conv2`, { ...first, x: relu(first.x) });
      const s = `${at}.shortcut.0.weight` in w ? yield* convolve(w, `${at}.shortcut.0`, map, stride) : map;
      map = { side: f.side, x: relu(f.x.map((value, i) => value + s.x[i])) }; // y = ReLU(F(x) + x)
    }
  }
  return map;
}

/** The mean of each channel of the last map. */
function* encode(w, picture, side) {
  const { side: last, x } = yield* lastMap(w, picture, side), n = last * last;
  return Float64Array.from({ length: x.length / n }, (_, c) => x.subarray(c * n, (c + 1) * n).reduce((sum, value) => sum + value, 0) / n);
}

/** W x + b */
function linear(w, name, x) {
  const weight = w[`${name}.weight`];
  return Float64Array.from(w[`${name}.bias`], (bias, o) => x.reduce((sum, value, k) => sum + value * weight[o * x.length + k], bias));
}

/** log F^y(x) up to a constant, for the four turns. */
function* turnLogits(w, picture, side) {
  return linear(w, "classifier", yield* encode(w, picture, side));
}
