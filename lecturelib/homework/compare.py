"""What came against what was expected: the one comparison of all tests, with a message that helps."""

import math
from typing import Any

import torch
from torch import Tensor

from lecturelib.homework import causes


def close(got: Any, expected: Any, *, name: str = "the result", rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Fail unless `got` is `expected` up to rounding; the message names shape, value and first differing index.

    Args:
        got: what the student's code gave.
        expected: a tensor, a number, a string, None, or lists and tuples of these.
        name: what is compared, for the message.
        rtol, atol: allowed difference, relative to `expected` and absolute.

    Raises:
        AssertionError: it is something else.

    """
    if isinstance(expected, list | tuple):
        values = several(got, len(expected), name=name)
        for number, (a, b) in enumerate(zip(values, expected, strict=True)):
            close(a, b, name=f"{name}[{number}]", rtol=rtol, atol=atol)
    elif isinstance(expected, Tensor):
        _close_tensors(got, expected, name, rtol, atol)
    elif isinstance(expected, bool | str) or expected is None:
        if type(got) is not type(expected) or got != expected:
            raise AssertionError(f"{name}: expected {expected!r}, got {_kind(got)}")
    else:
        if isinstance(got, Tensor) and got.numel() == 1:
            got = got.item()
        if isinstance(got, bool) or not isinstance(got, int | float):
            raise AssertionError(f"{name}: expected a number, got {_kind(got)}")
        right = abs(got - expected) <= atol + rtol * abs(expected) if math.isfinite(expected) else got == expected
        if not right:
            one, other = torch.tensor(float(got)), torch.tensor(float(expected))
            numbered = isinstance(got, int) and isinstance(expected, int)  # a class or a place: no factor explains it
            why = "" if numbered else _because(one, other, lambda a, b: bool((a - b).abs() <= atol + rtol * b.abs()))
            raise AssertionError(f"{name}: expected {expected:.6g}, got {got:.6g}{why}")


def _close_tensors(got: Any, expected: Tensor, name: str, rtol: float, atol: float) -> None:
    if not isinstance(got, Tensor):
        raise AssertionError(f"{name}: expected a tensor of shape {list(expected.shape)}, got {_kind(got)}")

    def near(a: Tensor, b: Tensor) -> bool:
        return bool(torch.where(b.isfinite(), (a - b).abs() <= atol + rtol * b.abs(), a == b).all())

    if got.shape != expected.shape:
        why = _because(got, expected, near)
        raise AssertionError(f"{name}: expected shape {list(expected.shape)}, got {list(got.shape)}{why}")
    if not expected.is_floating_point() and got.is_floating_point():
        raise AssertionError(f"{name}: expected integers ({expected.dtype}), got {got.dtype}")
    a, b = got.detach().cpu().double(), expected.detach().cpu().double()
    wrong = torch.where(b.isfinite(), ~((a - b).abs() <= atol + rtol * b.abs()), a != b)
    if wrong.any():
        index = wrong.nonzero()[0].tolist()
        place = f" at index {index}" if index else ""
        raise AssertionError(
            f"{name}: expected {b[tuple(index)]:.6g}{place}, got {a[tuple(index)]:.6g}"
            f" ({int(wrong.sum())} of {wrong.numel()} values differ){_because(got, expected, near)}"
        )


def _because(got: Tensor, expected: Tensor, near: causes.Near) -> str:
    why = causes.cause(got, expected, near)
    return f"; {why}" if why else ""


def several(got: Any, count: int, *, name: str = "the result") -> list[Any]:
    """Return the values of a list or tuple; fail unless `got` is one, of `count` values.

    Raises:
        AssertionError: it is something else.

    """
    if not isinstance(got, list | tuple):
        raise AssertionError(f"{name}: expected {count} values, got {_kind(got)}")
    if len(got) != count:
        raise AssertionError(f"{name}: expected {count} values, got {len(got)}")
    return list(got)


def has_shape(got: Any, shape: tuple[int, ...], *, name: str = "the result") -> None:
    """Fail unless `got` is a tensor of this shape.

    Raises:
        AssertionError: it is something else.

    """
    if not isinstance(got, Tensor):
        raise AssertionError(f"{name}: expected a tensor of shape {list(shape)}, got {_kind(got)}")
    if tuple(got.shape) != shape:
        raise AssertionError(f"{name}: expected shape {list(shape)}, got {list(got.shape)}")


def _kind(value: Any) -> str:
    """Say what a value is, in a few words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    if value is None:
        return "None (is there a return?)"
    if isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return repr(value[:100])
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)} values"
    return repr(value)[:100] if type(value).__name__ == "Remote" else f"an object of type {type(value).__name__}"
