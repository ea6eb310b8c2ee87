"""Checks of arguments: each failure is one line that names the argument, what was expected and what came."""

from collections.abc import Container

import torch
from torch import Tensor


def positive_int(name: str, value: object) -> None:
    """Raise unless `value` is an integer of at least 1.

    Raises:
        TypeError: it is no integer.
        ValueError: it is smaller than 1.

    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected a positive integer, got {value!r} ({type(value).__name__})")
    if value < 1:
        raise ValueError(f"{name}: expected a positive integer, got {value}")


def one_of(name: str, value: object, known: Container[object] | list[str]) -> None:
    """Raise ValueError unless `value` is among the `known` ones."""
    if value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(map(str, known))}, got {value!r}")  # type: ignore[arg-type]


def matrix(name: str, x: object, width: int, like: Tensor) -> None:
    """Raise unless `x` is a non-empty finite [batch, `width`] tensor of the dtype and on the device of `like`.

    Raises:
        TypeError: it is no tensor, or of another dtype.
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
    if not torch.isfinite(x).all():
        count = int((~torch.isfinite(x)).sum())
        raise ValueError(f"{name}: expected finite values, got {count} that are NaN or infinite")


def binary_matrix(name: str, x: object, width: int, like: Tensor) -> None:
    """Raise as `matrix` does, or ValueError where an entry of `x` is neither 0 nor 1."""
    matrix(name, x, width, like)
    assert isinstance(x, Tensor)
    wrong = (x != 0) & (x != 1)
    if wrong.any():
        row, column = (int(k) for k in wrong.nonzero()[0])
        raise ValueError(
            f"{name}: expected values in {{0, 1}}, got {x[row, column]:.4g} at [{row}, {column}]"
            f" (range {x.min():.4g} to {x.max():.4g})"
        )


def integer_between(name: str, value: object, low: int, high: int) -> None:
    """Raise unless `value` is an integer from `low` to `high`.

    Raises:
        TypeError: it is no integer.
        ValueError: it is outside.

    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected an integer from {low} to {high}, got {value!r} ({type(value).__name__})")
    if not low <= value <= high:
        raise ValueError(f"{name}: expected an integer from {low} to {high}, got {value}")


def images(name: str, x: object, channels: int | None = None) -> None:
    """Raise unless `x` is a non-empty float tensor [n, channels, height, width] with values in [0, 1].

    Raises:
        TypeError: it is no tensor, or not of floats.
        ValueError: another shape, an empty batch, or values outside of [0, 1].

    """
    shape = f"[n, {'channels' if channels is None else channels}, height, width]"
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expected a tensor {shape}, got {type(x).__name__}")
    if x.dim() != 4 or (channels is not None and x.shape[1] != channels) or 0 in x.shape:
        raise ValueError(f"{name}: expected shape {shape}, none of them 0, got {list(x.shape)}")
    if not x.is_floating_point():
        raise TypeError(f"{name}: expected floats in [0, 1], got {x.dtype}; write {name} / 255 for bytes")
    low, high = x.aminmax()
    if not (low >= -1e-5 and high <= 1 + 1e-5):  # also false for NaN; a resized image may be off by a rounding
        raise ValueError(f"{name}: expected values in [0, 1], got {float(low):.4g} to {float(high):.4g}")


def probability(name: str, value: object) -> None:
    """Raise unless `value` is a number in [0, 1].

    Raises:
        TypeError: it is no number.
        ValueError: it is outside.

    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: expected a number in [0, 1], got {value!r} ({type(value).__name__})")
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: expected a number in [0, 1], got {value}")
