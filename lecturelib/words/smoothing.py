"""What the smoothed n-gram models are fitted by: discounts for Kneser-Ney, and weights for interpolation.

Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling", Computer Speech and Language 13
(1999); Jelinek and Mercer, "Interpolated Estimation of Markov Source Parameters from Sparse Data" (1980).

    >>> discounts(counts)                              # (D_1, D_2, D_3+)
    >>> likeliest_weights(weights, p, bucket)          # [models, buckets], the columns add up to 1
"""

import math
import sys

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from lecturelib import checks

FALLBACK = (0.5, 1.0, 1.5)  # discounts where no n-gram has a count of 1, 2, 3 or 4 to estimate them from


def likeliest_weights(
    weights: Float64[Tensor, "models buckets"],
    p: Float64[Tensor, "models tokens"],
    bucket: Int64[Tensor, " tokens"],
    tolerance: float = 1e-6,
) -> Float64[Tensor, "models buckets"]:
    """Return the λ of each bucket under which the tokens are likeliest: expectation-maximisation from `weights`.

    Args:
        weights: to begin with; they stay where a bucket has no token.
        p: the probability that each model assigns to each token.
        bucket: of each token.
        tolerance: it ends when a step gains less than so many nats per token.

    Raises:
        TypeError, ValueError: the shapes do not fit, a bucket has no column, or a token has probability 0 in its own.

    """
    check_mixture(weights, p, bucket)
    bucket = bucket.long()
    tokens = torch.bincount(bucket, minlength=weights.shape[1])
    before, now = -math.inf, -sys.float_info.max
    while now > before + tolerance:
        joint = weights[:, bucket] * p  # [n + 1, tokens]
        before, now = now, joint.sum(dim=0).log().mean().item()
        responsibility = joint / joint.sum(dim=0)
        mean = torch.zeros_like(weights).index_add_(1, bucket, responsibility) / tokens
        weights = mean.where(tokens > 0, weights)
    return weights


def discounts(c: Int64[Tensor, " grams"]) -> tuple[float, ...]:
    """Return D for counts of 1, 2, and 3 or more, from the numbers of n-grams with counts 1 to 4.

    Y = n_1 / (n_1 + 2 n_2),    D_j = j - (j + 1) Y n_{j+1} / n_j

    Raises:
        TypeError: not a tensor of integers.

    """
    check_counts(c)
    n_1, n_2, n_3, n_4 = (int((c == j).sum()) for j in (1, 2, 3, 4))
    if not n_1 * n_2 * n_3 * n_4:
        return FALLBACK
    Y = n_1 / (n_1 + 2 * n_2)
    D = (1 - 2 * Y * n_2 / n_1, 2 - 3 * Y * n_3 / n_2, 3 - 4 * Y * n_4 / n_3)
    return D if min(D) > 0 else FALLBACK


def check_counts(c: object) -> None:
    """Raise TypeError unless these are integers that can be read."""
    if not isinstance(c, Tensor) or c.dtype not in checks.INTEGERS or c.is_meta:
        raise TypeError(f"c: expected integers, got {c.dtype if isinstance(c, Tensor) else type(c).__name__}")


def check_mixture(weights: object, p: object, bucket: object) -> None:
    """Raise unless every token is possible under the mixture of its bucket."""
    checks.floats("weights", weights, "models", "buckets")
    assert isinstance(weights, Tensor)
    checks.floats("p", p, len(weights), "tokens", like=weights)
    assert isinstance(p, Tensor)
    checks.integers("bucket", bucket, p.shape[1], high=weights.shape[1] - 1)
    assert isinstance(bucket, Tensor)
    checks.has_values("bucket", bucket)
    likely = (weights[:, bucket.long()] * p).sum(dim=0)
    if not ((likely > 0) & likely.isfinite()).all():
        raise ValueError(f"p: expected possible tokens, got {int((~((likely > 0) & likely.isfinite())).sum())} others")
