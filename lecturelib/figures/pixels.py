"""What a pixel reads in the relatives of the PixelCNN: two stacks, the rows of a Row LSTM, and two scales."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Patch, Rectangle

from lecturelib import checks
from lecturelib.figures.masks import LINE, SEEN, UNSEEN
from lecturelib.figures.style import BLUE, FEW, FONT, GREY, INK, SKY, VERMILION, WIDTH, hide_axes, new_figure


def gated_stacks() -> Figure:
    """Draw one layer of the Gated PixelCNN: what its two stacks read, and how they are connected.

    After Figure 2 of van den Oord et al., "Conditional Image Generation with PixelCNN Decoders", 2016.
    """
    fig, axes = new_figure(WIDTH, 3.5, 1, 2)
    left, right = axes[0]
    left.set_box_aspect(1)
    for ax in (left, right):
        hide_axes(ax, frame=False)
    _reads(left)
    right.set(xlim=(-0.2, 10.2), ylim=(-0.6, 10))
    for x, stack in ((2, "vertical"), (7.6, "horizontal")):
        right.text(x, 0, f"{stack} stack", ha="center", va="center", fontsize=FONT, color=INK)
        _arrow(right, (x, 0.45), (x, 1.35))
    _box(right, 2, 2, "conv, rows above", "#BFE0F5")
    _box(right, 7.6, 2, "conv, row so far", "#F6D58F")
    _arrow(right, (2, 2.6), (2, 5.4))
    _arrow(right, (7.6, 2.6), (7.6, 3.9))
    _box(right, 4.9, 4.3, "1 x 1", "white", 1.5)
    _arrow(right, (2, 4.3), (4.15, 4.3))
    _arrow(right, (5.65, 4.3), (7.2, 4.3))
    _plus(right, 7.6, 4.3)
    _arrow(right, (7.6, 4.7), (7.6, 5.4))
    for x in (2, 7.6):
        _box(right, x, 6, r"$\tanh \odot \sigma$", "#E4E4E4")
    _arrow(right, (2, 6.6), (2, 9.4))
    _arrow(right, (7.6, 6.6), (7.6, 7.1))
    _box(right, 7.6, 7.6, "1 x 1", "white", 1.5)
    _arrow(right, (7.6, 8.1), (7.6, 8.4))
    _plus(right, 7.6, 8.8)
    _arrow(right, (7.6, 9.2), (7.6, 9.8))
    right.plot([7.6, 10, 10, 8.2], [0.9, 0.9, 8.8, 8.8], color=GREY, linewidth=1.2)  # the residual connection
    _arrow(right, (8.4, 8.8), (8.0, 8.8))
    right.set_title("one layer", fontsize=FONT, color=INK)
    return fig


def row_lstm_triangle(height: int, width: int, column: int) -> Figure:
    """Draw which states of the rows above reach a pixel of the last row in one Row LSTM layer: a triangle.

    Each state reads three states of the row above it (arrows), so that the triangle is wider by a pixel on either
    side for every row.

    Args:
        height, width: of the grid.
        column: of the predicted pixel in the last row, from 0.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there is no such column.

    """
    height, width = checks.positive_int("height", height), checks.positive_int("width", width)
    column = checks.integer_between("column", column, 0, width - 1)
    fig, ax = _grid(height, width)
    for r in range(height - 1):
        for c in range(width):
            reached = abs(c - column) <= height - 1 - r
            ax.add_patch(_cell(c, r, SEEN) if reached else _cell(c, r, UNSEEN, hatch="////"))
    for c in range(column):
        ax.add_patch(_cell(c, height - 1, UNSEEN, hatch="////"))
    ax.add_patch(_cell(column, height - 1, VERMILION))
    for r in range(height - 1, 0, -1):
        for c in range(width):
            if abs(c - column) <= height - 1 - r:
                for above in {max(c - 1, 0), c, min(c + 1, width - 1)}:
                    _arrow(ax, (above, r - 1 + 0.15), (c, r - 0.15), width=0.8)
    words = {
        "the predicted pixel": Patch(facecolor=VERMILION),
        "its state depends on these": Patch(facecolor=SEEN),
        "earlier, not reached": Patch(facecolor=UNSEEN, edgecolor="#9A6700", hatch="////", linewidth=0),
        "later": Patch(facecolor="white", edgecolor=LINE),
    }
    _legend(fig, words)
    return fig


def multi_scale_order(height: int, width: int, i: int, stride: int = 2) -> Figure:
    """Draw the order of a multi-scale model: the pixels of the small image first (framed), then those between them.

    After Figure 2, centre, of van den Oord et al., "Pixel Recurrent Neural Networks", 2016.

    Args:
        height, width: of the grid.
        i: the pixel that is being predicted, from 1 to height · width in the order of the model.
        stride: distance between the pixels of the small image.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there is no pixel i.

    """
    height, width = checks.positive_int("height", height), checks.positive_int("width", width)
    stride, i = checks.positive_int("stride", stride), checks.integer_between("i", i, 1, height * width)
    rows, columns = np.divmod(np.arange(height * width), width)
    small = (rows % stride == 0) & (columns % stride == 0)
    number = np.empty(height * width, int)
    number[np.argsort(~small, kind="stable")] = np.arange(1, height * width + 1)
    fig, ax = _grid(height, width)
    for r, c, in_s, at in zip(rows.tolist(), columns.tolist(), small.tolist(), number.tolist(), strict=True):
        colour = VERMILION if at == i else "white" if at > i else SKY if in_s else SEEN
        ax.add_patch(_cell(c, r, colour))
        if in_s:
            ax.add_patch(Rectangle((c - 0.44, r - 0.44), 0.88, 0.88, fill=False, edgecolor=BLUE, linewidth=1.6))
        if max(height, width) <= FEW:
            shade = "white" if at == i else INK if at < i else GREY
            ax.text(c, r, str(at), ha="center", va="center", fontsize=FONT, color=shade)
    words = {
        "the predicted pixel": Patch(facecolor=VERMILION),
        "the small image: drawn first": Patch(facecolor=SKY, edgecolor=BLUE),
        "drawn since": Patch(facecolor=SEEN),
        "later": Patch(facecolor="white", edgecolor=LINE),
    }
    _legend(fig, words)
    return fig


def _reads(ax: Axes) -> None:
    """Draw what the two stacks read for one pixel: the rows above it, and its own row up to it."""
    side, row, column = 7, 4, 3
    for r in range(side):
        for c in range(side):
            above, here = r < row, r == row and c < column
            ax.add_patch(_cell(c, r, "#BFE0F5" if above else "#F6D58F" if here else "white"))
    ax.add_patch(_cell(column, row, VERMILION))
    ax.set(xlim=(-0.55, side - 0.45), ylim=(side - 0.45, -0.55))
    ax.text(3, 1.5, "vertical stack:\nall rows above", ha="center", va="center", fontsize=FONT, color=INK)
    words = "horizontal stack: the row so far,\nand what the vertical one found"
    ax.text(3, 5.4, words, ha="center", va="center", fontsize=9, color=INK)
    ax.text(column, row, "$x_i$", ha="center", va="center", fontsize=FONT, color="white")
    ax.set_title("what they read", fontsize=FONT, color=INK)


def _grid(height: int, width: int) -> tuple[Figure, Axes]:
    side = min(0.42, 5.6 / width, 4.2 / height)
    fig, ax = new_figure(max(width * side, 5.6) + 0.2, height * side + 0.8)
    hide_axes(ax, frame=False)
    ax.set(xlim=(-0.55, width - 0.45), ylim=(height - 0.45, -0.55), aspect="equal")
    for r in range(height):
        for c in range(width):
            ax.add_patch(_cell(c, r, "white"))
    return fig, ax


def _cell(column: float, row: float, colour: str, hatch: str | None = None) -> Rectangle:
    edge = "#9A6700" if hatch else LINE
    return Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor=edge, linewidth=0.6, hatch=hatch)


def _box(ax: Axes, x: float, y: float, text: str, colour: str, width: float = 4.0) -> None:
    corner = (x - width / 2, y - 0.5)
    ax.add_patch(FancyBboxPatch(corner, width, 1, boxstyle="round,pad=0.08", facecolor=colour, edgecolor=INK))
    ax.text(x, y, text, ha="center", va="center", fontsize=FONT, color=INK)


def _plus(ax: Axes, x: float, y: float) -> None:
    ax.add_patch(Circle((x, y), 0.4, facecolor="white", edgecolor=INK))
    ax.text(x, y, "+", ha="center", va="center", fontsize=FONT, color=INK)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], width: float = 1.2) -> None:
    style = {"arrowstyle": "->", "color": GREY, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style)


def _legend(fig: Figure, words: dict[str, Patch]) -> None:
    fig.legend(
        list(words.values()),
        list(words),
        loc="outside lower center",
        ncols=2,
        handlelength=1.5,
        frameon=False,
        fontsize=FONT,
        labelcolor=INK,
    )
