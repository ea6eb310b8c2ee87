// Pictures of 32 by 32 pixels, three channels one after the other, in [0, 1]: stored ones, the reader's own, and what can be
// done to them.

const SIDE = 32, PIXELS = SIDE * SIDE, SHARP = 8; // pixels of a photograph for one of ours, along each edge

/** @param {string} base64 of bytes @returns {Float64Array} */
const stored = (base64) => Float64Array.from(atob(base64), (letter) => letter.charCodeAt(0) / 255);

/** Turned anticlockwise y times, as torch.rot90. */
function turnedBy(picture, y) {
  let x = picture;
  for (let turn = 0; turn < y; turn += 1) {
    const from = x;
    x = from.map((_, k) => {
      const channel = k - (k % PIXELS), row = Math.floor((k % PIXELS) / SIDE), column = k % SIDE;
      return from[channel + column * SIDE + (SIDE - 1 - row)];
    });
  }
  return x;
}

/** The mean colours of a grid of `cells` by `cells`. */
function coarse(picture, cells) {
  const edge = SIDE / cells, sums = new Float64Array(3 * cells * cells);
  const cell = (k) => (Math.floor(k / PIXELS) * cells + Math.floor((k % PIXELS) / SIDE / edge)) * cells + Math.floor((k % SIDE) / edge);
  picture.forEach((value, k) => { sums[cell(k)] += value / edge ** 2; });
  return picture.map((_, k) => sums[cell(k)]);
}

const grey = (picture) => picture.map((_, k) => {
  const i = k % PIXELS;
  return 0.299 * picture[i] + 0.587 * picture[PIXELS + i] + 0.114 * picture[2 * PIXELS + i];
});

/** Tiles of `edge` pixels in a random order. */
function shuffled(picture, edge, uniform) {
  const across = SIDE / edge, order = Array.from({ length: across ** 2 }, (_, i) => i);
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return picture.map((_, k) => {
    const row = Math.floor((k % PIXELS) / SIDE), column = k % SIDE, tile = order[Math.floor(row / edge) * across + Math.floor(column / edge)];
    return picture[k - (k % PIXELS) + (Math.floor(tile / across) * edge + (row % edge)) * SIDE + (tile % across) * edge + (column % edge)];
  });
}

/** @param {HTMLCanvasElement} canvas as large as the picture @param {ArrayLike<number>} picture */
function paintPicture(canvas, picture) {
  const { width, height } = canvas, n = width * height, image = new ImageData(width, height);
  for (let i = 0; i < n; i += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = Math.round(255 * picture[c * n + i]);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Read the files that the reader has chosen; what is read comes to the end of `set`. @param {HTMLInputElement} input @returns what went wrong, in words */
async function readFiles(input, set) {
  const files = [...input.files], read = await Promise.allSettled(files.map(readOwn));
  input.value = "";
  read.forEach((one) => { if (one.status === "fulfilled") set.push({ words: "a picture of yours", x: one.value }); });
  const failed = read.filter((one) => one.status === "rejected").length;
  return failed ? `${failed} of ${files.length} files could not be read as a picture. Take a JPEG, PNG or WebP.` : "";
}

const CREDITS = `What you choose stays on your computer. The middle square of a photograph is averaged to 32 × 32 pixels. Photographs: NASA, SpaceX
  (public domain), Stefan van der Walt, Rachel Michetti (CC0), danielbuechele, vultilion on Flickr (CC BY 2.0).`;

/** The middle square of a photograph of the reader's, which stays on this computer. @param {File} file @returns {Promise<Float64Array>} */
async function readOwn(file) {
  const photograph = await createImageBitmap(file), edge = Math.min(photograph.width, photograph.height), large = SIDE * SHARP;
  const canvas = Object.assign(document.createElement("canvas"), { width: large, height: large }), context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(photograph, (photograph.width - edge) / 2, (photograph.height - edge) / 2, edge, edge, 0, 0, large, large);
  photograph.close();
  const { data } = context.getImageData(0, 0, large, large), picture = new Float64Array(3 * PIXELS);
  for (let i = 0; i < large * large; i += 1) {
    const k = Math.floor(Math.floor(i / large) / SHARP) * SIDE + Math.floor((i % large) / SHARP);
    for (let c = 0; c < 3; c += 1) picture[c * PIXELS + k] += data[4 * i + c] / 255 / SHARP ** 2;
  }
  return picture;
}
