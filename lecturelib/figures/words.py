"""Pictures of predictive learning with words: which word is predicted from which, and through which weights."""

from collections.abc import Sequence
from typing import Any

from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox
from torch import Tensor

from lecturelib.figures.style import (
    BLUE,
    COLORS,
    FONT,
    GREEN,
    GREY,
    INK,
    VERMILION,
    WIDTH,
    finite,
    hide_axes,
    legend_below,
    new_figure,
    numbers,
    words_of,
)

MARKERS = "os^Dv*"  # of groups, beside their colours


def next_word_network(context: Sequence[str], word: str) -> Figure:
    """Draw the neural language model: words, their features C, a hidden layer, a softmax over the next word.

    Args:
        context: the words before, the first one first; two to five.
        word: the next one.

    Raises:
        ValueError: fewer than two words before, or more than five.

    """
    context = words_of("context", context)
    if not 2 <= len(context) <= 5:
        raise ValueError(f"context: expected 2 to 5 words, got {len(context)}")
    n = len(context)
    return _window_network(
        context,
        [f"$C(w_{{t-{n - k}}})$" for k in range(n)],
        r"$a = \tanh(d + H x)$",
        r"$p = \mathrm{softmax}(b + U a)$",
        r"$p(w_t)$; the next word: “" + word.replace("$", r"\$") + "”",
        ("one table C\nfor all positions", "$x$: their features\nin one row"),
    )


def window_tagger(words: Sequence[str], tag: str) -> Figure:
    """Draw the network that tags the middle word of a window: features and shapes, a hidden layer, a softmax.

    Args:
        words: the window, three or five words, the middle one in the middle.
        tag: of the middle word.

    Raises:
        ValueError: another number of words.

    """
    words = words_of("words", words)
    if len(words) not in (3, 5):
        raise ValueError(f"words: expected 3 or 5, got {len(words)}")
    middle = len(words) // 2
    positions = ["t" if k == middle else f"t{k - middle:+d}" for k in range(len(words))]
    return _window_network(
        words,
        [f"$e_{{{position}}}, c_{{{position}}}$" for position in positions],
        r"$h = \mathrm{hardtanh}(d + H x_t)$",
        r"$p = \mathrm{softmax}(b + U h)$",
        f"the tag of “{words[middle]}”: {tag}".replace("$", r"\$"),
        ("features\nand shape", "$x_t$: all of them\nin one row"),
    )


def _window_network(
    words: Sequence[str], features: Sequence[str], hidden: str, output: str, answer: str, notes: tuple[str, str]
) -> Figure:
    """Draw words, the features of each, a hidden layer that reads them side by side, a softmax, and its answer."""
    n, middle = len(words), (len(words) - 1) / 2
    fig, ax = new_figure(WIDTH, 3.7)
    hide_axes(ax, frame=False)
    ax.set(xlim=(-0.62, n + 0.3), ylim=(-0.45, 4.5))
    for k, (token, feature) in enumerate(zip(words, features, strict=True)):
        _box(ax, (k, 0), token, INK, width=0.88, parse_math=False)
        _arrow(ax, (k, 0.26), (k, 0.78), BLUE)
        _box(ax, (k, 1.05), feature, BLUE, width=0.88)
        _arrow(ax, (k, 1.31), (middle + 0.42 * (k - middle), 1.98), VERMILION)
    _box(ax, (middle, 2.25), hidden, VERMILION, width=2.6)
    _arrow(ax, (middle, 2.51), (middle, 3.03), GREEN)
    _box(ax, (middle, 3.3), output, GREEN, width=2.6)
    _arrow(ax, (middle, 3.56), (middle, 3.98), GREY)
    ax.text(middle, 4.2, answer, ha="center", va="center", fontsize=FONT, color=INK)
    for y, note, colour in zip((0.85, 1.68), notes, (BLUE, VERMILION), strict=True):
        ax.text(n - 0.5, y, note, ha="left", va="center", fontsize=FONT, color=colour)
    return fig


