// The walk of the Gated PixelCNN (lecturelib/autoregressive/gated_pixelcnn.py) over an image of zeros and ones: the
// vertical stack once a row, the horizontal stack once a pixel. What a layer has read stays for the pixels to come.

// Returns x -> W x + b, in an array that the next call overwrites. W lies row by row; four rows at once take half the
// time, since each x_k is read once for them and their sums do not wait for one another.
function affine(W, b) {
  const y = new Float64Array(b.length), n = W.length / b.length;
  return (x) => {
    let o = 0;
    for (; o + 4 <= y.length; o += 4) {
      let y0 = b[o], y1 = b[o + 1], y2 = b[o + 2], y3 = b[o + 3];
      for (let k = 0, w = o * n; k < n; k += 1, w += 1) {
        y0 += W[w] * x[k];
        y1 += W[w + n] * x[k];
        y2 += W[w + 2 * n] * x[k];
        y3 += W[w + 3 * n] * x[k];
      }
      y[o] = y0; y[o + 1] = y1; y[o + 2] = y2; y[o + 3] = y3;
    }
    for (; o < y.length; o += 1) {
      y[o] = b[o];
      for (let k = 0; k < n; k += 1) y[o] += W[o * n + k] * x[k];
    }
    return y;
  };
}

// Writes tanh(f) ⊙ σ(g) to `out` from `at` on; h = (f, g) is a + b.
function gate(a, b, out, at) {
  const p = a.length / 2;
  for (let k = 0; k < p; k += 1) out[at + k] = Math.tanh(a[k] + b[k]) * sigmoid(a[p + k] + b[p + k]);
}

// In place, as all that is done 784 times: new arrays for each pixel cost as much as the sums.
function relu(h) {
  for (let k = 0; k < h.length; k += 1) h[k] = Math.max(0, h[k]);
  return h;
}

walks.pixelcnn = (weights) => {
  const { width, dilations } = weights;
  const hidden = weights["layers.0.output.bias"].length, nothing = new Float64Array(2 * hidden);
  const margin = Math.max(3, ...dilations); // columns of zeros on both sides of a row, as far as a kernel reaches
  const row = (features) => new Float64Array((margin + width + margin) * features);
  let multiplications = 0; // of weights, biases and gates aside
  function convolution(name) {
    const W = weights[`${name}.weight`], product = affine(W, weights[`${name}.bias`]);
    return (x) => {
      multiplications += W.length;
      return product(x);
    };
  }
  const last = convolution("last"), out = convolution("out");

  // A layer reads `inputs` features; `vertical` looks at rows r - 2, r - 1, r (the first layer) or r - d, r of images
  // moved down by one row, and `horizontal` at the columns that the mask leaves: c - 3, c - 2, c - 1 or c - d, c.
  const layers = dilations.map((dilation, k) => ({
    inputs: k ? hidden : 1,
    rows: k ? [dilation, 0] : [2, 1, 0],
    columns: k ? [-dilation, 0, dilation] : [-3, -2, -1, 0, 1, 2, 3],
    before: k ? [-dilation, 0] : [-3, -2, -1],
    vertical: convolution(`layers.${k}.vertical`),
    toHorizontal: convolution(`layers.${k}.vertical_to_horizontal`),
    horizontal: convolution(`layers.${k}.horizontal`),
    output: convolution(`layers.${k}.output`),
    blank: row(k ? hidden : 1), // what lies above the image
    seen: [], // the rows that `vertical` has read
    read: row(k ? hidden : 1), // the row that `horizontal` reads, as far as it is known
    handed: Array.from({ length: width }, () => new Float64Array(2 * hidden)), // to `horizontal`, one per column
  }));
  for (const layer of layers) {
    layer.wide = new Float64Array(layer.rows.length * layer.columns.length * layer.inputs);
    layer.narrow = new Float64Array(layer.before.length * layer.inputs);
  }
  const pixels = layers[0].read; // -1 or 1 each

  // Copy the features at some columns of a row, counted from column c, to `to` from `at` on.
  function gather(from, c, columns, inputs, to, at) {
    for (const offset of columns) {
      const start = (margin + c + offset) * inputs;
      for (let k = 0; k < inputs; k += 1, at += 1) to[at] = from[start + k];
    }
    return at;
  }

  function verticalStack(r, moved) {
    let v = moved;
    for (const { inputs, rows, columns, vertical, toHorizontal, blank, seen, wide, handed } of layers) {
      const next = row(hidden);
      seen.push(v);
      for (let c = 0; c < width; c += 1) {
        let at = 0;
        for (const back of rows) at = gather(seen[r - back] ?? blank, c, columns, inputs, wide, at);
        const features = vertical(wide);
        gate(features, nothing, next, (margin + c) * hidden);
        handed[c].set(toHorizontal(features));
      }
      v = next;
    }
  }

  const h = new Float64Array(hidden), y = new Float64Array(hidden);
  function horizontalStack(c) {
    h.fill(0);
    for (const { inputs, before, horizontal, output, read, narrow, handed } of layers) {
      if (read !== pixels) read.set(h, (margin + c) * hidden);
      gather(read, c, before, inputs, narrow, 0);
      gate(horizontal(narrow), handed[c], y, 0);
      const kept = output(y);
      for (let k = 0; k < hidden; k += 1) h[k] += kept[k];
    }
    return out(relu(last(relu(h))))[0];
  }

  let i = 0;
  return {
    logit() {
      if (i % width === 0) verticalStack(i / width, i ? pixels.slice() : row(1));
      return horizontalStack(i % width);
    },
    push(x_i) {
      pixels[margin + (i % width)] = 2 * x_i - 1;
      i += 1;
    },
    multiplications: () => multiplications,
  };
};
