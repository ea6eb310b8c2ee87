"""Predictions of pretext networks: a probability for each rotation, or for each direction, beside the question."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import (
    BLUE,
    FONT,
    GREY,
    INK,
    ORANGE,
    WIDTH,
    check_pictures,
    draw_picture,
    hide_axes,
    new_figure,
)


def turn_answers(
    pictures: Float[Tensor, "n channels height width"],
    p: Float[Tensor, "n 4"] | None = None,
    y: int | Sequence[int] = 0,
) -> Figure:
    """Draw rotated pictures, and below each the network's probabilities of the four rotations; blue is the true one.

    Args:
        pictures: each rotated by y · 90 degrees.
        p: probabilities of 0, 90, 180 and 270 degrees; without them there are no bars, and nothing gives `y` away.
        y: the true rotation, 0 to 3, of all pictures or one for each.

    Raises:
        TypeError, ValueError: `pictures` are not pictures, `y` is not a rotation or not one for each, or there are not
            four probabilities for each.

    """
    check_pictures("pictures", pictures)
    turns = [y] * len(pictures) if isinstance(y, int) else list(y)
    for turn in turns:
        checks.one_of("y", turn, list(range(4)))
    if len(turns) != len(pictures):
        raise ValueError(f"y: expected one rotation or {len(pictures)}, got {len(turns)}")
    if p is not None and p.shape != (len(pictures), 4):
        raise ValueError(f"p: expected shape {[len(pictures), 4]}, got {list(p.shape)}")
    heights = [[]] * len(pictures) if p is None else p.tolist()
    fig, axes = new_figure(WIDTH, 2.4, 2, len(pictures))
    for picture, bars, true, above, below in zip(pictures, heights, turns, *axes, strict=True):
        hide_axes(above, frame=False)
        draw_picture(above, picture)
        colours = [BLUE if turn == true else ORANGE for turn in range(len(bars))]
        below.bar(range(len(bars)), bars, color=colours, width=0.7)
        below.set_xlim(-0.6, 3.6)
        below.set(ylim=(0, 1), yticks=[])
        below.set_xticks(range(4), ["0", "90", "180", "270"], fontsize=9, color=INK, rotation=90)
        below.spines[["top", "right", "left"]].set_visible(False)
    axes[1, 0].set_ylabel("probability", fontsize=FONT, color=INK)
    return fig


def direction_answer(
    first: Float[Tensor, "channels t t"],
    second: Float[Tensor, "channels t t"],
    p: Float[Tensor, " 8"] | None = None,
    y: int | None = None,
) -> Figure:
    """Draw two patches, and a compass of the eight positions that the second may have relative to the first.

    Args:
        first, second: values from 0 to 1.
        p: the network's probabilities, from the upper left row by row; without them the compass stays empty.
        y: the true direction, 0 to 7, which gets a frame.

    Raises:
        TypeError, ValueError: `first` or `second` is not a picture, they are not of one shape, `y` is not a direction,
            or there are not eight probabilities.

    """
    if first.shape != second.shape:
        raise ValueError(
            f"first, second: expected patches of one shape, got {list(first.shape)} and {list(second.shape)}"
        )
    check_pictures("first, second", torch.stack([first, second]))
    if p is not None and p.shape != (8,):
        raise ValueError(f"p: expected shape [8], got {list(p.shape)}")
    if y is not None:
        checks.one_of("y", y, list(range(8)))
    fig, axes = new_figure(5.6, 2.2, 1, 3)
    left, middle, compass = axes[0]
    for ax, patch, title in ((left, first, "first"), (middle, second, "second: where?")):
        hide_axes(ax)
        draw_picture(ax, patch)
        ax.set_title(title, fontsize=FONT, color=INK)
    hide_axes(compass)
    compass.set(xlim=(-0.5, 2.5), ylim=(2.5, -0.5), aspect="equal")
    for direction in range(8):
        row, column = divmod(direction + (direction > 3), 3)  # the middle of the nine cells is the first patch
        share = 0.0 if p is None else float(p[direction])
        corner = (column - 0.48, row - 0.48)
        compass.add_patch(Rectangle(corner, 0.96, 0.96, facecolor=BLUE, alpha=share, linewidth=0))
        colour, line = (ORANGE, 3.0) if direction == y else (GREY, 0.4)
        compass.add_patch(Rectangle(corner, 0.96, 0.96, fill=False, edgecolor=colour, linewidth=line))
        text = "?" if p is None else f"{100 * share:.0f}%"
        compass.text(column, row, text, ha="center", va="center", fontsize=FONT, color="white" if share > 0.6 else INK)
    draw_picture(compass, first, extent=(0.52, 1.48, 1.48, 0.52))
    compass.set_title("probabilities" if p is not None else "your guess", fontsize=FONT, color=INK)
    return fig
