// What the logit of one pixel can depend on: the paths from it back to the image, through a stack of masked convolutions
// or through the two stacks of the Gated PixelCNN. Nothing here touches the page.
//
// With all weights 1 and each gate a sum, the derivative of a logit with respect to a value is the number of paths
// between them. It is computed as a network does it: backwards, layer by layer. A path must stay in the image.

/** @typedef {"A" | "B" | "none"} Mask */
/** @typedef {{stacks: 1 | 2, channels: 1 | 3, layers: number, first: number, mask: Mask, kernel: number, masks: Mask, dilations: number[]}} Network */
/** @typedef {{height: number, width: number, row: number, column: number, channel: number}} Target */

// Which colours a feature of colour `to` reads at the centre of the kernel.
const reads = {
  all: () => true,
  A: (from, to) => from < to,
  B: (from, to) => from <= to,
};

// The positions that a kernel of so many rows above and so many columns on both sides reads, [rows, columns, colours].
/** @param {Mask} mask */
function taps(above, side, dilation, mask) {
  const found = [], below = mask === "none" ? above : 0;
  for (let r = -above; r <= below; r += 1) {
    for (let c = -side; c <= side; c += 1) {
      const past = r < 0 || (r === 0 && c < 0);
      if (past || mask === "none") found.push([r * dilation, c * dilation, reads.all]);
      else if (r === 0 && c === 0) found.push([0, 0, reads[mask]]);
    }
  }
  return found;
}

// Add to `into`, at what a convolution reads, the paths that lead on from what it writes.
function back(paths, channels, kernel, { height, width }, into) {
  for (let p = 0; p < height * width; p += 1) {
    const row = Math.floor(p / width), column = p % width;
    for (let to = 0; to < channels; to += 1) {
      const count = paths[p * channels + to];
      if (!count) continue;
      for (const [r, c, readsFrom] of kernel) {
        if (row + r < 0 || row + r >= height || column + c < 0 || column + c >= width) continue;
        const q = (p + r * width + c) * channels;
        for (let from = 0; from < channels; from += 1) if (readsFrom(from, to)) into[q + from] += count;
      }
    }
  }
  return into;
}

// The number of paths from each value of the image, [row, column, colour], to the target's logit. Yields per layer.
/** @param {Network} network @param {Target} target */
function* countPaths({ stacks, channels, layers, first, mask, kernel, masks, dilations }, target) {
  const { height, width, row, column, channel } = target, pixels = height * width;
  let h = new Float64Array(pixels * channels), v = new Float64Array(pixels);
  h[(row * width + column) * channels + channel] = 1;
  for (let layer = layers; layer >= 1; layer -= 1) {
    const opening = layer === 1, reach = ((opening ? first : kernel) - 1) / 2;
    const dilation = opening ? 1 : dilations[(layer - 2) % dilations.length];
    const horizontal = taps(stacks === 1 ? reach : 0, reach, dilation, opening ? mask : masks);
    if (stacks === 2) {
      // h' = h + horizontal(h) + v', without the first h in the first layer; v' = vertical(v) has no colours.
      for (let p = 0; p < pixels; p += 1) for (let k = 0; k < channels; k += 1) v[p] += h[p * channels + k];
      const rows = Array.from({ length: reach + Number(!opening) }, (_, k) => -k * dilation);
      const vertical = rows.flatMap((r) => Array.from({ length: 2 * reach + 1 }, (_, c) => [r, (c - reach) * dilation, reads.all]));
      v = back(v, 1, vertical, target, new Float64Array(pixels));
    }
    h = back(h, channels, horizontal, target, stacks === 2 && !opening ? h.slice() : new Float64Array(pixels * channels));
    yield;
  }
  // The vertical stack reads the image moved down by one row.
  for (let p = 0; p < pixels - width; p += 1) for (let k = 0; k < channels; k += 1) h[p * channels + k] += v[p + width];
  return h;
}

// What becomes of each value of the image: "seen", or "later" and rightly unseen; "unseen" although it comes earlier,
// "never" if no depth mends that; "leak" if it is seen although it is the target itself or comes later.
/** @param {Network} network @param {Target} target */
function* field(network, target) {
  const paths = yield* countPaths(network, target);
  const { height, width, row, column, channel } = target, { channels } = network;
  // Mask B keeps what is seen, so that depth only adds. A path steps over a pixel at most height + width times.
  const monotone = network.stacks === 2 || network.masks !== "A";
  const cycle = network.dilations.length, deep = 1 + cycle * Math.ceil((height + width) / cycle);
  const most = monotone ? yield* countPaths({ ...network, layers: Math.max(deep, network.layers) }, target) : null;
  const here = (row * width + column) * channels + channel;
  return { paths, kinds: Array.from(paths, (count, i) => {
    if (i >= here) return count ? "leak" : "later";
    if (count) return "seen";
    return most && !most[i] ? "never" : "unseen";
  }) };
}
