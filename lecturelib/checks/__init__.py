"""Checks of arguments: each failure is one line that names the argument, what was expected and what came."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor
from torch._subclasses import FakeTensor
from torch.autograd import forward_ad

from lecturelib.checks.plain import (
    generator,
    integer_between,
    interval,
    number,
    one_of,
    path,
    positive_int,
    probability,
)

__all__ = [
    "INTEGERS",
    "autocast_enabled",
    "binary_matrix",
    "can_read",
    "floats",
    "generator",
    "has_values",
    "images",
    "integer_between",
    "integers",
    "interval",
    "lowest_and_highest",
    "matrix",
    "number",
    "on_every_device",
    "one_of",
    "path",
    "permutation",
    "positive_int",
    "probability",
    "transformed",
]

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_ON_EVERY_DEVICE: ContextVar[bool] = ContextVar("_ON_EVERY_DEVICE", default=False)


def can_read(x: Tensor) -> bool:
    """Return whether the values of `x` may be checked: a check must neither wait for a device nor break a trace.

    They may on a CPU, and within `on_every_device` on any device that holds values, unless the call is being compiled
    or exported (torch.compile, torch.export), transformed (torch.func) or run without values (fake and meta tensors).

    Raises:
        TypeError: it is sparse.

    """
    if torch.compiler.is_compiling():
        return False
    _check_dense(x)
    return (
        (x.device.type == "cpu" or (_ON_EVERY_DEVICE.get() and x.device.type != "meta"))
        and not torch._C._functorch.is_functorch_wrapped_tensor(x)
        and not isinstance(x, FakeTensor)
    )


def autocast_enabled(x: Tensor) -> bool:
    """Return whether autocast is on for the device of `x`; "meta" has none."""
    return torch.amp.is_autocast_available(x.device.type) and torch.is_autocast_enabled(x.device.type)


def transformed() -> bool:
    """Return whether torch.func or forward-mode differentiation is at work, which cannot use hand-written gradients."""
    return torch._C._functorch.peek_interpreter_stack() is not None or forward_ad._current_level >= 0


@contextmanager
def on_every_device() -> Iterator[None]:
    """Check values on every device, not on the CPU alone: `training.fit` does so for the first batch."""
    before = _ON_EVERY_DEVICE.set(True)
    try:
        yield
    finally:
        _ON_EVERY_DEVICE.reset(before)


def lowest_and_highest(x: Tensor) -> tuple[int, int]:
    """Return the smallest and the largest of integers as Python's, so that bounds need not fit the dtype of `x`."""
    _check_dense(x)
    low, high = x.aminmax()
    return int(low), int(high)


def _check_dense(x: Tensor) -> None:
    """Raise TypeError for a sparse tensor, which no model here reads."""
    if x.layout != torch.strided:
        raise TypeError(f"expected a dense tensor, got one of layout {x.layout}; call .to_dense()")