def cbow_and_skip_gram(words: Sequence[str]) -> Figure:
    """Draw the two ways to predict within a window: the middle word from its neighbours, and the neighbours from it.

    Args:
        words: the window, three or five words, the middle one in the middle.

    Raises:
        ValueError: another number of words.

    """
    words = words_of("words", words)
    if len(words) not in (3, 5):
        raise ValueError(f"words: expected 3 or 5, got {len(words)}")
    centre = len(words) // 2
    fig, axes = new_figure(WIDTH, 3.2, 1, 2)
    titles = (
        "CBOW: the middle word\nfrom the sum of its neighbours",
        "Skip-gram: each neighbour\nfrom the middle word",
    )
    for ax, title, skip in zip(axes[0], titles, (False, True), strict=True):
        hide_axes(ax, frame=False)
        ax.set(xlim=(-0.6, len(words) - 0.4), ylim=(-0.5, 2.9))
        ax.set_title(title, fontsize=FONT, color=INK)
        below, above = (0.0, 2.3)
        for k, token in enumerate(words):
            source = (k == centre) == skip
            y = below if source else above
            name = rf"$x_{{{'t' if k == centre else f't{k - centre:+d}'}}}$"
            _box(ax, (k, y), token, BLUE if source else GREEN, width=0.9, parse_math=False)
            ax.text(k, y + (-0.36 if source else 0.4), name, ha="center", va="center", fontsize=FONT, color=GREY)
            if k == centre:
                continue
            if skip:
                _arrow(ax, (centre, below + 0.26), (k, above - 0.26), VERMILION)
            else:
                _arrow(ax, (k, below + 0.26), (centre, 1.02), VERMILION)
        if not skip:
            _box(ax, (centre, 1.22), "sum", VERMILION, width=0.8)
            _arrow(ax, (centre, 1.46), (centre, above - 0.26), VERMILION)
    return fig


def word_map(
    points: Float[Tensor, "words 2"],
    words: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    arrows: Sequence[tuple[int, int]] = (),
) -> Figure:
    """Draw words at points in the plane, in the colours of their groups, with arrows between some of them.

    Args:
        points: the position of each word.
        words: at least one.
        groups: the group of each word; at most six different ones, which are named in a legend.
        arrows: pairs of words' numbers, from one to the other.

    Raises:
        ValueError: not as many points and groups as words, more than six groups, or a number beyond the words.

    """
    words = words_of("words", words)
    xy = positions("points", points, len(words))
    groups = None if groups is None else words_of("groups", groups)
    if groups is not None and len(groups) != len(words):
        raise ValueError(f"groups: expected one for each of {len(words)} words, got {len(groups)}")
    names = list(dict.fromkeys(groups or [""]))
    if len(names) > len(COLORS):
        raise ValueError(f"groups: expected at most {len(COLORS)} different ones, got {len(names)}")
    arrows = _pairs(arrows, len(words))
    fig, ax = new_figure(WIDTH, 5.2)
    hide_axes(ax)
    _dots(ax, xy, groups or len(words) * [""], names)
    for a, b in arrows:
        ax.add_patch(
            FancyArrowPatch(xy[a], xy[b], arrowstyle="-|>", mutation_scale=9, color=GREY, linewidth=1, zorder=0)
        )
    ax.margins(0.1)
    if groups is not None:
        legend_below(fig, columns=3)
    label_points(fig, ax, xy, words, arrows)
    return fig


def word_maps(
    left: tuple[str, Float[Tensor, "words 2"], Sequence[str]],
    right: tuple[str, Float[Tensor, "words 2"], Sequence[str]],
    groups: Sequence[str],
) -> Figure:
    """Draw two maps of words side by side; words of one number belong together, and have one colour and marker.

    Args:
        left, right: title, points and words of each.
        groups: the group of each word, in both maps; at most six different ones, which are named in a legend.

    Raises:
        ValueError: not as many points and words as groups in both maps, or more than six groups.

    """
    groups = words_of("groups", groups)
    names = list(dict.fromkeys(groups))
    if len(names) > len(COLORS):
        raise ValueError(f"groups: expected at most {len(COLORS)} different ones, got {len(names)}")
    maps = [_map(side, parts, len(groups)) for side, parts in (("left", left), ("right", right))]
    fig, axes = new_figure(WIDTH, 3.9, 1, 2)
    for ax, (title, xy, _) in zip(axes[0], maps, strict=True):
        hide_axes(ax)
        ax.set_title(title, fontsize=FONT, color=INK, parse_math=False)
        _dots(ax, xy, groups, names)
        ax.margins(0.16)
    handles, labels = axes[0][0].get_legend_handles_labels()
    legend_below(fig, 4, handles, labels)
    for ax, (_, xy, words) in zip(axes[0], maps, strict=True):
        label_points(fig, ax, xy, words)
    return fig


def positions(name: str, points: object, n: int) -> list[tuple[float, float]]:
    """Return points in the plane as pairs of numbers, or raise unless they are `n`, and finite."""
    return [(float(u), float(v)) for u, v in finite(name, points, n, 2)]


