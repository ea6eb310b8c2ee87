"""Checks of arguments that are no tensors: numbers, names, paths and generators."""

import math
from collections.abc import Container, Iterable
from numbers import Integral, Real
from pathlib import Path

import torch


def positive_int(name: str, value: object) -> int:
    """Return `value`, Python's or NumPy's, as an int, or raise unless it is an integer of at least 1.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is smaller than 1.

    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}: expected a positive integer, got {value!r} ({type(value).__name__})")
    if int(value) < 1:
        raise ValueError(f"{name}: expected a positive integer, got {value}")
    return int(value)


def integer_between(name: str, value: object, low: int, high: int) -> int:
    """Return `value`, Python's or NumPy's, as an int, or raise unless it is an integer from `low` to `high`.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is outside.

    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}: expected an integer from {low} to {high}, got {value!r} ({type(value).__name__})")
    if not low <= int(value) <= high:
        raise ValueError(f"{name}: expected an integer from {low} to {high}, got {value}")
    return int(value)


def number(
    name: str,
    value: object,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """Return `value`, Python's or NumPy's, as a float, or raise unless it is a finite number within the bounds.

    Args:
        name: of the argument, for the message.
        value: any object.
        low, high: bounds that are allowed themselves.
        above, below: bounds that are not.

    Raises:
        TypeError: it is not a number.
        ValueError: it is outside, NaN or infinite.

    """
    if low > -math.inf and high < math.inf:
        expected = f"a number from {low:g} to {high:g}"
    else:
        bounds = {"of at least": low, "above": above, "at most": high, "below": below}
        words = [f"{word} {bound:g}" for word, bound in bounds.items() if math.isfinite(bound)]
        expected = " ".join(["a finite number", " and ".join(words)]).strip()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}: expected {expected}, got {value!r} ({type(value).__name__})")
    result = float(value)
    if not (math.isfinite(result) and low <= result <= high and above < result < below):
        raise ValueError(f"{name}: expected {expected}, got {value}")
    return result


def probability(name: str, value: object) -> float:
    """Return `value`, Python's or NumPy's, as a float, or raise unless it is a number in [0, 1].

    Raises:
        TypeError: it is not a number.
        ValueError: it is outside.

    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}: expected a number in [0, 1], got {value!r} ({type(value).__name__})")
    if not 0 <= float(value) <= 1:
        raise ValueError(f"{name}: expected a number in [0, 1], got {value}")
    return float(value)


def interval(name: str, value: object, *, highest: float = math.inf) -> tuple[float, float]:
    """Return the ends of a range as floats, or raise unless 0 < low <= high <= `highest`, both finite.

    Raises:
        TypeError: it is not a list of two numbers.
        ValueError: a range is empty, or beyond the bounds.

    """
    expected = "0 < low <= high" + (f" <= {highest:g}" if math.isfinite(highest) else "")
    pair = list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes | set | dict) else []
    if len(pair) != 2 or any(isinstance(end, bool) or not isinstance(end, Real) for end in pair):
        raise TypeError(f"{name}: expected two numbers, {expected}, got {value!r} ({type(value).__name__})")
    low, high = (float(end) for end in pair)
    if not (0 < low <= high <= highest and math.isfinite(high)):
        raise ValueError(f"{name}: expected {expected}, got {value}")
    return low, high


def one_of(name: str, value: object, known: Container[object] | list[str]) -> None:
    """Raise ValueError unless `value` is among the `known` ones."""
    if value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(map(str, known))}, got {value!r}")  # type: ignore[arg-type]


def path(name: str, value: object) -> Path:
    """Return `value` as a Path, or raise unless it is a string or a Path that can name a file.

    Raises:
        TypeError: it is something else.
        ValueError: it is empty, or has a character 0.

    """
    if not isinstance(value, str | Path):
        raise TypeError(f"{name}: expected a path, a string or a pathlib.Path, got {type(value).__name__}")
    if value == "" or "\0" in str(value):
        raise ValueError(f"{name}: expected the path of a file, got {str(value)!r}")
    return Path(value)


def generator(name: str, value: object) -> None:
    """Raise TypeError unless `value` is a torch.Generator or None."""
    if value is not None and not isinstance(value, torch.Generator):
        raise TypeError(f"{name}: expected a torch.Generator or None, got {value!r} ({type(value).__name__})")
