"""Why CBOW and gensim's differ after few epochs: `python benchmarks/word2vec_cbow.py`, about three minutes.

gensim adds the whole gradient by h = 1/n Σ_i w_i to each w_i, and does not divide it by n: its step is n times the
gradient. Ours is w + 1 times the gradient, w + 1 being the mean of n. So the words of small windows, which are the near
ones, move more in ours, and those of large windows less. Measured after two epochs over three million words: the rank
correlation, over random pairs of frequent words, of our cosines with those of GloVe's vectors, which have read a
thousand times as much; and that with people's ratings.
"""

from importlib import import_module
from statistics import mean
from typing import Any

import torch
from timing import report, row
from torch import Tensor

from lecturelib.datasets import load
from lecturelib.words import Word2Vec
from lecturelib.words.correlation import rank_correlation
from lecturelib.words.evaluation import WordVectors
from lecturelib.words.word2vec.steps import Batch, Steps

WORDS, EPOCHS, SEEDS = 3_000_000, 2, (0, 1)
FREQUENT, PAIRS = 1000, 100_000  # occurrences of a word; pairs of such words


class GensimsSteps(Steps):
    """Steps whose input vectors move by n times the gradient."""

    def _ascend_mean(self, dH: Tensor, W: Tensor, batch: Batch, learning_rate: float, limit: float) -> None:
        full = self.bands.scatter(dH * batch.n[:, None], W)
        self._ascend(self.W, full, learning_rate, limit, (batch.words, 1.0))


def trained(who: str, sentences: list[list[str]], seed: int) -> WordVectors:
    """Return the vectors of one program."""
    if who == "gensim":
        from gensim.models import Word2Vec as Gensim

        options: Any = dict(vector_size=100, window=5, min_count=5, sample=1e-3, epochs=EPOCHS, workers=1)
        return WordVectors.from_gensim(Gensim(sentences, seed=seed + 1, sg=0, negative=5, **options).wv)
    module: Any = import_module("lecturelib.words.word2vec.model")
    module.Steps = GensimsSteps if who == "n times the gradient" else Steps
    model = Word2Vec(model="cbow", epochs=EPOCHS, seed=seed).fit(sentences)
    return WordVectors(model.vectors, model.vocabulary)


def scores(vectors: WordVectors, frequent: set[str]) -> dict[str, float]:
    """Return the correlation with GloVe's cosines, and with people."""
    glove = load("glove-50d")
    theirs = WordVectors(glove.vectors, glove.words)
    known = [word for word in theirs.words if word in frequent]
    p, q = torch.randint(len(known), (2, PAIRS), generator=torch.Generator().manual_seed(0))
    p, q = p[p != q], q[p != q]
    cosines = []
    for of in (vectors, theirs):
        unit = of.unit[of.numbers(known)]
        cosines.append((unit[p] * unit[q]).sum(dim=1))
    return {
        "GloVe's cosines, frequent words": rank_correlation(*cosines),
        "WordSim-353": vectors.word_pairs(load("wordsim353").pairs).spearman,
        "SimLex-999": vectors.word_pairs(load("simlex999").pairs).spearman,
    }


def main() -> None:
    """Train with all laws and seeds, and report."""
    data: Any = load("wikipedia-2014")
    sentences, words = [], 0
    for sentence in data.sentences("train"):
        sentences.append(sentence)
        words += len(sentence)
        if words >= WORDS:
            break
    counts: dict[str, int] = {}
    for sentence in sentences:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    frequent = {word for word, n in counts.items() if n >= FREQUENT}
    found: dict[str, list[dict[str, float]]] = {}
    for seed in SEEDS:
        for who in ("ours", "n times the gradient", "gensim"):
            found.setdefault(who, []).append(scores(trained(who, sentences, seed), frequent))
            print(seed, who, found[who][-1], flush=True)
    rows = []
    for who in ("ours", "n times the gradient"):
        for score in found[who][0]:
            mine, other = (mean(one[score] for one in found[name]) for name in (who, "gensim"))
            rows.append(row(f"cbow, two epochs, {who}: {score}", "gensim", "", mine, other, "none"))
    report("word2vec-cbow", rows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
