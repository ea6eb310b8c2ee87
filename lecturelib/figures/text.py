"""Pictures of texts: characters on coloured cells, and the predictions of language models."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import CenteredNorm, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from lecturelib import checks
from lecturelib.figures.style import BLUE, FONT, INK, WIDTH, hide_axes, label_axes, new_figure, numbers

COLUMNS = 64  # characters per line: what 7 inches have room for in the font size of all figures
SHOWN = {" ": "␣", "\n": "↵"}
ONE_SIDED = LinearSegmentedColormap.from_list("white to orange", ["#FFFFFF", "#F5B54A", "#D98200"])
TWO_SIDED = LinearSegmentedColormap.from_list("blue to orange", ["#5AA9DC", "#FFFFFF", "#F0A030"])


def colored_text(
    text: str, values: ArrayLike, *, label: str, two_sided: bool = False, high: float | None = None
) -> Figure:
    """Draw `text` with a coloured cell behind each character; a line ends at a line feed, or after 64 characters.

    Args:
        text: what to draw.
        values: one number per character.
        label: what the numbers are, beside the scale of the colours.
        two_sided: blue below 0, orange above, as far to both sides; otherwise from white at 0 to orange.
        high: the value from which on the colour is full; default the largest.

    Raises:
        ValueError: an empty text, not one finite value per character, or a `high` that is not above 0.

    """
    shades = numbers("values", values)
    if not text:
        raise ValueError("text: expected at least one character, got an empty string")
    if shades.shape != (len(text),) or not np.isfinite(shades).all():
        raise ValueError(f"values: expected {len(text)} finite numbers, one per character, got shape {shades.shape}")
    most = float(np.abs(shades).max() if two_sided else shades.max()) if high is None else high
    if not most > 0:
        raise ValueError(f"high: expected a number above 0, got {most}")
    norm = CenteredNorm(0, most) if two_sided else Normalize(0, most)
    colours = TWO_SIDED if two_sided else ONE_SIDED
    positions = _positions(text)
    rows = positions[-1][0] + 1
    fig, ax = new_figure(WIDTH, 0.235 * rows + 0.65)
    for letter, value, (row, column) in zip(text, shades, positions, strict=True):
        ax.add_patch(Rectangle((column, row), 1, 1, color=colours(norm(value)), linewidth=0))
        ax.text(
            column + 0.5,
            row + 0.54,
            "↵" if letter == "\n" else letter,
            ha="center",
            va="center",
            fontsize=FONT,
            family="DejaVu Sans Mono",
            color=INK,
            parse_math=False,
        )
    ax.set(xlim=(0, COLUMNS), ylim=(rows, 0))
    hide_axes(ax, frame=False)
    bar = fig.colorbar(
        ScalarMappable(norm, colours), ax=ax, location="bottom", shrink=0.5, aspect=40, pad=0.02, fraction=0.08
    )
    bar.set_label(label, fontsize=FONT, color=INK, parse_math=False)
    bar.ax.tick_params(labelsize=FONT, colors=INK)
    return fig


def _positions(text: str) -> list[tuple[int, int]]:
    """Return row and column of each character; a line feed is at the end of its line."""
    positions, row, column = [], 0, 0
    for letter in text:
        if column == COLUMNS:
            row, column = row + 1, 0
        positions.append((row, column))
        row, column = (row + 1, 0) if letter == "\n" else (row, column + 1)
    return positions


def next_symbols(expected: Mapping[str, ArrayLike], symbols: Sequence[str], *, top: int = 6) -> Figure:
    """Draw the most probable next symbols after each of some beginnings as bars, the most probable on top.

    Args:
        expected: beginning of a text, and the probabilities of all symbols after it.
        symbols: their names; a space is shown as ␣, a line feed as ↵.
        top: number of bars.

    Raises:
        TypeError, ValueError: no beginning, not one probability per symbol, or `top` is not a positive integer.

    """
    top = checks.positive_int("top", top)
    if not expected:
        raise ValueError("expected: expected at least one beginning, got none")
    fig, axes = new_figure(WIDTH, 0.27 * min(top, len(symbols)) + 0.9, 1, len(expected))
    for ax, (beginning, probabilities) in zip(axes[0], expected.items(), strict=True):
        p = numbers("expected", probabilities)
        if p.shape != (len(symbols),) or (p < 0).any() or not np.isclose(p.sum(), 1, atol=1e-3):
            raise ValueError(
                f"expected: expected {len(symbols)} probabilities after {beginning!r}, got shape {p.shape}, "
                f"sum {p.sum():.4g}"
            )
        best = np.argsort(-p, kind="stable")[:top]
        ax.barh(range(len(best)), p[best], color=BLUE, height=0.7)
        names = [SHOWN.get(symbols[i], symbols[i]) for i in best]
        ax.set_yticks(range(len(best)), names, family="DejaVu Sans Mono", parse_math=False)
        ax.invert_yaxis()
        ax.set(xlim=(0, 1), xticks=(0, 0.5, 1))
        label_axes(ax, "probability", "")
        ax.set_title(beginning, fontsize=FONT, color=INK, family="DejaVu Sans Mono", parse_math=False)
    return fig


def hidden_words(expected: Mapping[str, Mapping[str, float]], *, top: int = 6) -> Figure:
    """Draw a masked language model's probabilities in each text: the lecture's bars over all words of the dictionary.

    The most probable words are in alphabetical order, between the dictionary's first and last word.

    Args:
        expected: text with [MASK], and the probability of every word in its place; one or two per line.
        top: number of words besides the first and the last.

    Raises:
        ValueError: no text, or one without words or with probabilities that do not add up to 1.
        TypeError: `top` is not a positive integer.

    """
    top = checks.positive_int("top", top)
    if not expected:
        raise ValueError("expected: expected at least one text, got none")
    for text, p in expected.items():
        if not p or min(p.values()) < 0 or not np.isclose(sum(p.values()), 1, atol=1e-3):
            raise ValueError(
                f"expected: expected probabilities of words for {text!r}, got {len(p)}, sum {sum(p.values()):.4g}"
            )
    rows = -(-len(expected) // 2)
    fig, axes = new_figure(WIDTH, rows * (0.2 * (top + 4) + 0.75), rows, min(2, len(expected)))
    for ax in axes.flat[len(expected) :]:
        ax.set_axis_off()
    for ax, (text, p) in zip(axes.flat, expected.items(), strict=False):
        ends = sorted(word for word in p if word.isascii() and word.isalpha()) or sorted(p)
        best = sorted(p, key=lambda word: -p[word])[:top]
        lines = [ends[0], "⋮", *sorted(word for word in best if word not in (ends[0], ends[-1])), "⋮", ends[-1]]
        values = [p.get(word, 0.0) for word in lines]
        ax.barh(range(len(lines)), values, color=BLUE, height=0.7)
        for y, (word, value) in enumerate(zip(lines, values, strict=True)):
            if word != "⋮":
                ax.text(value, y, f" {100 * value:.1f}%", va="center", fontsize=FONT, color=INK)
        ax.set_yticks(range(len(lines)), lines, parse_math=False)
        ax.invert_yaxis()
        ax.set(xlim=(0, 1.4 * max(values)), xticks=())
        label_axes(ax, "", "")
        ax.spines["bottom"].set_visible(False)
        ax.set_title(fill(text, 34), fontsize=FONT, color=INK, parse_math=False)
    return fig
