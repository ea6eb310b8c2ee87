// The models of lecturelib/autoregressive, run in the reader's browser. Nothing here touches the page.
//
// A walk visits the pixels in raster order, with two calls a pixel: logit() is the log-odds of x_i = 1 given the pixels
// pushed so far, push(x_i) moves on to the next pixel. It carries along what the pixels before i add up to, so that completing
// an image costs no more than reading it once.

const sigmoid = (t) => 1 / (1 + Math.exp(-t));
const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

const walks = {
  // p(x_i = 1 | x_{<i}) = σ(Σ_{j<i} θ_ij x_j + b_i); theta holds the rows θ_i of the strict lower triangle.
  fvsbn({ theta, b }) {
    const ones = [];
    let i = 0;
    return {
      logit() {
        const row = (i * (i - 1)) / 2;
        let sum = b[i];
        for (const j of ones) sum += theta[row + j];
        return sum;
      },
      push(x_i) {
        if (x_i) ones.push(i);
        i += 1;
      },
    };
  },

  // h_i = σ(W_{·,<i} x_{<i} + c);  p(x_i = 1 | x_{<i}) = σ(α_i^T h_i + b_i); the rows of W are stored a pixel each.
  nade({ W, c, alpha, b }) {
    const hidden = c.length;
    const a = Float64Array.from(c);
    const h = a.map(sigmoid);
    let i = 0;
    return {
      logit() {
        let sum = b[i];
        for (let k = 0; k < hidden; k += 1) sum += alpha[i * hidden + k] * h[k];
        return sum;
      },
      push(x_i) {
        for (let k = 0; x_i && k < hidden; k += 1) {
          a[k] += W[i * hidden + k];
          h[k] = sigmoid(a[k]);
        }
        i += 1;
      },
    };
  },
};

// Go through the pixels of x: keep the first `known` and draw the others, x_i = 1 where
// uniform() < σ(logit_i / temperature). Returns the image, its log-odds of x_i = 1 given x_{<i}, and, of a walk that counts
// them, the multiplications.
function visit(weights, x, known, uniform, temperature = 1) {
  const walk = walks[weights.model](weights);
  const image = Uint8Array.from(x), logit = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 1) {
    logit[i] = walk.logit();
    if (i >= known) image[i] = Number(uniform() < sigmoid(logit[i] / temperature));
    walk.push(image[i]);
  }
  return { image, logit, multiplications: walk.multiplications?.() };
}

const logits = (weights, x) => visit(weights, x, x.length).logit;
const complete = (...all) => visit(...all).image;

// log p(x_i | x_{<i}) in nats, pixel by pixel; their sum is log p(x).
function logProbs(x, logit) {
  return logit.map((l, i) => -softplus(x[i] ? -l : l));
}

// Uniforms in (0, 1) from a seed: Marsaglia's xorshift with 32 bits of state (2003). The seed is spread by a
// multiplication and the first values are dropped, since they still resemble those of the neighbouring seeds.
function uniforms(seed) {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x2545f491) | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let k = 0; k < 8; k += 1) next();
  return next;
}

// A loop: to go through a string as a sequence of characters takes ten times as long.
function bytes(base64) {
  const text = atob(base64), found = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) found[i] = text.charCodeAt(i);
  return found;
}

// Eight pixels a byte, the first in the highest bit.
const bits = (base64, count) =>
  Array.from(bytes(base64).slice(0, Math.ceil(count / 8))).flatMap((byte) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((k) => (byte >> k) & 1)).slice(0, count);

// The number that 16 bits stand for: sign, five bits of exponent, ten of mantissa; finite, as the build has checked.
function fromHalf(bits16) {
  const exponent = (bits16 >> 10) & 31, mantissa = bits16 & 1023;
  const size = exponent ? (1024 + mantissa) * 2 ** (exponent - 25) : mantissa * 2 ** -24;
  return bits16 >> 15 ? -size : size;
}

// A tensor of a weights file: float32 or float16 as it is, or int8 in rows of given lengths with one float32 scale each.
function decode({ values, half, scale, lengths }) {
  if (half) return Float32Array.from(new Uint16Array(bytes(half).buffer), fromHalf);
  if (!scale) return new Float32Array(bytes(values).buffer);
  const integers = new Int8Array(bytes(values).buffer);
  const scales = new Float32Array(bytes(scale).buffer);
  const decoded = new Float32Array(integers.length);
  let k = 0;
  for (let row = 0; row < scales.length; row += 1) {
    for (const end = k + (lengths === "triangle" ? row : lengths); k < end; k += 1) decoded[k] = integers[k] * scales[row];
  }
  return decoded;
}
