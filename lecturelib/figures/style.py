"""Colours, sizes and axes that all figures share; the reader's own matplotlib settings stay as they are."""

from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from lecturelib import checks

INK, GREY = "#222222", "#767676"
BLUE, ORANGE, GREEN, SKY, VERMILION, PURPLE = "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#AA4499"
COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
FONT = 9.5  # points
WIDTH = 7.0  # inches: the text column of the book, so that a page never shrinks the letters
FEW = 12  # pixels per side that leave room for their numbers; points of a curve that are marked one by one
STYLE = {
    name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith(("backend", "interactive"))
}


def new_figure(width: float, height: float, rows: int = 0, columns: int = 1) -> tuple[Figure, Any]:
    """Return a white figure with one axes, or with [rows, columns] of them, whatever style the reader has set."""
    size: dict[str, Any] = {"figsize": (width, height), "layout": "constrained", "facecolor": "white"}
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(max(rows, 1), columns, squeeze=rows == 0, **size)
    plt.close(fig)  # the notebook shows the returned figure; left open, it would be shown twice
    return fig, axes


def hide_axes(ax: Axes, *, frame: bool = True) -> None:
    """Remove the ticks, and without `frame` the frame."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=frame, color="#B0B0B0", linewidth=0.6)


def numbers(name: str, values: object) -> np.ndarray:
    """Return numbers of a tensor (with or without a gradient, of any precision), an array or an iterable as float64.

    Raises:
        TypeError: they are something else, or not as many in each row.

    """
    if isinstance(values, Tensor) and not (values.is_complex() or values.is_meta):
        return values.detach().cpu().double().numpy()
    try:
        listed: Any = values if hasattr(values, "__len__") else list(values)  # type: ignore[call-overload]
        if isinstance(listed, list | tuple):  # such as losses, each a tensor
            listed = [numbers(name, value) if isinstance(value, Tensor) else value for value in listed]
        found = np.asarray(listed)
        if found.dtype.kind not in "biuf":  # numpy would read a string, and make None a NaN
            raise TypeError
    except (TypeError, ValueError, NotImplementedError):
        got = f"{values!r:.60}".replace("\n", " ")
        raise TypeError(f"{name}: expected numbers, got {got} ({type(values).__name__})") from None
    return found.astype(float)


def finite(name: str, values: object, *shape: int) -> np.ndarray:
    """Return numbers as `numbers` does, or raise ValueError unless they are finite and have this shape."""
    found = numbers(name, values)
    if found.shape != shape or not np.isfinite(found).all():
        got = list(found.shape) if found.shape != shape else "NaN or infinity"
        raise ValueError(f"{name}: expected finite numbers {list(shape)}, got {got}")
    return found


def words_of(name: str, values: object) -> list[str]:
    """Return the words as a list, or raise TypeError where they are not a list of strings in an order."""
    if isinstance(values, str | set | frozenset) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected a list of strings, got {values!r:.60} ({type(values).__name__})")
    found = list(values)
    for word in found:
        if not isinstance(word, str):
            raise TypeError(f"{name}: expected a list of strings, got a {type(word).__name__} among them")
    return found


def label_axes(ax: Axes, xlabel: str, ylabel: str) -> None:
    """Label both axes, in plain text, and remove the upper and right frame."""
    ax.set_xlabel(xlabel, fontsize=FONT, color=INK, parse_math=False)
    ax.set_ylabel(ylabel, fontsize=FONT, color=INK, parse_math=False)
    ax.tick_params(which="both", labelsize=FONT, colors=INK)
    ax.spines[["top", "right"]].set_visible(False)


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Move `values` apart, in one sweep that keeps their order and mean, so that no two are closer than `gap`."""
    result, last = list(values), -np.inf
    for k in np.argsort(values, kind="stable"):
        result[k] = last = max(result[k], last + gap)
    return [value - (sum(result) - sum(values)) / len(result) for value in result]


def legend_below(
    fig: Figure,
    columns: int,
    handles: Sequence[Any] | None = None,
    labels: Sequence[str] = (),
    handlelength: float = 2.0,
) -> None:
    """Put a legend below the axes, in plain text: of `handles` and their `labels`, or of all that has a label."""
    style: dict[str, Any] = {"loc": "outside lower center", "ncols": columns, "frameon": False}
    style |= {"fontsize": FONT, "labelcolor": INK, "handlelength": handlelength}
    legend = fig.legend(**style) if handles is None else fig.legend(list(handles), list(labels), **style)
    for text in legend.get_texts():
        text.set_parse_math(False)


def draw_picture(ax: Axes, picture: Tensor, **where: Any) -> None:
    """Draw [channels, height, width] with values from 0 to 1: three channels are red, green and blue; one is gray."""
    x = picture.detach().cpu().float().clamp(0, 1).numpy()
    image = x[0] if len(x) == 1 else x.transpose(1, 2, 0)
    ax.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="none", **where)  # SVG keeps the pixels as they are


def check_pictures(name: str, pictures: object) -> None:
    """Raise unless `pictures` are floats [n, 1 or 3, height, width] with values in [0, 1].

    Raises:
        TypeError, ValueError: they are not.

    """
    checks.images(name, pictures)
    assert isinstance(pictures, Tensor)
    if pictures.shape[1] not in (1, 3):
        raise ValueError(f"{name}: expected 1 or 3 channels, got {pictures.shape[1]}")
