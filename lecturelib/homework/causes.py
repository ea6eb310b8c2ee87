"""The likeliest cause of a wrong result, in words: what was done to the right values to get the wrong ones.

Each cause is a guess that is verified: it is named only where it explains every value. It says what came, never how
to do it right.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

LARGEST = 200_000  # entries; larger results get no guess
Near = Callable[[Tensor, Tensor], bool]
POINTWISE: dict[str, Callable[[Tensor], Tensor]] = {
    "the logarithm of what is expected": torch.log,
    "the exponential of what is expected": torch.exp,
    "the logarithm to base 2 of what is expected": torch.log2,
    "the sigmoid of what is expected": torch.sigmoid,
    "the logit of what is expected": torch.logit,
    "one minus what is expected": lambda b: 1 - b,
    "the square of what is expected": torch.square,
    "the square root of what is expected": torch.sqrt,
    "one over what is expected": torch.reciprocal,
    "the absolute value of what is expected": torch.abs,
    "what is expected, rounded": torch.round,
}


def cause(got: Tensor, expected: Tensor, near: Near) -> str:
    """Return what explains the difference, or nothing.

    Args:
        got: what came.
        expected: what is right, perhaps of another shape.
        near: whether two tensors of one shape are equal up to rounding.

    """
    if not 0 < max(got.numel(), expected.numel()) <= LARGEST:
        return ""
    a, b = got.detach().cpu().double(), expected.detach().cpu().double()
    if a.shape != b.shape:
        return next(_of_shape(a, b, near), "")
    if a.isnan().any() and not b.isnan().any():
        count = int(a.isnan().sum())
        values = "1 value is" if count == 1 else f"{count} values are"
        return f"{values} nan: is there 0/0, inf - inf, or the logarithm of a negative number?"
    return next(_of_values(a, b, got.dtype, near), "")


def _of_shape(a: Tensor, b: Tensor, near: Near) -> Iterator[str]:
    if a.dim() > 1 and a.mT.shape == b.shape and near(a.mT, b):
        yield "it is transposed"
    if a.numel() == b.numel() and near(a.reshape(b.shape), b):
        yield "the values are right, the shape is not"
    for words, reduce in (("sum", torch.sum), ("mean", torch.mean)):
        for dim in range(a.dim()):
            for keep in (False, True):
                reduced = reduce(a, dim, keepdim=keep)
                if reduced.shape == b.shape and near(reduced, b):
                    yield f"its {words} over dimension {dim} is what is expected"
        if b.dim() == 0 and near(reduce(a), b):
            yield f"its {words} is what is expected"
        for dim in range(b.dim()):
            if reduce(b, dim).shape == a.shape and near(a, reduce(b, dim)):
                yield f"it is the {words} over dimension {dim} of what is expected"
        if a.numel() == 1 and near(a.reshape(()), reduce(b)):
            yield f"it is the {words} of what is expected"


def _of_values(a: Tensor, b: Tensor, dtype: torch.dtype, near: Near) -> Iterator[str]:
    if near(-a, b):
        yield "the sign is turned"
    if dtype in (torch.float16, torch.bfloat16) and bool(((a - b).abs() <= 0.02 * b.abs() + 0.02).all()):
        yield f"it was calculated in {str(dtype).removeprefix('torch.')}, which has too few digits"
    if a.dim() > 1 and a.shape[-1] == a.shape[-2] and near(a.mT, b):
        yield "it is transposed"
    yield from _constant(a, b, near)
    for words, function in POINTWISE.items():
        if a.any() and near(a, function(b)):
            yield f"it is {words}"
    for dim in range(a.dim()):
        if a.shape[dim] > 1 and b.shape[dim] > 1:
            if near(a, b.softmax(dim)):
                yield f"it is the softmax of what is expected, over dimension {dim}"
            if near(a, b.log_softmax(dim)):
                yield f"it is the logarithm of the softmax of what is expected, over dimension {dim}"
            if near(a.flip(dim), b):
                yield f"it is in reverse order along dimension {dim}"
            for shift in (1, -1):
                inner = a.shape[dim] - 1
                if inner > 1 and near(a.narrow(dim, max(shift, 0), inner), b.narrow(dim, max(-shift, 0), inner)):
                    yield f"it is shifted by one along dimension {dim}"
    if a.numel() > 2 and near(a.flatten().sort().values, b.flatten().sort().values):
        yield "the values are right, but in another order"
    yield from _partly(a, b, near)
    yield from _along(a, b, near)


def _constant(a: Tensor, b: Tensor, near: Near) -> Iterator[str]:
    """A factor or a difference that is the same for all entries."""
    large = b.abs() > 1e-3
    if large.any() and a.isfinite().all() and b.isfinite().all() and a.abs().max() > 0:
        ratio = (a[large] / b[large]).median().item()
        several = b[large].unique().numel() > 1 or b.numel() == 1
        if several and abs(ratio) > 1e-6 and near(a, ratio * b):
            yield from _factor(ratio, any_factor=b.numel() > 1)
        if not several and near(a, ratio * b):
            yield f"the right entries are set, but to {a[large][0].item():.4g}"
        shift = (a - b).median().item()
        if b.numel() > 1 and near(a, b + shift):
            yield f"every value is {abs(shift):.4g} too {'large' if shift > 0 else 'small'}"


def _factor(ratio: float, any_factor: bool) -> Iterator[str]:
    sign = " and the sign is turned" if ratio < 0 else ""
    size = abs(ratio)
    for words, value in (("ln 2 (natural logarithm or base 2?)", math.log(2)), ("2 pi", 2 * math.pi)):
        if math.isclose(size, value, rel_tol=1e-3) or math.isclose(size, 1 / value, rel_tol=1e-3):
            yield f"it differs by the factor {words}{sign}"
    whole = size if size >= 1 else 1 / size
    if whole > 1.5 and abs(whole - round(whole)) < 1e-3 * whole:
        if size > 1:
            way, asked, in_percent = "large", "a sum where a mean is asked", ", or percent where a fraction is"
        else:
            way, asked, in_percent = "small", "a mean where a sum is asked", ", or a fraction where percent is"
        yield f"it is {round(whole)} times too {way}: {asked}{in_percent if round(whole) == 100 else ''}?{sign}"
    square = whole**2
    if 1.5 < square < 20 and abs(square - round(square)) < 2e-4 * square:
        way = "large" if size > 1 else "small"
        yield f"it is the root of {round(square)} times too {way}: is a root missing, or one too many?{sign}"
    if any_factor:
        yield f"it differs by the factor {size:.4g}{sign}"


def _partly(a: Tensor, b: Tensor, near: Near) -> Iterator[str]:
    """Where the wrong entries stand."""
    wrong = a != b
    if a.dim() == 2:
        square = a.shape[0] == a.shape[1]
        for words, keep in (("above", torch.tril), ("below", torch.triu)):
            if square and a.shape[0] > 2 and near(keep(a), keep(b)):
                yield f"only entries {words} the diagonal differ"
        if square and a.shape[0] > 1 and near(a - a.diag().diag(), b - b.diag().diag()):
            yield "only the diagonal differs"
    for dim in range(a.dim()):
        if a.shape[dim] > 2:
            inner = a.shape[dim] - 1
            if near(a.narrow(dim, 1, inner), b.narrow(dim, 1, inner)):
                yield f"only the first along dimension {dim} differs"
            if near(a.narrow(dim, 0, inner), b.narrow(dim, 0, inner)):
                yield f"only the last along dimension {dim} differs"
    if wrong.any() and a[wrong].unique().numel() == 1 and b[wrong].unique().numel() > 2:
        yield f"every wrong value is {a[wrong][0].item():.4g}"
    shifts = (a - b)[wrong]
    if shifts.numel() > 2 and shifts.unique().numel() == 1 and shifts.frac().abs().max() == 0:
        yield f"every wrong value is {abs(shifts[0].item()):.4g} too {'large' if shifts[0] > 0 else 'small'}"


def _along(a: Tensor, b: Tensor, near: Near) -> Iterator[str]:
    """A term or a factor that is the same for all entries along a dimension."""
    if not (a.any() and a.isfinite().all() and b.isfinite().all()):
        return
    for dim in range(a.dim()):
        if a.dim() < 2 or a.shape[dim] < 3 or near(b, b.narrow(dim, 0, 1).expand_as(b)):
            continue  # few entries, or equal ones, agree by chance
        if near(a, b + (a - b).mean(dim, keepdim=True)):
            yield f"along dimension {dim} all values are off by the same amount: is a term missing, or one too many?"
        if near(a, b * (a.abs().sum(dim, keepdim=True) / b.abs().sum(dim, keepdim=True).clamp(min=1e-9))):
            yield f"along dimension {dim} all values are off by the same factor"
