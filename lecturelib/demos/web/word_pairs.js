// word2vec as lecturelib/words/word2vec/reference.py has it, one prediction after the other. Nothing here touches the page.
//
// A word has an input vector w and an output vector v; h predicts x. Skip-gram: h = w of the middle word, x is each word of
// the window. CBOW: h is the mean over the words of the window, x is the middle word. Tables are lists of vectors.

const WORD = /\p{Extended_Pictographic}|[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}]+)*/gu;

/** @param {string} text @param {number} limit words that are read @returns sentences as numbers, words by falling count */
function readWords(text, limit) {
  const all = text.normalize("NFC").split(/[.!?…。！？؟\n]+/).map((sentence) => sentence.toLowerCase().match(WORD) ?? []);
  const total = all.reduce((sum, sentence) => sum + sentence.length, 0), count = new Map(), kept = [];
  let room = limit;
  for (const sentence of all) {
    const words = sentence.slice(0, room);
    room -= words.length;
    if (words.length) kept.push(words);
    for (const word of words) count.set(word, (count.get(word) ?? 0) + 1);
  }
  const words = [...count.keys()].sort((a, b) => count.get(b) - count.get(a) || (a < b ? -1 : 1));
  const index = new Map(words.map((word, k) => [word, k]));
  return { words, counts: words.map((word) => count.get(word)), total, sentences: kept.map((one) => one.map((word) => index.get(word))) };
}

/** The predictions of pass after pass, without end: each position t, its window of b ~ U{1, …, L} words on either side. */
function* predictions(sentences, model, L, uniform) {
  for (let pass = 1; ; pass += 1) {
    for (const x of sentences) {
      for (let t = 0; t < x.length; t += 1) {
        const b = 1 + Math.floor(uniform() * L);
        const window = x.map((_, i) => i).filter((i) => i !== t && Math.abs(i - t) <= b);
        if (model === "cbow" && window.length) yield { pass, x, t, window, at: t, inputs: window.map((i) => x[i]), target: x[t] };
        if (model !== "cbow") for (const i of window) yield { pass, x, t, window, at: i, inputs: [x[t]], target: x[i] };
      }
    }
  }
}

const dot = (a, b) => a.reduce((sum, one, k) => sum + one * b[k], 0);

/** A drawer of noise words, z ~ q(z) ∝ count(z)^0.75. @param {number[]} counts @param {() => number} uniform */
function noiseWords(counts, uniform) {
  let sum = 0;
  const below = counts.map((count) => (sum += count ** 0.75));
  return () => {
    const u = uniform() * sum, found = below.findIndex((one) => u < one);
    return found < 0 ? below.length - 1 : found;
  };
}

/** @param {number[][]} W @param {number[]} inputs @returns {number[]} h, the mean of their vectors */
const meanVector = (W, inputs) => W[0].map((_, k) => inputs.reduce((sum, i) => sum + W[i][k], 0) / inputs.length);

/** One step up the gradient of Σ_j log σ(c_j v_j · h), by the rows j of V; W and V change. */
/** @param {{row: number, c: number}[]} decisions c = 1 or -1 @returns what was decided, and the loss in nats, before the step */
function ascend(W, V, inputs, decisions, rate) {
  const h = meanVector(W, inputs), dh = h.map(() => 0);
  const decided = decisions.map(({ row, c }) => {
    const score = dot(V[row], h), p = sigmoid(c * score);
    return { row, c, score, p, g: c * (1 - p) }; // ∂ log σ(c a) / ∂a = c σ(-c a)
  });
  for (const { row, g } of decided) h.forEach((_, k) => { dh[k] += g * V[row][k]; });
  for (const { row, g } of decided) h.forEach((h_k, k) => { V[row][k] += rate * g * h_k; });
  for (const i of inputs) dh.forEach((d, k) => { W[i][k] += (rate / inputs.length) * d; });
  return { h, decided, loss: decided.reduce((sum, { c, score }) => sum + softplus(-c * score), 0) };
}

/** Negative sampling: the target is a neighbour, the noise words are not. */
const negativeDecisions = (target, noise) => [{ row: target, c: 1 }, ...noise.map((row) => ({ row, c: -1 }))];

/** Huffman's tree. @param {number[]} counts falling @returns of each word the path to the root: nodes and turns */
function huffman(counts) {
  const n = counts.length, count = [...counts, ...new Array(n - 1).fill(0)];
  const parent = new Array(2 * n - 1).fill(0), turn = new Array(2 * n - 1).fill(0);
  let word = n - 1, tree = n; // the two queues: words by rising counts, and the trees as they are made
  for (let made = n; made < 2 * n - 1; made += 1) {
    for (const side of [1, -1]) {
      const rarest = word >= 0 && (tree === made || count[word] <= count[tree]) ? word-- : tree++;
      count[made] += count[rarest];
      parent[rarest] = made;
      turn[rarest] = side;
    }
  }
  return counts.map((_, k) => {
    const path = [];
    for (let node = k; node !== 2 * n - 2; node = parent[node]) path.push({ row: parent[node] - n, c: turn[node] });
    return path;
  });
}

/** @param {{row: number, c: number}[][]} paths @returns {number[]} p(x | h) of every word, Π_j σ(c_j v_j · h) */
const treeProbabilities = (paths, V, h) => {
  const scores = V.map((v) => dot(v, h));
  return paths.map((path) => path.reduce((p, { row, c }) => p * sigmoid(c * scores[row]), 1));
};
