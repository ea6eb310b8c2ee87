"""Diagrams of how a model works: the raster order, and NADE's shared columns."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lecturelib import checks
from lecturelib.figures.style import (
    BLUE,
    COLORS,
    FEW,
    FONT,
    GREY,
    INK,
    VERMILION,
    WIDTH,
    hide_axes,
    new_figure,
    spread,
)


def raster_order(height: int, width: int, i: int) -> Figure:
    """Draw the raster order of a grid: x_{<i} shaded, x_i marked, the pixels after it white.

    Small grids show the number of every pixel, large ones the path through the pixels before x_i.

    Args:
        height, width: of the grid.
        i: the pixel that is being predicted, from 1 to height · width as in the lecture.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there is no pixel i.

    """
    checks.positive_int("height", height)
    checks.positive_int("width", width)
    checks.positive_int("i", i)
    if i > height * width:
        raise ValueError(f"i: expected a pixel from 1 to {height * width}, got {i}")
    side = min(0.42, 4.2 / max(height, width))
    fig, ax = new_figure(width * side + 1.9, height * side + 0.2)
    order = np.arange(1, height * width + 1).reshape(height, width)
    ax.imshow(np.sign(order - i), cmap=ListedColormap(["#BFE0F5", VERMILION, "white"]), vmin=-1, vmax=1)
    ax.set_anchor("W")
    ax.set(xticks=np.arange(-0.5, width), yticks=np.arange(-0.5, height), xticklabels=[], yticklabels=[])
    ax.grid(color="#C8C8C8", linewidth=0.6)
    ax.tick_params(length=0)
    row, column = divmod(i - 1, width)
    if max(height, width) <= FEW:
        for (r, c), number in np.ndenumerate(order):
            colour = "white" if number == i else INK if number < i else GREY
            ax.text(c, r, str(number), ha="center", va="center", fontsize=FONT, color=colour)
    else:
        for r in range(row + 1):
            end = column - 0.9 if r == row else width - 1
            if end > 0:
                ax.annotate("", (end, r), (-0.3, r), arrowprops={"arrowstyle": "->", "color": BLUE, "linewidth": 0.9})
    labels: list[tuple[str, float, str]] = [(rf"$x_i$, $i = {i}$", float(row), "#B34700")]
    if i > 1:
        labels.append((r"$x_{<i}$: known", 0.4 * row - 0.1, BLUE))
    if i < height * width:
        labels.append((r"$x_{>i}$: not yet", (row + height) / 2 + 0.1, INK))
    for (text, _, colour), at in zip(labels, spread([at for _, at, _ in labels], 0.2 / side), strict=True):
        ax.annotate(text, (width - 0.2, at), va="center", fontsize=FONT + 1, color=colour, annotation_clip=False)
    return fig


def tied_columns(columns: int, shown: Sequence[int]) -> Figure:
    """Draw how NADE ties its weights: A_i is the first i - 1 columns of W, and a column keeps its colour.

    Args:
        columns: number of columns of W.
        shown: which A_i to draw, 2 ≤ i ≤ columns + 1.

    Raises:
        ValueError: an A_i without columns, or with more than W has.

    """
    if not shown or min(shown) < 2 or max(shown) > columns + 1:
        raise ValueError(f"shown: expected some of 2 to {columns + 1}, got {list(shown)}")
    named = [(f"$A_{{{i}}}$", i - 1) for i in shown] + [("$W$", columns)]
    fig, axes = new_figure(WIDTH, 2.0, 1, len(named))
    for ax, (name, count) in zip(axes[0], named, strict=True):
        hide_axes(ax)
        ax.set(xlim=(0, columns), ylim=(-1.4, 4))
        ax.set_title(name, fontsize=FONT, color=INK)
        for j in range(count):
            ax.add_patch(Rectangle((j + 0.08, 0), 0.84, 4, color=COLORS[j % len(COLORS)]))
            ax.text(j + 0.5, -0.7, f"$w_{{{j + 1}}}$", ha="center", color=INK, fontsize=FONT)
    return fig
