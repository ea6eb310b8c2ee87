"""Pictures of word vectors put to the test: neighbours, analogies, scores, and one language laid on another."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import ArrayLike
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
    hide_axes,
    label_axes,
    legend_below,
    new_figure,
    numbers,
    words_of,
)
from lecturelib.figures.words import label_points, positions

Point = tuple[float, float]


def vector_tests(
    word: str,
    neighbours: Sequence[tuple[str, float]],
    ratings: ArrayLike,
    cosines: ArrayLike,
    analogy: Sequence[str],
    points: Float[Tensor, "4 2"],
) -> Figure:
    """Draw three questions to word vectors: the neighbours of a word, cosines against ratings, and an analogy.

    Args:
        word: whose neighbours are shown.
        neighbours: words and cosines, the nearest first.
        ratings: people's ratings of pairs of words.
        cosines: of the same pairs.
        analogy: a, b, c, d of "a is to b as c is to d".
        points: their positions in the plane.

    Raises:
        ValueError: not as many ratings as cosines, or not four words at four points.

    """
    x, y = numbers("ratings", ratings), numbers("cosines", cosines)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"cosines: expected one per rating, got {y.shape} and {x.shape}")
    analogy = words_of("analogy", analogy)
    if len(analogy) != 4:
        raise ValueError(f"analogy: expected 4 words, got {len(analogy)}")
    xy = positions("points", points, 4)
    fig, axes = new_figure(WIDTH, 2.7, 1, 3)
    near, rated, plane = axes[0]
    near.barh(range(len(neighbours)), [cosine for _, cosine in neighbours], color=BLUE, height=0.7)
    near.set_yticks(range(len(neighbours)), [name for name, _ in neighbours], parse_math=False)
    near.invert_yaxis()
    near.set(xlim=(0, 1), xticks=(0, 0.5, 1))
    label_axes(near, f"cosine with “{word}”", "")
    rated.scatter(x, y, s=7, color=BLUE, alpha=0.5, linewidths=0)
    label_axes(rated, "rating by people", "cosine of the pair")
    hide_axes(plane)
    plane.scatter(*zip(*xy, strict=True), s=18, color=BLUE)
    for start, end in ((0, 1), (2, 3)):
        _arrow(plane, xy[start], xy[end], VERMILION)
    plane.margins(0.35, 0.25)
    plane.set_xlabel("an analogy, in a plane", fontsize=FONT, color=INK)
    label_points(fig, plane, xy, analogy)
    return fig


def analogy_parallelogram(
    a: tuple[str, Point], b: tuple[str, Point], c: tuple[str, Point], d: tuple[str, Point]
) -> Figure:
    """Draw an analogy in the plane: the offset from a to b laid on at c, and how far its tip is from c and from d.

    Args:
        a, b, c, d: name and point of each word of "a is to b as c is to d".

    """
    (_, pa), (_, pb), (_, pc), (_, pd) = a, b, c, d
    tip = (pc[0] + pb[0] - pa[0], pc[1] + pb[1] - pa[1])
    fig, ax = new_figure(WIDTH, 3.4)
    hide_axes(ax, frame=False)
    _arrow(ax, pa, pb, VERMILION)
    _arrow(ax, pc, tip, VERMILION)
    for start, end in ((pa, pc), (pb, tip)):
        ax.plot(*zip(start, end, strict=True), color=GREY, linewidth=0.9, linestyle=(0, (5, 4)), zorder=0)
    ax.plot(*zip(tip, pd, strict=True), color=GREEN, linewidth=1.6, zorder=1)
    radius = _distance(tip, pd)
    ax.add_patch(Circle(tip, radius, fill=False, edgecolor=GREEN, linewidth=0.9, linestyle=":", zorder=0))
    ax.scatter(*zip(pa, pb, pc, pd, strict=True), s=26, color=BLUE, zorder=3)
    ax.scatter(*tip, s=90, color=VERMILION, marker="*", zorder=3)
    ax.set_aspect("equal")
    xs, ys = zip(pa, pb, pc, pd, (tip[0] - radius, tip[1] - radius), (tip[0] + radius, tip[1] + radius), strict=True)
    ax.set(xlim=(min(xs) - 0.9, max(xs) + 2.6), ylim=(min(ys) - 0.3, max(ys) + 0.3))
    named = (
        (a[0], pa, "center", (0, -13)),
        (b[0], pb, "center", (0, 10)),
        (c[0], pc, "center", (0, -13)),
        (d[0], pd, "left", (7, 0)),
        (f"{c[0]} + {b[0]} - {a[0]}", tip, "right", (-9, 10)),
    )
    for name, at, side, offset in named:
        plain: Any = {"textcoords": "offset points", "va": "center", "parse_math": False}
        ax.annotate(name, at, offset, ha=side, fontsize=FONT, color=INK, **plain)
    lines = (
        (0.62, VERMILION, f"length of the offset\n= distance to {c[0]}: {_distance(pa, pb):.2f}"),
        (0.34, "#00734F", f"distance to {d[0]}: {radius:.2f}"),
    )
    for y, colour, text in lines:
        style: Any = {"parse_math": False, "transform": ax.transAxes}
        ax.text(0.995, y, text, ha="right", va="center", fontsize=FONT, color=colour, **style)
    return fig


def score_bars(
    scores: Mapping[str, Mapping[str, float | tuple[float, float]]], *, xlabels: Sequence[str], high: float = 100
) -> Figure:
    """Draw the scores of the same methods in several tests as bars, one panel per test.

    Args:
        scores: of each test, each method's score or (mean, spread), which adds an error bar; a method may be missing.
        xlabels: what is measured in each test.
        high: the end of the axes.

    Raises:
        ValueError: no test, or not one label per test.

    """
    if not scores or len(xlabels) != len(scores):
        raise ValueError(f"xlabels: expected one for each of {len(scores)} tests, at least one, got {len(xlabels)}")
    methods = list(dict.fromkeys(name for of in scores.values() for name in of))
    fig, axes = new_figure(WIDTH, 0.3 * len(methods) + 0.95, 1, len(scores))
    for k, (ax, (title, of), xlabel) in enumerate(zip(axes[0], scores.items(), xlabels, strict=True)):
        for y, (method, colour) in enumerate(zip(methods, (GREY, *COLORS), strict=False)):
            if method in of:
                value = of[method]
                mean, error = value if isinstance(value, tuple) else (value, 0.0)
                ax.barh(y, mean, height=0.7, color=colour, xerr=error or None, error_kw={"ecolor": INK})
                ax.text(mean + error + 0.02 * high, y, f"{mean:.0f}", va="center", fontsize=FONT, color=INK)
        ax.set_title(title, fontsize=FONT, color=INK, parse_math=False)
        ax.set_yticks(range(len(methods)), methods if not k else [], parse_math=False)
        ax.set(xlim=(0, 1.12 * high), xticks=(0, high / 2, high), ylim=(len(methods) - 0.5, -0.5))
        label_axes(ax, xlabel, "")
    return fig


def laid_on(
    source: tuple[str, Float[Tensor, "words 2"], Sequence[str]],
    target: tuple[str, Float[Tensor, "words 2"], Sequence[str]],
    mapped: Float[Tensor, "words 2"],
) -> Figure:
    """Draw two shapes of words in the plane as they are, and the first one mapped onto the second.

    Args:
        source, target: name, points and words of each; words of one number belong together.
        mapped: the source's points after the map.

    Raises:
        ValueError: not as many points as words, or as many words in both.

    """
    n = len(source[2])
    shapes = {"source": source[1], "target": target[1], "mapped": mapped}
    xy = {name: positions(name, points, n) for name, points in shapes.items()}
    for name, (_, _, words) in (("source", source), ("target", target)):
        if len(words_of(name, words)) != n:
            raise ValueError(f"{name}: expected {n} words, one for each point, got {len(words)}")
    fig, axes = new_figure(WIDTH, 3.0, 1, 2)
    left, right = axes[0]
    for ax, key, title in ((left, "source", "as they are"), (right, "mapped", "after the map")):
        hide_axes(ax)
        ax.set_title(title, fontsize=FONT, color=INK)
        for (name, _, _), of, colour, marker in ((source, key, BLUE, "o"), (target, "target", VERMILION, "s")):
            outline = [*xy[of], xy[of][0]]
            ax.plot(*zip(*outline, strict=True), color=colour, linewidth=1, zorder=0)
            ax.scatter(*zip(*xy[of], strict=True), s=26, color=colour, marker=marker, label=name)
        ax.scatter([0], [0], s=30, color=INK, marker="+", linewidths=1)
        ax.set_aspect("equal", adjustable="datalim")
        ax.margins(0.3)
    handles, labels = left.get_legend_handles_labels()
    legend_below(fig, 2, handles, labels)
    for ax, key in ((left, "source"), (right, "mapped")):
        sides = [(first + k, first + (k + 1) % n) for first in (0, n) for k in range(n)]
        label_points(fig, ax, [*xy[key], *xy["target"]], [*source[2], *target[2]], sides)
    return fig


def _arrow(ax: Axes, start: Point, end: Point, colour: str) -> None:
    style: Any = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 2, "shrinkB": 3}
    ax.add_patch(FancyArrowPatch(start, end, color=colour, linewidth=1.5, zorder=2, **style))


def _distance(p: Point, q: Point) -> float:
    return float(np.hypot(p[0] - q[0], p[1] - q[1]))
