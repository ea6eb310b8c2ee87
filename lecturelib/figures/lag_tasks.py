"""Tasks on which networks have to remember: the adding problem and the copy problem."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from lecturelib.figures.style import COLORS, FONT, INK, VERMILION, WIDTH, label_axes, new_figure


def adding_problem(x: Tensor, state: Tensor | None = None) -> Figure:
    """Draw one example of the adding problem, and below it the internal state of the cells that read it.

    Args:
        x: [time, 2], values and marks (1 at the two times whose values are to be added).
        state: [time, cells], s after each step, or a difference of two; orange is positive, purple negative.

    Raises:
        ValueError: other shapes.

    """
    if x.dim() != 2 or x.shape[1] != 2:
        raise ValueError(f"x: expected shape [time, 2], got {list(x.shape)}")
    if state is not None and (state.dim() != 2 or len(state) != len(x)):
        raise ValueError(f"state: expected shape [{len(x)}, cells], got {list(state.shape)}")
    fig, axes = new_figure(WIDTH, 1.7 if state is None else 3.6, 1 if state is None else 2)
    ax = axes[0, 0]
    values, marks = x.detach().cpu().double().numpy().T
    colours = [VERMILION if mark else "#B8C4CC" for mark in marks]
    ax.bar(np.arange(1, len(x) + 1), values, color=colours, width=0.8)
    for time in np.flatnonzero(marks):
        ax.text(time + 1, 1.06, f"{values[time]:.2f}", ha="center", fontsize=FONT, color="#B34700")
    ax.set(xlim=(0.3, len(x) + 0.7), ylim=(0, 1.3), yticks=[0, 1])
    label_axes(ax, "time" if state is None else "", "value")
    if state is not None:
        cells = state.detach().cpu().double().numpy().T
        limit = np.abs(cells).max() or 1.0
        below = axes[1, 0]
        extent = (0.5, len(x) + 0.5, len(cells) + 0.5, 0.5)
        shown = below.imshow(
            cells, cmap="PuOr_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest", extent=extent
        )
        below.set(xlim=(0.3, len(x) + 0.7), yticks=[1, len(cells)])
        label_axes(below, "time", "cell")
        bar = fig.colorbar(shown, ax=axes[:, 0].tolist(), shrink=0.5, anchor=(0.0, 0.1))
        bar.ax.tick_params(labelsize=FONT, colors=INK)
        bar.ax.set_title("$\\mathbf{s}$", fontsize=FONT, color=INK)
    return fig


def copy_problem(x: Tensor, y: Tensor) -> Figure:
    """Draw one example of the copy problem: the input at each step, and below the target.

    Args:
        x: [time, symbols + 2], one-hot: the symbols, the blank, the mark.
        y: [answers], the targets at the last steps.

    Raises:
        ValueError: other shapes.

    """
    if x.dim() != 2 or x.shape[1] < 3:
        raise ValueError(f"x: expected shape [time, symbols + 2], got {list(x.shape)}")
    if y.dim() != 1 or not 0 < len(y) <= len(x):
        raise ValueError(f"y: expected shape [answers], at most {len(x)}, got {list(y.shape)}")
    fig, ax = new_figure(WIDTH, 1.3)
    symbols = x.shape[1] - 2
    letters = [*map(chr, range(ord("A"), ord("A") + symbols)), "", "?"]
    ax.add_patch(Rectangle((0.5, 1.1), len(x), 0.8, color="#E4E8EB"))
    wanted = [(len(x) - len(y) + i, k) for i, k in enumerate(y.tolist())]
    read = [(time, k) for time, k in enumerate(x.argmax(dim=1).tolist()) if k != symbols]  # all but blanks
    for height, cells in ((1, read), (0, wanted)):
        for time, k in cells:
            colour = COLORS[k % len(COLORS)] if k < symbols else INK
            ax.add_patch(Rectangle((time + 0.55, height + 0.1), 0.9, 0.8, color=colour))
            ax.text(time + 1, height + 0.5, letters[k], ha="center", va="center", fontsize=FONT, color="white")
    ax.set(xlim=(0.3, len(x) + 0.7), ylim=(0, 2), yticks=[0.5, 1.5], yticklabels=["wanted", "read"])
    label_axes(ax, "time", "")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return fig
