"""Pictures of predictive learning with words: who is predicted from whom, and through which weights."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lecturelib.figures.style import BLUE, FONT, GREEN, GREY, INK, VERMILLION, WIDTH, bare, new_figure


def next_word_network(context: Sequence[str], word: str) -> Figure:
    """Draw the neural language model: words, their features C, a hidden layer, a softmax over the next word.

    Args:
        context: the words before, the oldest first; two to five.
        word: the one that came.

    Raises:
        ValueError: fewer than two words before, or more than five.

    """
    if not 2 <= len(context) <= 5:
        raise ValueError(f"context: expected 2 to 5 words, got {len(context)}")
    n = len(context)
    fig, ax = new_figure(WIDTH, 3.7)
    bare(ax, frame=False)
    ax.set(xlim=(-0.62, n + 0.3), ylim=(-0.45, 4.5))
    middle = (n - 1) / 2
    for k, token in enumerate(context):
        back = n - k
        _box(ax, (k, 0), token, INK, width=0.86)
        _arrow(ax, (k, 0.26), (k, 0.78), BLUE)
        _box(ax, (k, 1.05), f"$C(w_{{t-{back}}})$", BLUE, width=0.86)
        _arrow(ax, (k, 1.31), (middle + 0.42 * (k - middle), 1.98), VERMILLION)
    _box(ax, (middle, 2.25), r"$a = \tanh(d + H x)$", VERMILLION, width=2.2)
    _arrow(ax, (middle, 2.51), (middle, 3.03), GREEN)
    _box(ax, (middle, 3.3), r"$p = \mathrm{softmax}(b + U a)$", GREEN, width=2.6)
    _arrow(ax, (middle, 3.56), (middle, 3.98), GREY)
    ax.text(middle, 4.2, rf"$p(w_t)$: “{word}” came", ha="center", va="center", fontsize=FONT, color=INK)
    notes = ((1.05, "one table C\nfor all places", BLUE), (2.25, "$x$: their features\nin one row", VERMILLION))
    for y, note, colour in notes:
        ax.text(n - 0.5, y, note, ha="left", va="center", fontsize=FONT, color=colour)
    return fig


def cbow_and_skip_gram(words: Sequence[str]) -> Figure:
    """Draw the two ways to predict within a window: the middle word from its neighbours, and the neighbours from it.

    Args:
        words: the window, three or five words, the middle one in the middle.

    Raises:
        ValueError: another number of words.

    """
    if len(words) not in (3, 5):
        raise ValueError(f"words: expected 3 or 5, got {len(words)}")
    centre = len(words) // 2
    fig, axes = new_figure(WIDTH, 3.2, 1, 2)
    titles = (
        "CBOW: the middle word\nfrom the sum of its neighbours",
        "Skip-gram: each neighbour\nfrom the middle word",
    )
    for ax, title, skip in zip(axes[0], titles, (False, True), strict=True):
        bare(ax, frame=False)
        ax.set(xlim=(-0.6, len(words) - 0.4), ylim=(-0.5, 2.9))
        ax.set_title(title, fontsize=FONT, color=INK)
        below, above = (0.0, 2.3)
        for k, token in enumerate(words):
            source = (k == centre) == skip
            y = below if source else above
            name = rf"$w_{{{'t' if k == centre else f't{k - centre:+d}'}}}$"
            _box(ax, (k, y), token, BLUE if source else GREEN, width=0.9)
            ax.text(k, y + (-0.36 if source else 0.4), name, ha="center", va="center", fontsize=FONT, color=GREY)
            if k == centre:
                continue
            if skip:
                _arrow(ax, (centre, below + 0.26), (k, above - 0.26), VERMILLION)
            else:
                _arrow(ax, (k, below + 0.26), (centre, 1.02), VERMILLION)
        if not skip:
            _box(ax, (centre, 1.22), "sum", VERMILLION, width=0.8)
            _arrow(ax, (centre, 1.46), (centre, above - 0.26), VERMILLION)
    return fig


def _box(ax: Axes, at: tuple[float, float], text: str, colour: str, *, width: float) -> None:
    corner = (at[0] - width / 2, at[1] - 0.2)
    ax.add_patch(
        FancyBboxPatch(
            corner, width, 0.4, boxstyle="round,pad=0.02", facecolor="white", edgecolor=colour, linewidth=1.4, zorder=3
        )
    )
    ax.text(*at, text, ha="center", va="center", fontsize=FONT, color=INK, zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, color=colour, linewidth=1.3, zorder=2)
    )
