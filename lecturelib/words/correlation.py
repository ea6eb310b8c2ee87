"""Correlation of values and of ranks, as scipy's `pearsonr` and `spearmanr`; 0 where one side is constant.

>>> rank_correlation(cosines, ratings)          # two tensors [n]
"""

import torch
from jaxtyping import Float
from torch import Tensor


def correlation(a: Float[Tensor, " n"], b: Float[Tensor, " n"]) -> float:
    """Return Pearson's coefficient of correlation; 0 where a or b is constant.

    Raises:
        TypeError: not numbers.
        ValueError: fewer than two values, not as many of one as of the other, or some that are not finite.

    """
    a, b = (_row(values).double() for values in (a, b))
    if a.dim() != 1 or a.shape != b.shape or len(a) < 2:
        raise ValueError(f"a, b: expected at least two values, as many of each, got {list(a.shape)}, {list(b.shape)}")
    if not (a.isfinite() & b.isfinite()).all():
        raise ValueError("a, b: expected finite values, got NaN or infinity")
    if (a == a[0]).all() or (b == b[0]).all():
        return 0.0
    return float(torch.corrcoef(torch.stack([a, b]))[0, 1])


def _row(values: object) -> Tensor:
    """Return a tensor of real numbers on the CPU, from one, an array or a list."""
    try:
        row = values.detach() if isinstance(values, Tensor) else torch.as_tensor(values, device="cpu")
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"a, b: expected rows of numbers, got {type(values).__name__}") from None
    if row.is_complex() or row.is_meta:
        raise TypeError(f"a, b: expected rows of numbers, got {row.dtype} on {row.device}")
    return row.cpu()


def rank_correlation(a: Float[Tensor, " n"], b: Float[Tensor, " n"]) -> float:
    """Return Spearman's coefficient, the correlation of ranks; equal values share the mean of theirs.

    Raises:
        ValueError: as for `correlation`.

    """
    correlation(a, b)  # for its checks: NaN would have a rank
    ranks = []
    for values in (a, b):
        _, place, counts = _row(values).unique(return_inverse=True, return_counts=True)
        ranks.append((counts.cumsum(0) - (counts - 1) / 2)[place])
    return correlation(*ranks)
