"""Batcher: subsampling, windows, and batches of positions from a stream of sentences.

Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013: frequent words are left out at random before windows are drawn, which makes the windows
reach further. Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space", arXiv
1301.3781 (2013): the size of each window is drawn, b ~ U{1, …, w} words to either side, so that near words count more.

    >>> batcher = Batcher(vocabulary.counts, window=5, positions=512, subsample=1e-3)
    >>> chunk = batcher.cut(x, sentence, generator)        # numbers of words, and of the sentences they stand in
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lecturelib import checks


class Chunk(NamedTuple):
    """Batches of positions, each with the w words before and after it; the padding is the number V.

    Attributes:
        words: the numbers of the words seen; the positions are those at w, …, seen - w - 1.
        pairs: 1 where a position is paired with the word at offset o - w from it, otherwise 0.
        n: the number of words that each position is paired with.

    """

    words: Int64[Tensor, "batches seen"]
    pairs: Float[Tensor, "batches positions offsets"]
    n: Float[Tensor, "batches positions"]


def keep_probability(counts: Int64[Tensor, " V"], subsample: float) -> Float[Tensor, " V"]:
    """Return the probability with which each word is kept wherever it occurs; 0 keeps all.

    word2vec.c's sqrt(t/f) + t/f, at most 1, for a word that makes up the fraction f of the text. (The paper has
    sqrt(t/f), which the released program, and gensim after it, do not use.)
    """
    checks.integers("counts", counts, "V")
    subsample = checks.number("subsample", subsample, low=0)
    f = counts.double() / counts.sum()
    t = subsample if subsample > 0 else float("inf")
    return ((t / f).sqrt() + t / f).clamp(max=1.0).float()


class Batcher:
    """Makes batches of a chunk of text.

    Args:
        counts: of the words.
        window: w, the largest reach of a window.
        positions: number of positions in a batch.
        subsample: t; words that make up more of the text than this are left out at random.

    """

    def __init__(self, counts: Int64[Tensor, " V"], window: int, positions: int, subsample: float) -> None:
        self.padding, self.window, self.positions = len(counts), window, positions
        self.keep = keep_probability(counts, subsample)
        offset = torch.arange(-window, window + 1, device="cpu")
        reach = torch.arange(window + 1, device="cpu")
        within = (-reach[:, None, None] <= offset) & (offset <= reach[:, None]) & (offset != 0)
        self._pairs = within.float().flatten(0, 1)  # row left · (w + 1) + right: the pairs of a window of that reach

    def cut(self, x: Int64[Tensor, " n"], sentence: Int64[Tensor, " n"], generator: torch.Generator) -> Chunk:
        """Leave out frequent words, draw windows that end where the sentence does, and form batches."""
        w, P = self.window, self.positions
        kept = torch.rand(len(x), generator=generator, dtype=torch.float32, device="cpu") < self.keep[x]
        x, sentence = x[kept], sentence[kept]
        lengths = sentence.unique_consecutive(return_counts=True)[1]
        end = lengths.cumsum(0).repeat_interleave(lengths)
        start = end - lengths.repeat_interleave(lengths)
        position = torch.arange(len(x), device="cpu")
        b = torch.randint(1, w + 1, (len(x),), generator=generator, device="cpu")
        left, right = torch.minimum(b, position - start), torch.minimum(b, end - 1 - position)

        batches = max(1, math.ceil(len(x) / P))
        words = torch.full((batches * P + 2 * w,), self.padding, device="cpu")
        words[w : w + len(x)] = x
        reach = torch.zeros(batches * P, dtype=torch.int64, device="cpu")
        reach[: len(x)] = left * (w + 1) + right
        pairs = self._pairs.index_select(0, reach).view(batches, P, 2 * w + 1)
        return Chunk(words.unfold(0, P + 2 * w, P), pairs, pairs.sum(dim=2))
