"""Windows: a stream of sentences as batches of positions, and with each the positions that it is paired with.

Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space", arXiv 1301.3781 (2013):
each window is drawn anew, b ~ U{1, …, w} words to either side, so that near words count more. Mikolov, Sutskever, Chen,
Corrado and Dean, "Distributed Representations of Words and Phrases and their Compositionality", NeurIPS 2013: frequent
words are left out at random before windows are cut, which makes these reach further.

    >>> windows = Windows(vocabulary.counts, window=5, positions=512, subsample=1e-3)
    >>> chunk = windows.cut(x, sentence, generator)        # words, and the numbers of the sentences they stand in
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor


class Chunk(NamedTuple):
    """A stretch of text in batches, each with the w words before and after it; padded with the number V.

    Attributes:
        words: the numbers of the words seen; the positions are those at w, …, seen - w - 1.
        pairs: 1 where a position is paired with the word at offset o - w from it, otherwise 0.
        n: with how many words each position is paired.

    """

    words: Int64[Tensor, "batches seen"]
    pairs: Float[Tensor, "batches positions offsets"]
    n: Float[Tensor, "batches positions"]


def keep_probability(counts: Int64[Tensor, " V"], subsample: float) -> Float[Tensor, " V"]:
    """With what probability a word is kept where it comes; 0 keeps all.

    word2vec.c's sqrt(t/f) + t/f, at most 1, for a word that makes up the part f of the text. (The paper has sqrt(t/f),
    which the released program, and gensim after it, do not use.)
    """
    f = counts.double() / counts.sum()
    t = subsample if subsample > 0 else float("inf")
    return ((t / f).sqrt() + t / f).clamp(max=1.0).float()


class Windows:
    """Cuts windows, with subsampling.

    Args:
        counts: of the words.
        window: w, how far a window may reach.
        positions: how many make a batch.
        subsample: t, the part of the text from which on words are left out.

    """

    def __init__(self, counts: Int64[Tensor, " V"], window: int, positions: int, subsample: float) -> None:
        self.padding, self.window, self.positions = len(counts), window, positions
        self.keep = keep_probability(counts, subsample)
        offset, reach = torch.arange(-window, window + 1), torch.arange(window + 1)
        within = (-reach[:, None, None] <= offset) & (offset <= reach[:, None]) & (offset != 0)
        self._pairs = within.float().flatten(0, 1)  # the row left · (w + 1) + right

    def cut(self, x: Int64[Tensor, " n"], sentence: Int64[Tensor, " n"], generator: torch.Generator) -> Chunk:
        """Drop frequent words, draw windows that end where the sentence does, and form batches."""
        w, P = self.window, self.positions
        kept = torch.rand(len(x), generator=generator) < self.keep[x]
        x, sentence = x[kept], sentence[kept]
        lengths = sentence.unique_consecutive(return_counts=True)[1]
        end = lengths.cumsum(0).repeat_interleave(lengths)
        start = end - lengths.repeat_interleave(lengths)
        here, b = torch.arange(len(x)), torch.randint(1, w + 1, (len(x),), generator=generator)
        left, right = torch.minimum(b, here - start), torch.minimum(b, end - 1 - here)

        batches = max(1, -(-len(x) // P))
        words = torch.full((batches * P + 2 * w,), self.padding)
        words[w : w + len(x)] = x
        reach = torch.zeros(batches * P, dtype=torch.int64)
        reach[: len(x)] = left * (w + 1) + right
        pairs = self._pairs.index_select(0, reach).view(batches, P, 2 * w + 1)
        return Chunk(words.unfold(0, P + 2 * w, P), pairs, pairs.sum(dim=2))
