"""Colours, sizes and bare axes that all figures share; the reader's own matplotlib settings stay as they are."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, GREY = "#222222", "#767676"
BLUE, ORANGE, GREEN, SKY, VERMILLION, PURPLE = "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#AA4499"
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
FONT = 9.5  # points
WIDTH = 7.0  # inches: the text column of the book, so that a page never shrinks the letters
FEW = 12  # pixels a side that have room for their numbers; points of a curve that are marked one by one
STYLE = {name: value for name, value in plt.rcParamsDefault.items() if not name.startswith(("backend", "interactive"))}


def new_figure(width: float, height: float, rows: int = 0, columns: int = 1) -> tuple[Figure, Any]:
    """Make a white figure with one axes, or with [rows, columns] of them, whatever style the reader has set."""
    size: dict[str, Any] = {"figsize": (width, height), "layout": "constrained", "facecolor": "white"}
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(max(rows, 1), columns, squeeze=rows == 0, **size)
    plt.close(fig)  # the notebook shows the returned figure; left open, it would be shown twice
    return fig, axes


def bare(ax: Axes, *, frame: bool = True) -> None:
    """Take the ticks off, and the frame where it is not wanted."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=frame, color="#B0B0B0", linewidth=0.6)


def plain(ax: Axes, xlabel: str, ylabel: str) -> None:
    """Label both axes and take the upper and right frame off."""
    ax.set_xlabel(xlabel, fontsize=FONT, color=INK)
    ax.set_ylabel(ylabel, fontsize=FONT, color=INK)
    ax.tick_params(which="both", labelsize=FONT, colors=INK)
    ax.spines[["top", "right"]].set_visible(False)


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Move `values` as little as a simple sweep can, so that no two are closer than `gap`; their order stays."""
    result, last = list(values), -np.inf
    for k in np.argsort(values, kind="stable"):
        result[k] = last = max(result[k], last + gap)
    return [value - (sum(result) - sum(values)) / len(result) for value in result]
