"""BidirectionalNGram: counts that predict a masked word from the word on its left and the one on its right.

The lecture's lookup table, for a word between two others. With c(l w r) the number of times w occurs between l and r,

    p(w | l, r) = λ_0 / #words + λ_1 c(w) / c(·) + λ_2 c(l w) / c(l ·) + λ_3 c(w r) / c(· r) + λ_4 c(l w r) / c(l · r),

where a context never occurs, the third to fifth fractions are the second. The λ add up to 1 and maximise the likelihood
of a held-out text; frequent contexts (l, r) have other ones than rare contexts. Interpolation as in Jelinek and
Mercer, "Interpolated Estimation of Markov Source Parameters from Sparse Data" (1980).

    >>> model = BidirectionalNGram(train, maskable).fit_weights(left, word, right)    # train: integers [tokens]
    >>> model.log_prob(left, right)                                                   # [positions, V], nats
"""

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor

from lecturelib import checks

EVAL_BATCH_SIZE = 256  # positions
BUCKETS = 64  # more than the logarithm of any count
STEPS = 50  # of expectation maximisation


class _Table:
    """The number of times that each word occurs in each context."""

    def __init__(self, context: Int64[Tensor, " tokens"], w: Int64[Tensor, " tokens"], words: int) -> None:
        self.words = words
        self.keys, self.counts = torch.unique(context * words + w, return_counts=True)

    def __call__(self, context: Int64[Tensor, " positions"]) -> Float[Tensor, "positions words"]:
        first, end = (torch.searchsorted(self.keys, (context + k) * self.words) for k in (0, 1))
        n = end - first
        row = torch.arange(len(context), device="cpu").repeat_interleave(n)
        entry = torch.arange(len(row), device="cpu") + (first - n.cumsum(0) + n).repeat_interleave(n)
        counts = torch.zeros(len(context), self.words, dtype=torch.float32, device="cpu")
        counts[row, self.keys[entry] % self.words] = self.counts[entry].float()
        return counts


class BidirectionalNGram:
    """The interpolated counts.

    Args:
        x: the training text, at least three numbers from 0 to V - 1, on the CPU.
        maskable: which of the V words may be predicted; the others are only read.

    Raises:
        TypeError, ValueError: `x` is not such a text.

    """

    def __init__(self, x: Integer[Tensor, " tokens"], maskable: Bool[Tensor, " V"]) -> None:
        check_maskable(maskable)
        check_positions(len(maskable), x=x)
        V, x = len(maskable), x.long()
        predicted = maskable[x[1:-1]]
        check_text(x, predicted)
        left, w, right = (part[predicted] for part in (x[:-2], x[1:-1], x[2:]))
        self.maskable, self.V = maskable, V
        self.unigram = torch.bincount(w, minlength=V).float() / len(w)
        self.tables = (_Table(left, w, V), _Table(right, w, V), _Table(left * V + right, w, V))
        self.weights = torch.full((5, BUCKETS), 0.2, dtype=torch.float32, device="cpu")  # λ [models, buckets]

    def _models(self, left: Tensor, right: Tensor) -> tuple[Float[Tensor, "5 n V"], Int64[Tensor, " n"]]:
        """Return the five fractions, and for each position its bucket: about the logarithm of c(l · r)."""
        p = [self.maskable.float() / self.maskable.sum(), self.unigram]
        p = [one.expand(len(left), -1) for one in p]
        for table, context in zip(self.tables, (left, right, left * self.V + right), strict=True):
            counts = table(context)
            total = counts.sum(dim=1, keepdim=True)
            p.append((counts / total.clamp(min=1)).where(total > 0, self.unigram))
        return torch.stack(p), (total[:, 0] + 1).log2().long()

    def fit_weights(
        self, left: Integer[Tensor, " n"], word: Integer[Tensor, " n"], right: Integer[Tensor, " n"]
    ) -> "BidirectionalNGram":
        """Find the λ by expectation maximisation on positions of a held-out text, and return the model."""
        check_positions(self.V, left=left, word=word, right=right)
        check_predicted(word, self.maskable)
        p_words, buckets = [], []
        batches = (part.long().split(EVAL_BATCH_SIZE) for part in (left, word, right))
        for left_k, w, right_k in zip(*batches, strict=True):
            p, bucket = self._models(left_k, right_k)
            p_words.append(p[:, torch.arange(len(w), device="cpu"), w])
            buckets.append(bucket)
        p, bucket = torch.cat(p_words, dim=1).double(), torch.cat(buckets)
        weights = torch.full((5, BUCKETS), 0.2, dtype=torch.float64, device="cpu")
        for _ in range(STEPS):
            share = weights[:, bucket] * p
            share = share / share.sum(dim=0)  # P(the word was drawn from model k)
            # One position, of the mean over all buckets, is added to each, for those with few or none.
            weights = torch.zeros_like(weights).index_add(1, bucket, share) + share.mean(dim=1, keepdim=True)
            weights = weights / weights.sum(dim=0)
        self.weights = weights.float()
        return self

    def log_prob(self, left: Integer[Tensor, " n"], right: Integer[Tensor, " n"]) -> Float[Tensor, "n V"]:
        """Return log p(w | l, r) in nats for every word; minus infinity for those that are never predicted."""
        check_positions(self.V, left=left, right=right)
        p, bucket = self._models(left.long(), right.long())
        return (self.weights[:, bucket, None] * p).sum(dim=0).log()  # Σ_k λ_k p_k


def check_maskable(maskable: object) -> None:
    """Raise TypeError unless `maskable` is a row of booleans."""
    if not isinstance(maskable, Tensor) or maskable.dtype != torch.bool or maskable.dim() != 1:
        got = f"{maskable.dtype} {list(maskable.shape)}" if isinstance(maskable, Tensor) else type(maskable).__name__
        raise TypeError(f"maskable: expected booleans [V], got {got}")


def check_text(x: Tensor, predicted: Tensor) -> None:
    """Raise ValueError unless the text `x` has a word between two others that may be predicted."""
    if len(x) < 3 or not predicted.any():
        raise ValueError(f"x: expected a maskable word between two others, got none among {len(x)} words")


def check_predicted(word: Tensor, maskable: Tensor) -> None:
    """Raise ValueError unless all words may be predicted: the others have no probability that could be maximised."""
    never = word[~maskable[word.long()]]
    if len(never):
        raise ValueError(f"word: expected maskable words, got {len(never)} others, such as {int(never[0])}")


def check_positions(V: int, **rows: object) -> None:
    """Raise unless all rows are as many numbers of words, from 0 to V - 1."""
    length = None
    for name, x in rows.items():
        expected = f"{name}: expected {'some' if length is None else length} numbers from 0 to {V - 1}"
        if not isinstance(x, Tensor) or x.dtype not in checks.INTEGERS:
            raise TypeError(f"{expected}, got {x.dtype if isinstance(x, Tensor) else type(x).__name__}")
        if x.dim() != 1 or not len(x) or len(x) != (length or len(x)):
            raise ValueError(f"{expected}, got {list(x.shape)}")
        length, (low, high) = len(x), checks.lowest_and_highest(x)
        if low < 0 or high >= V:
            raise ValueError(f"{expected}, got {low} to {high}")