def _pairs(arrows: object, n: int) -> list[tuple[int, int]]:
    """Return pairs of words' numbers, or raise unless they are integers from 0 to `n` - 1."""
    expected = f"arrows: expected pairs of words' numbers, from 0 to {n - 1}"
    found = numbers("arrows", arrows)
    if found.size and (found.ndim != 2 or found.shape[1] != 2 or (found % 1 != 0).any()):
        raise ValueError(f"{expected}, got {arrows!r:.60}")
    if not ((found >= 0) & (found < n)).all():
        raise ValueError(f"{expected}, got {arrows!r:.60}")
    return [(int(a), int(b)) for a, b in found]


def _map(side: str, parts: object, n: int) -> tuple[str, list[tuple[float, float]], list[str]]:
    """Return title, points and words of a map, or raise unless there are `n` of each."""
    if not isinstance(parts, tuple | list) or len(parts) != 3:
        raise TypeError(f"{side}: expected title, points and words, got {parts!r:.40} ({type(parts).__name__})")
    words = words_of(side, parts[2])
    if len(words) != n:
        raise ValueError(f"{side}: expected {n} words, as many as groups, got {len(words)}")
    return str(parts[0]), positions(side, parts[1], n), words


def _dots(ax: Axes, xy: Sequence[Sequence[float]], groups: Sequence[str], names: Sequence[str]) -> None:
    """Draw points in the colours and with the markers of their groups, which are numbered as in `names`."""
    for name, colour, marker in zip(names, COLORS, MARKERS, strict=False):
        x, y = zip(*(point for point, group in zip(xy, groups, strict=True) if group == name), strict=True)
        ax.scatter(x, y, s=18, color=colour, marker=marker, label=name or None)


def label_points(
    fig: Figure,
    ax: Axes,
    xy: Sequence[Sequence[float]],
    words: Sequence[str],
    arrows: Sequence[tuple[int, int]] = (),
) -> None:
    """Write each word beside its point, at the first of twelve positions where it lies on nothing else."""
    fig.draw_without_rendering()  # fixes the limits and the layout
    frame, taken = ax.get_window_extent(), list[Bbox]()
    pixels = [ax.transData.transform((x, y)) for x, y in xy]
    dots = [Bbox.from_bounds(x - 3, y - 3, 6, 6) for x, y in pixels]
    lines = [Path([pixels[a], pixels[b]]) for a, b in arrows]
    plain: Any = {"parse_math": False}
    for word, at in zip(words, xy, strict=True):
        label = ax.annotate(
            word, (at[0], at[1]), (0, 0), textcoords="offset points", fontsize=FONT, color=INK, va="center", **plain
        )
        boxes: list[tuple[int, int, str, tuple[int, int], Bbox]] = []
        for away in (5, 14, 24):
            offsets = (
                ("left", (5, away - 5)),
                ("right", (-5, away - 5)),
                ("left", (5, 5 - away)),
                ("right", (-5, 5 - away)),
            )
            for side, offset in offsets:
                label.set(ha=side, position=offset)
                box = label.get_window_extent()
                outside = not (frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1)
                hidden = outside + sum(box.overlaps(other) for other in taken)
                crossed = sum(box.overlaps(dot) for dot in dots) + sum(line.intersects_bbox(box) for line in lines)
                boxes.append((100 * hidden + crossed, len(boxes), side, offset, box))
        _, tried, side, offset, box = min(boxes, key=lambda one: one[:2])
        label.set(ha=side, position=offset)
        taken.append(box)
        if tried >= 4:  # not beside its point: a line leads there
            x, y = ax.transData.transform(at)
            end = ax.transData.inverted().transform((min(max(x, box.x0), box.x1), min(max(y, box.y0), box.y1)))
            ax.add_line(Line2D((at[0], end[0]), (at[1], end[1]), color=GREY, linewidth=0.7, zorder=0))


def _box(ax: Axes, at: tuple[float, float], text: str, colour: str, *, width: float, parse_math: bool = True) -> None:
    corner = (at[0] - width / 2, at[1] - 0.2)
    ax.add_patch(
        FancyBboxPatch(
            corner, width, 0.4, boxstyle="round,pad=0.02", facecolor="white", edgecolor=colour, linewidth=1.4, zorder=3
        )
    )
    style: Any = {"ha": "center", "va": "center", "zorder": 4, "parse_math": parse_math}
    ax.text(*at, text, fontsize=FONT, color=INK, **style)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, color=colour, linewidth=1.3, zorder=2)
    )
