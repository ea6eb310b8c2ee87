"""Pictures of the transformer: one block, how attention makes its weights, and the weights themselves."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from torch import Tensor

from lecturelib.figures.style import (
    BLUE,
    FONT,
    GREEN,
    GREY,
    INK,
    PURPLE,
    VERMILION,
    WIDTH,
    hide_axes,
    new_figure,
    numbers,
    words_of,
)

MOST_NUMBERS = 6  # words per side whose weights are written into their cells


def transformer_block() -> Figure:
    """Draw a block with its two residual connections, and beside it what attention does for one word."""
    fig, axes = new_figure(WIDTH, 4.3, 1, 2)
    for ax, title in zip(axes[0], ("one block", "attention, for word i"), strict=True):
        hide_axes(ax, frame=False)
        ax.set(xlim=(-1.9, 1.9), ylim=(-0.4, 6.6))
        ax.set_title(title, fontsize=FONT, color=INK)
    _block(axes[0, 0])
    _attention(axes[0, 1])
    return fig


def attention_maps(
    weights: Float[Tensor, "heads words words"], words: Sequence[str], titles: Sequence[str] = ()
) -> Figure:
    """Draw attention weights as a matrix per head: in row i, how much word i takes from each word.

    Args:
        weights: each row sums to 1; at most four heads.
        words: the text; of up to six words the weights are written into the cells.
        titles: one for each head; none by default.

    Raises:
        ValueError: weights of another shape, more than four heads, or not one title for each.

    """
    words, every = words_of("words", words), numbers("weights", weights)
    n, heads = len(words), len(every)
    if every.shape != (heads, n, n) or not 1 <= heads <= 4:
        raise ValueError(f"weights: expected shape [1 to 4, {n}, {n}], got {list(every.shape)}")
    if titles and len(titles) != heads:
        raise ValueError(f"titles: expected {heads}, one for each head, got {len(titles)}")
    side = min(3.4, (WIDTH - 1.2) / min(heads, 2))
    fig, axes = new_figure(
        WIDTH if heads > 1 else side + 1.4, (side + 0.6) * -(-heads // 2), -(-heads // 2), min(heads, 2)
    )
    for ax in axes.flat[heads:]:
        ax.set_axis_off()
    for k, (ax, a) in enumerate(zip(axes.flat, every, strict=False)):
        ax.imshow(a, cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(range(n), words, rotation=0 if n <= MOST_NUMBERS else 90, parse_math=False)
        ax.set_yticks(range(n), words if k % 2 == 0 else n * [""], parse_math=False)
        ax.tick_params(length=0, labelsize=FONT, colors=INK)
        ax.spines[:].set(color="#B0B0B0", linewidth=0.6)
        if titles:
            ax.set_title(titles[k], fontsize=FONT, color=INK, parse_math=False)
        if n <= MOST_NUMBERS:
            for (i, j), value in np.ndenumerate(a):
                ax.text(
                    j, i, f"{value:.2f}", ha="center", va="center", fontsize=FONT, color=INK if value < 0.6 else "w"
                )
    return fig


def _block(ax: Axes) -> None:
    _label(ax, (0, -0.2), "hidden states h, one per word")
    for bottom, name, colour in ((0.55, "attention", VERMILION), (3.3, "feed-forward", GREEN)):
        _arrow(ax, (0, bottom - 0.5), (0, bottom))
        _box(ax, (0, bottom + 0.3), "norm", GREY, 1.3)
        _arrow(ax, (0, bottom + 0.58), (0, bottom + 0.9))
        _box(ax, (0, bottom + 1.2), name, colour, 1.7)
        _arrow(ax, (0, bottom + 1.48), (0, bottom + 1.85))
        _box(ax, (0, bottom + 2.05), "+", INK, 0.4)
        ax.plot([0, 1.35, 1.35], [bottom - 0.25, bottom - 0.25, bottom + 2.05], color=BLUE, linewidth=1.4, zorder=1)
        _arrow(ax, (1.35, bottom + 2.05), (0.24, bottom + 2.05), BLUE)
    _arrow(ax, (0, 5.6), (0, 6.15))
    _label(ax, (0, 6.35), "new hidden states")
    _label(ax, (-1.35, 1.75), "mixes\nwords", VERMILION)
    _label(ax, (-1.4, 4.5), "each word\nalone", GREEN)


def _attention(ax: Axes) -> None:
    for x, name in ((-1.25, r"$h_i$"), (0.0, r"$h_j$"), (1.25, r"$h_j$")):
        _label(ax, (x, -0.2), name)
        _arrow(ax, (x, 0.05), (x, 0.85))
    for x, name, colour in (
        (-1.25, r"$q_i = W_q h_i$", BLUE),
        (0.0, r"$k_j = W_k h_j$", PURPLE),
        (1.25, r"$v_j = W_v h_j$", GREEN),
    ):
        _box(ax, (x, 1.15), name, colour, 1.1)
    _arrow(ax, (-1.1, 1.43), (-0.75, 2.1))
    _arrow(ax, (-0.1, 1.43), (-0.5, 2.1))
    _box(ax, (-0.62, 2.4), r"$s_{ij} = q_i \cdot k_j \,/ \sqrt{d_k}$", INK, 1.9)
    _arrow(ax, (-0.62, 2.68), (-0.62, 3.4))
    _box(ax, (-0.62, 3.7), r"$a_{ij} = \mathrm{softmax}_j(s_{ij})$", VERMILION, 1.9)
    _arrow(ax, (-0.5, 3.98), (-0.1, 4.75))
    _arrow(ax, (1.25, 1.43), (0.45, 4.75))
    _box(ax, (0.15, 5.05), r"$\Sigma_j\; a_{ij}\, v_j$", GREEN, 1.2)
    _arrow(ax, (0.15, 5.33), (0.15, 6.1))
    _label(ax, (0.15, 6.35), "what word i takes")


def _box(ax: Axes, at: tuple[float, float], text: str, colour: str, width: float) -> None:
    corner = (at[0] - width / 2, at[1] - 0.24)
    style = "round,pad=0.03"
    ax.add_patch(
        FancyBboxPatch(corner, width, 0.48, boxstyle=style, facecolor="white", edgecolor=colour, linewidth=1.4)
    )
    _label(ax, at, text)


def _label(ax: Axes, at: tuple[float, float], text: str, colour: str = INK) -> None:
    ax.text(*at, text, ha="center", va="center", fontsize=FONT, color=colour)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = GREY) -> None:
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, color=colour, linewidth=1.3))
