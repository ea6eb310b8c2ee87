// Vectors of words, as in lecturelib/words/evaluation.py: neighbours, analogies, and places along the axis between two
// words. Nothing here touches the page.

/** @typedef {{words: string[], number: Map<string, number>, dim: number, rows: Float32Array, unit: Float64Array}} Space */
/** @typedef {"3cosadd" | "3cosmul" | "argmin"} Method */
const EPSILON = 1e-6; // of 3CosMul

/** @param {string[]} words @param {Float32Array} rows @returns {Space} */
function space(words, rows) {
  const dim = rows.length / words.length, unit = Float64Array.from(rows);
  for (let i = 0; i < unit.length; i += dim) {
    let square = 0;
    for (let k = i; k < i + dim; k += 1) square += unit[k] * unit[k];
    const length = Math.sqrt(square) || 1;
    for (let k = i; k < i + dim; k += 1) unit[k] /= length;
  }
  return { words, number: new Map(words.map((word, i) => [word, i])), dim, rows, unit };
}

/** @param {Space} of @param {(row: number) => number} weight @returns {Float64Array} Σ weight(x) x over some unit vectors */
function direction({ unit, dim }, weights) {
  const sum = new Float64Array(dim);
  for (const [i, weight] of weights) for (let k = 0; k < dim; k += 1) sum[k] += weight * unit[i * dim + k];
  return sum;
}

/** @param {Space} of @param {Float64Array} q @returns {Float64Array} ⟨x, q⟩ of every unit vector x */
function products({ words, unit, dim }, q) {
  return Float64Array.from(words, (_, i) => {
    let sum = 0;
    for (let k = 0, at = i * dim; k < dim; k += 1, at += 1) sum += unit[at] * q[k];
    return sum;
  });
}

// The numbers of the n largest scores, the largest first; of equal ones the smaller number, the more frequent word.
function best(scores, n, without = []) {
  const gone = new Set(without), order = [];
  for (let i = 0; i < scores.length; i += 1) if (!gone.has(i)) order.push(i);
  return order.sort((i, j) => scores[j] - scores[i] || i - j).slice(0, n);
}

/** @param {Space} of @param {number} i a word @returns {{found: number[], scores: Float64Array}} its neighbours by cosine */
function nearest(of, i, n) {
  const scores = products(of, direction(of, [[i, 1]]));
  return { found: best(scores, n, [i]), scores };
}

// a is to b as c is to ...: the scores of all words, larger is better.
/** @param {Space} of @param {Method} method */
function analogyScores(of, a, b, c, method) {
  if (method === "3cosadd") return products(of, direction(of, [[b, 1], [a, -1], [c, 1]]));
  if (method === "3cosmul") {
    const [near_a, near_b, near_c] = [a, b, c].map((i) => products(of, direction(of, [[i, 1]])).map((cos) => (1 + cos) / 2));
    return near_a.map((value, x) => (near_b[x] * near_c[x]) / (value + EPSILON));
  }
  const { rows, dim } = of; // the lecture's: the smallest distance to b - a + c, all with their lengths
  return Float64Array.from(of.words, (_, x) => {
    let square = 0;
    for (let k = 0; k < dim; k += 1) {
      square += (rows[x * dim + k] - (rows[b * dim + k] - rows[a * dim + k] + rows[c * dim + k])) ** 2;
    }
    return -Math.sqrt(square);
  });
}

/** @param {Space} of @param {Method} method @param {boolean} exclude whether a, b and c are no answers */
function analogy(of, a, b, c, method, exclude, n) {
  const scores = analogyScores(of, a, b, c, method);
  return { found: best(scores, n, exclude ? [a, b, c] : []), scores };
}

// Where every word stands on the axis from word a, at 0, to word b, at 1: ⟨x - a, b - a⟩ / ‖b - a‖², unit vectors all.
/** @param {Space} of */
function along(of, a, b) {
  const d = direction(of, [[b, 1], [a, -1]]), length = d.reduce((sum, value) => sum + value * value, 0);
  const scores = products(of, d), start = scores[a];
  return scores.map((value) => (length ? (value - start) / length : 0));
}

// Known words that a reader may have meant: those that begin alike, the longest common beginning first.
/** @param {Space} of @param {string} typed */
function meant({ words }, typed, n) {
  for (let length = typed.length; length > 0; length -= 1) {
    const found = words.filter((word) => word.startsWith(typed.slice(0, length)));
    if (found.length) return found.slice(0, n);
  }
  return [];
}
