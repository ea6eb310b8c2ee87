"""Neighbours: counts that guess a hidden word from the one on its left and the one on its right.

The lecture's lookup table, for a word between two others. With c(l w r) how often w came between l and r,

    p(w | l, r) = λ_0 / #words + λ_1 c(w) / c(·) + λ_2 c(l w) / c(l ·) + λ_3 c(w r) / c(· r) + λ_4 c(l w r) / c(l · r),

where a context never came, the third to fifth fraction are the second; the λ add up to 1, and are those that make a
held-out text likeliest, other ones for contexts (l, r) that were seen often than for rare ones. Interpolation as in
Jelinek and Mercer, "Interpolated Estimation of Markov Source Parameters from Sparse Data" (1980).

    >>> model = Neighbours(train, ordinary).weigh(left, word, right)      # train: integers [tokens]
    >>> model.log_prob(left, right)                                       # [places, V], nats
"""

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor

PIECE = 256  # places at once
BUCKETS = 64  # more than the logarithm of any count
STEPS = 50  # of expectation-maximisation


class _Table:
    """How often each word came in each context that came at all."""

    def __init__(self, context: Int64[Tensor, " tokens"], w: Int64[Tensor, " tokens"], words: int) -> None:
        self.words = words
        self.keys, self.counts = torch.unique(context * words + w, return_counts=True)

    def __call__(self, context: Int64[Tensor, " places"]) -> Float[Tensor, "places words"]:
        first, end = (torch.searchsorted(self.keys, (context + k) * self.words) for k in (0, 1))
        n = end - first
        row = torch.arange(len(context)).repeat_interleave(n)
        entry = torch.arange(len(row)) + (first - n.cumsum(0) + n).repeat_interleave(n)
        counts = torch.zeros(len(context), self.words)
        counts[row, self.keys[entry] % self.words] = self.counts[entry].float()
        return counts


class Neighbours:
    """The interpolated counts.

    Args:
        x: the training text, at least three numbers from 0 to V - 1, on the CPU.
        ordinary: which of the V words may be guessed; the others are only read.

    Raises:
        TypeError, ValueError: `x` is no such text.

    """

    def __init__(self, x: Integer[Tensor, " tokens"], ordinary: Bool[Tensor, " V"]) -> None:
        if x.dim() != 1 or len(x) < 3 or x.min() < 0 or x.max() >= len(ordinary):
            raise ValueError(f"x: expected at least three numbers from 0 to {len(ordinary) - 1}, got {list(x.shape)}")
        V, x = len(ordinary), x.long()
        guessed = ordinary[x[1:-1]]
        left, w, right = (part[guessed] for part in (x[:-2], x[1:-1], x[2:]))
        self.ordinary, self.V = ordinary, V
        self.unigram = torch.bincount(w, minlength=V).float() / len(w)
        self.tables = (_Table(left, w, V), _Table(right, w, V), _Table(left * V + right, w, V))
        self.weights = torch.full((5, BUCKETS), 0.2)  # λ [models, buckets]

    def _models(self, left: Tensor, right: Tensor) -> tuple[Float[Tensor, "5 places V"], Int64[Tensor, " places"]]:
        """Return the five fractions, and for each place its bucket: about the logarithm of c(l · r)."""
        p = [self.ordinary / self.ordinary.sum(), self.unigram]
        p = [one.expand(len(left), -1) for one in p]
        for table, context in zip(self.tables, (left, right, left * self.V + right), strict=True):
            counts = table(context)
            total = counts.sum(dim=1, keepdim=True)
            p.append((counts / total.clamp(min=1)).where(total > 0, self.unigram))
        return torch.stack(p), (total[:, 0] + 1).log2().long()

    def weigh(
        self, left: Integer[Tensor, " n"], word: Integer[Tensor, " n"], right: Integer[Tensor, " n"]
    ) -> "Neighbours":
        """Find the λ by expectation-maximisation on places of a held-out text, and return the model."""
        p_words, buckets = [], []
        for left_k, w, right_k in zip(*(part.long().split(PIECE) for part in (left, word, right)), strict=True):
            p, bucket = self._models(left_k, right_k)
            p_words.append(p[:, torch.arange(len(w)), w])
            buckets.append(bucket)
        p, bucket = torch.cat(p_words, dim=1).double(), torch.cat(buckets)
        weights = torch.full((5, BUCKETS), 0.2, dtype=torch.float64)
        for _ in range(STEPS):
            share = weights[:, bucket] * p
            share = share / share.sum(dim=0)  # P(the word came from model k)
            # One place of the mean over all buckets is added to each, for those with few places or none.
            weights = torch.zeros_like(weights).index_add(1, bucket, share) + share.mean(dim=1, keepdim=True)
            weights = weights / weights.sum(dim=0)
        self.weights = weights.float()
        return self

    def log_prob(self, left: Integer[Tensor, " n"], right: Integer[Tensor, " n"]) -> Float[Tensor, "n V"]:
        """Return log p(w | l, r) in nats for every word; minus infinity for those that are not guessed."""
        if left.shape != right.shape:
            raise ValueError(f"right: expected the shape of left, {list(left.shape)}, got {list(right.shape)}")
        p, bucket = self._models(left.long(), right.long())
        return (self.weights[:, bucket, None] * p).sum(dim=0).log()  # Σ_k λ_k p_k