def matrix(name: str, x: object, width: int, like: Tensor) -> None:
    """Raise unless `x` is a non-empty finite [batch, `width`] tensor of the dtype and on the device of `like`.

    Raises:
        TypeError: it is not a tensor, or of another dtype.
        ValueError: another shape, another device, an empty batch, NaN or infinity.

    """
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expected a tensor [batch, {width}], got {type(x).__name__}")
    if x.dim() != 2 or x.shape[1] != width:
        raise ValueError(f"{name}: expected shape [batch, {width}], got {list(x.shape)}")
    if x.shape[0] == 0:
        raise ValueError(f"{name}: expected at least one row, got an empty batch [0, {width}]")
    if x.dtype != like.dtype:
        raise TypeError(f"{name}: expected dtype {like.dtype} (the model's), got {x.dtype}")
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device} (the model's), got one on {x.device}")
    if can_read(x) and not torch.isfinite(x).all():
        count = int((~torch.isfinite(x)).sum())
        raise ValueError(f"{name}: expected finite values, got {count} that are NaN or infinite")


def binary_matrix(name: str, x: object, width: int, like: Tensor) -> None:
    """Raise as `matrix` does, or ValueError where an entry of `x` is neither 0 nor 1."""
    matrix(name, x, width, like)
    assert isinstance(x, Tensor)
    if can_read(x) and ((x != 0) & (x != 1)).any():
        wrong = (x != 0) & (x != 1)
        row, column = (int(k) for k in wrong.nonzero()[0])
        raise ValueError(
            f"{name}: expected values in {{0, 1}}, got {x[row, column]:.4g} at [{row}, {column}]"
            f" (range {x.min():.4g} to {x.max():.4g})"
        )


def permutation(name: str, order: Tensor, n: int) -> None:
    """Raise ValueError unless `order` is an integer tensor that holds each of 0 … n-1 once."""
    right = isinstance(order, Tensor) and order.shape == (n,) and order.dtype in INTEGERS
    if not right or (can_read(order) and order.sort().values.tolist() != list(range(n))):
        raise ValueError(f"{name}: expected a permutation of 0 to {n - 1}, got {order}")


def images(name: str, x: object, channels: int | None = None) -> None:
    """Raise unless `x` is a non-empty float tensor [n, channels, height, width] with values in [0, 1].

    Raises:
        TypeError: it is not a tensor, or not of floats.
        ValueError: another shape, an empty batch, or values outside of [0, 1].

    """
    shape = f"[n, {'channels' if channels is None else channels}, height, width]"
    if not isinstance(x, Tensor) or x.layout != torch.strided:
        raise TypeError(f"{name}: expected a tensor {shape}, got {getattr(x, 'layout', type(x).__name__)}")
    if x.dim() != 4 or (channels is not None and x.shape[1] != channels) or 0 in x.shape:
        raise ValueError(f"{name}: expected shape {shape}, none of them 0, got {list(x.shape)}")
    if x.shape[3] in (1, 3, 4) and x.shape[1] > 4:
        raise ValueError(f"{name}: expected shape {shape}, got {list(x.shape)}, channels last: permute(0, 3, 1, 2)")
    if not x.is_floating_point():
        raise TypeError(f"{name}: expected floats in [0, 1], got {x.dtype}; write {name} / 255 for bytes")
    if not can_read(x):
        return
    low, high = x.aminmax()
    if not (low >= -1e-5 and high <= 1 + 1e-5):  # also false for NaN; a resized image may be off by a rounding
        hint = "; undo the normalisation by mean and deviation: models and augmentations do without" if low < 0 else ""
        hint = "; divide bytes by 255" if low >= 0 and high > 2 else hint
        raise ValueError(f"{name}: expected values in [0, 1], got {float(low):.4g} to {float(high):.4g}{hint}")


def floats(name: str, x: object, *shape: int | str, like: Tensor | None = None) -> None:
    """Raise unless `x` is a non-empty tensor of floats of this shape; a word stands for any size, "..." for several.

    Raises:
        TypeError: it is not a tensor of floats, or of another dtype or on another device than `like`.
        ValueError: another shape.

    """
    wanted = f"[{', '.join(map(str, shape))}]"
    if not isinstance(x, Tensor) or not x.is_floating_point() or x.layout != torch.strided:
        got = f"{x.dtype} {list(x.shape)} ({x.layout})" if isinstance(x, Tensor) else type(x).__name__
        hints = {torch.uint8: f"; write {name} / 255 for bytes", torch.bool: f"; write {name}.float() for booleans"}
        hint = hints.get(x.dtype, "") if isinstance(x, Tensor) else ""
        raise TypeError(f"{name}: expected floats {wanted}, got {got.replace(' (torch.strided)', '')}{hint}")
    _shape(name, x, shape)
    if like is not None and (x.device != like.device or (x.dtype != like.dtype and not autocast_enabled(x))):
        raise TypeError(f"{name}: expected {like.dtype} on {like.device}, got {x.dtype} on {x.device}")


def integers(name: str, x: object, *shape: int | str, low: int = 0, high: float = math.inf) -> None:
    """Raise unless `x` is a non-empty tensor of integers from `low` to `high`, of a shape as for `floats`.

    Raises:
        TypeError: it is not a tensor of integers.
        ValueError: another shape, or other integers.

    """
    expected = f"{name}: expected integers [{', '.join(map(str, shape))}]"
    if not isinstance(x, Tensor) or x.dtype not in INTEGERS:
        raise TypeError(f"{expected}, got {x.dtype if isinstance(x, Tensor) else type(x).__name__}")
    _shape(name, x, shape)
    least, most = lowest_and_highest(x) if can_read(x) else (low, low)
    if not low <= least <= most <= high:
        bounds = f"from {low} to {high}" if math.isfinite(high) else f"of at least {low}"
        raise ValueError(f"{expected} {bounds}, got {least} to {most}")


def has_values(name: str, x: Tensor) -> None:
    """Raise ValueError for a tensor on the device "meta", of which nothing can be read."""
    if x.is_meta:
        raise ValueError(f"{name}: expected a tensor with values, got one on the device meta")


def _shape(name: str, x: Tensor, shape: tuple[int | str, ...]) -> None:
    """Raise ValueError unless `x` has this shape."""
    wanted = f"[{', '.join(map(str, shape))}]"
    if "..." in shape:  # as many sizes as are missing
        at, more = shape.index("..."), max(0, x.dim() - len(shape) + 1)
        shape = (*shape[:at], *["..."] * more, *shape[at + 1 :])
    fits = x.dim() == len(shape) and all(a == b for a, b in zip(shape, x.shape, strict=True) if isinstance(a, int))
    if not fits or 0 in x.shape:
        raise ValueError(f"{name}: expected shape {wanted}, none of them 0, got {list(x.shape)}")
