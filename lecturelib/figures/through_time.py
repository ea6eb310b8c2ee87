"""Unrolled recurrent networks: the gradient's way back, and letters that are read and predicted."""

from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from lecturelib import checks
from lecturelib.figures.style import BLUE, FONT, GREEN, INK, VERMILION, hide_axes, new_figure

FORWARD = "#B0B0B0"  # the forward pass, in the background


def gradient_through_time(steps: int, layers: int = 1) -> Figure:
    """Draw backpropagation through time: the unrolled network in gray, and on it the gradient's way in colour.

    From every loss an arrow leads down to the state that it is computed from, and from there along all earlier states;
    arrows into the shared weights are left out.

    Args:
        steps: number of times, 1 to 4.
        layers: number of layers, 1 or 2.

    Raises:
        TypeError, ValueError: a number is not an integer or outside its range.

    """
    checks.integer_between("steps", steps, 1, 4)
    checks.integer_between("layers", layers, 1, 2)
    wide, top = 1.7, layers + 1.0
    fig, ax = new_figure(1.55 * steps + 0.8, 0.9 * top + 1.0)
    hide_axes(ax, frame=False)
    ax.set(xlim=(-0.75 * wide, (steps - 0.45) * wide), ylim=(-0.3, top + 0.35), aspect="equal")
    for column in range(steps):
        x, i = wide * column, column + 1
        _label(ax, x, 0, f"$x_{i}$")
        _label(ax, x, top, f"$L_{i}$", GREEN)
        _pair(ax, (x, top - 0.73), (x, top - 0.27), GREEN)
        for layer in range(1, layers + 1):
            name = f"$h_{i}$" if layers == 1 else rf"$h^{{({layer})}}_{i}$"
            ax.add_patch(Circle((x, layer), 0.27, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=3))
            _label(ax, x, layer, name)
            _pair(ax, (x, layer - 0.73), (x, layer - 0.27), BLUE)
            if column:
                _pair(ax, (x - wide + 0.27, layer), (x - 0.27, layer), VERMILION)
                if layers == 1:
                    _label(ax, x - wide / 2, layer - 0.33, rf"$W_{{hh}}^\top D_{i}$", VERMILION)
            elif layers == 1:
                _label(ax, x - 0.72, layer, "$h_0$")
                _arrow(ax, (x - 0.5, layer), (x - 0.27, layer), FORWARD)
        if layers == 1:
            _label(ax, x + 0.36, top - 0.42, r"$W_{hy}^\top$", GREEN)
    return fig


def _pair(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """Draw an arrow from `start` to `end` in gray, and beside it one back in colour."""
    along_x = start[1] == end[1]
    dx, dy = (0.0, 0.07) if along_x else (-0.07, 0.0)
    _arrow(ax, (start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy), FORWARD)
    _arrow(ax, (end[0] - dx, end[1] - dy), (start[0] - dx, start[1] - dy), colour, wide=2.2)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, wide: float = 1.2) -> None:
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(start, end, color=colour, linewidth=wide, zorder=2, **style))


def _label(ax: Axes, x: float, y: float, text: str, colour: str = INK) -> None:
    ax.text(x, y, text, ha="center", va="center", fontsize=FONT + 1, color=colour, zorder=4)


def next_letters(text: str) -> Figure:
    """Draw a recurrent network that reads all letters of `text` but the last, and predicts all but the first.

    Args:
        text: two to eight letters; a blank is drawn as ␣, the end of a line as ↵.

    Raises:
        TypeError, ValueError: `text` is not a string of two to eight letters.

    """
    if not isinstance(text, str):
        raise TypeError(f"text: expected a string, got {type(text).__name__}")
    checks.integer_between("text's length", len(text), 2, 8)
    text = text.replace(" ", "␣").replace("\n", "↵")
    last = len(text) - 2
    fig, ax = new_figure(min(0.95 * len(text) + 1.5, 7.0), 2.5)
    hide_axes(ax, frame=False)
    ax.set(xlim=(-2.15, last + 0.5), ylim=(-0.35, 2.35), aspect="equal")
    for x, (read, next_letter) in enumerate(pairwise(text)):
        for y, letter in ((0, read), (2, next_letter)):
            box: dict[str, Any] = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": INK}
            ax.text(x, y, letter, ha="center", va="center", fontsize=FONT + 2, color=INK, bbox=box, parse_math=False)
        ax.add_patch(Circle((x, 1), 0.25, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=3))
        _label(ax, x, 1, f"$h_{x + 1}$")
        _arrow(ax, (x, 0.27), (x, 0.75), BLUE, wide=1.6)
        _arrow(ax, (x, 1.25), (x, 1.73), GREEN, wide=1.6)
        if x < last:
            _arrow(ax, (x + 0.25, 1), (x + 0.75, 1), VERMILION, wide=1.6)
    for y, words in ((0, "reads"), (1, "remembers"), (2, "must predict")):
        ax.text(-0.62, y, words, ha="right", va="center", fontsize=FONT, color=INK)
    return fig
