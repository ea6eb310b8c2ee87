"""What a pretext network answers: a probability for each turn, or for each direction, beside what it was asked."""

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import BLUE, FONT, GREY, INK, ORANGE, WIDTH, bare, new_figure
from lecturelib.figures.vision import shown


def turn_answers(pictures: Float[Tensor, "n channels height width"], p: Float[Tensor, "n 4"], y: int) -> Figure:
    """Draw turned pictures, and below each what probability the network gives to the four turns; blue is the true one.

    Args:
        pictures: all turned by y · 90 degrees.
        p: probabilities of 0, 90, 180 and 270 degrees.
        y: the true turn, 0 to 3.

    Raises:
        TypeError, ValueError: `pictures` are none, `y` is no turn, or there are not four probabilities for each.

    """
    checks.images("pictures", pictures)
    checks.one_of("y", y, list(range(4)))
    if p.shape != (len(pictures), 4):
        raise ValueError(f"p: expected shape {[len(pictures), 4]}, got {list(p.shape)}")
    fig, axes = new_figure(WIDTH, 2.4, 2, len(pictures))
    for picture, bars, above, below in zip(pictures, p.tolist(), *axes, strict=True):
        bare(above, frame=False)
        above.imshow(shown(picture), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        below.bar(range(4), bars, color=[BLUE if turn == y else ORANGE for turn in range(4)], width=0.7)
        below.set(ylim=(0, 1), yticks=[])
        below.set_xticks(range(4), ["0", "90", "180", "270"], fontsize=FONT - 2.5, color=INK)
        below.spines[["top", "right", "left"]].set_visible(False)
    axes[1, 0].set_ylabel("probability", fontsize=FONT, color=INK)
    return fig


def direction_answer(
    first: Float[Tensor, "channels t t"],
    second: Float[Tensor, "channels t t"],
    p: Float[Tensor, " 8"] | None = None,
    y: int | None = None,
) -> Figure:
    """Draw two patches, and a compass of the eight directions in which the second may lie, seen from the first.

    Args:
        first, second: values from 0 to 1.
        p: the network's probabilities, from above left row by row; without them the compass stays empty.
        y: the true direction, 0 to 7, which gets a frame.

    Raises:
        TypeError, ValueError: patches that are none, `y` is no direction, or there are not eight probabilities.

    """
    checks.images("first, second", torch.stack([first, second]))
    if p is not None and p.shape != (8,):
        raise ValueError(f"p: expected shape [8], got {list(p.shape)}")
    if y is not None:
        checks.one_of("y", y, list(range(8)))
    fig, axes = new_figure(5.6, 2.2, 1, 3)
    left, middle, compass = axes[0]
    for ax, patch, title in ((left, first, "first"), (middle, second, "second: where?")):
        bare(ax)
        ax.imshow(shown(patch), interpolation="nearest")
        ax.set_title(title, fontsize=FONT, color=INK)
    bare(compass)
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
    compass.imshow(shown(first), extent=(0.52, 1.48, 1.48, 0.52), interpolation="nearest")
    compass.set_title("probabilities" if p is not None else "your guess", fontsize=FONT, color=INK)
    return fig
