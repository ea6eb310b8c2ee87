"""Pen strokes: drawings, what a step is, and where the pen may go next."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import BLUE, FONT, INK, VERMILION, WIDTH, hide_axes, legend_below, new_figure

INK_WIDTH = 1.5  # points
PEN_UP = "#9A9A9A"
MARGIN = 0.4  # around a drawing, in the unit of the offsets


def pen_strokes(steps: Tensor) -> list[NDArray[np.float64]]:
    """Return the lines that a drawing leaves on the paper, each [points, 2]; the pen starts, set down, at (0, 0).

    Args:
        steps: [steps, 3], rows (dx, dy, pen up); after a row with pen up, the next one moves without ink.

    Raises:
        ValueError: another shape, numbers that are not finite, or a pen value other than 0 and 1.

    """
    rows = _rows(steps)
    points = np.concatenate([np.zeros((1, 2)), rows[:, :2].cumsum(axis=0)])
    ends = np.flatnonzero(rows[:, 2]) + 2  # the point with pen up still belongs to its stroke
    return [stroke for stroke in np.split(points, ends) if len(stroke)]


def drawings(rows: Mapping[str, Sequence[Tensor]]) -> Figure:
    """Draw rows of drawings, the name of each row above it; all of one scale, y downwards.

    Args:
        rows: name, and the drawings of that row, each [steps, 3].

    Raises:
        ValueError: no row, an empty one, or what `pen_strokes` refuses.

    """
    if not rows or not all(rows.values()):
        raise ValueError(f"rows: expected at least one drawing in each, got {[len(row) for row in rows.values()]}")
    columns = max(len(row) for row in rows.values())
    strokes = {name: [pen_strokes(steps) for steps in row] for name, row in rows.items()}
    reach = max(np.ptp(np.concatenate(one), axis=0).max() for row in strokes.values() for one in row) / 2 + MARGIN
    side = WIDTH / columns
    fig, axes = new_figure(WIDTH, len(rows) * (side + 0.27), len(rows), columns)
    for (name, row), line in zip(strokes.items(), axes, strict=True):
        for ax in line:
            hide_axes(ax, frame=False)
        for one, ax in zip(row, line[: len(row)], strict=True):
            low, high = np.concatenate(one).min(axis=0), np.concatenate(one).max(axis=0)
            _limits(ax, (low + high) / 2, reach)
            _ink(ax, one)
        line[0].set_title(name, loc="left", fontsize=FONT, color=INK, parse_math=False)
    return fig


def pen_steps(steps: Tensor) -> Figure:
    """Draw one drawing large: its points in order, the strokes as lines, the moves without ink dashed.

    Raises:
        ValueError: what `pen_strokes` refuses.

    """
    strokes = pen_strokes(steps)
    points = np.concatenate(strokes)
    low, high = points.min(axis=0) - MARGIN, points.max(axis=0) + MARGIN
    fig, ax = new_figure(4.5, 4.5 * float(np.clip((high - low)[1] / (high - low)[0], 0.4, 1)))
    hide_axes(ax, frame=False)
    ax.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), aspect="equal")
    for before, after in pairwise(strokes):
        ax.plot(*np.stack([before[-1], after[0]]).T, color=PEN_UP, linewidth=1.2, linestyle=(0, (4, 3)))
    _ink(ax, strokes, width=2.2)
    ends = np.stack([stroke[-1] for stroke in strokes])
    ax.plot(*points.T, "o", color=BLUE, markersize=5, label="point")
    ax.plot(*ends.T, "o", color=VERMILION, markersize=8, fillstyle="none", markeredgewidth=1.8, label="pen up")
    ax.plot(0, 0, "s", color=INK, markersize=7, label="start")
    legend_below(fig, columns=3)
    return fig


def pen_density(
    steps: Tensor, x: Float[Tensor, " columns"], y: Float[Tensor, " rows"], density: Float[Tensor, "rows columns"]
) -> Figure:
    """Draw a drawing over a map of the density of the pen's next position, darker where it is larger.

    Args:
        steps: [steps, 3], the drawing so far.
        x, y: the positions of the map's columns and rows, ascending and evenly spaced; the pen starts at (0, 0).
        density: [rows, columns], not negative; the largest value is drawn darkest.

    Raises:
        ValueError: what `pen_strokes` refuses, shapes that do not fit, or a density that is negative or not finite.

    """
    if (
        min(density.shape) < 2
        or list(density.shape) != [len(y), len(x)]
        or not density.isfinite().all()
        or density.min() < 0
    ):
        raise ValueError(
            f"density: expected finite values of at least 0, shape [{len(y)}, {len(x)}], got {list(density.shape)}"
        )
    strokes = pen_strokes(steps)
    half_x, half_y = (float(v[-1] - v[0]) / (len(v) - 1) / 2 for v in (x, y))  # of a cell around its position
    left, right, top, bottom = float(x[0]) - half_x, float(x[-1]) + half_x, float(y[0]) - half_y, float(y[-1]) + half_y
    fig, ax = new_figure(4.0, 4.0 * (bottom - top) / (right - left))
    hide_axes(ax)
    ax.imshow(
        density.detach().cpu().double().numpy(),
        extent=(left, right, bottom, top),
        cmap="Oranges",
        vmin=0,
        vmax=float(density.max()) or 1.0,
        interpolation="bilinear",
    )
    ax.set(xlim=(left, right), ylim=(bottom, top))
    _ink(ax, strokes, width=2.0)
    ax.plot(*strokes[-1][-1], "o", color=BLUE, markersize=6)
    return fig


def pen_lines(lines: Mapping[str, Tensor]) -> Figure:
    """Draw long drawings below each other, each over the whole width, with its name above it.

    Args:
        lines: name, and a drawing [steps, 3]; each has a scale of its own.

    Raises:
        ValueError: no line, or what `pen_strokes` refuses.

    """
    if not lines:
        raise ValueError("lines: expected at least one drawing, got none")
    strokes = {name: pen_strokes(steps) for name, steps in lines.items()}
    points = [np.concatenate(one) for one in strokes.values()]
    sizes = [np.ptp(one, axis=0) + 2 * MARGIN for one in points]
    heights = [WIDTH * min(float(tall / wide), 0.5) for wide, tall in sizes]
    fig, axes = new_figure(WIDTH, sum(heights) + 0.35 * len(lines), len(lines), 1)
    grid = axes[0, 0].get_gridspec()
    grid.set_height_ratios(heights)
    for (name, one), where, ax in zip(strokes.items(), points, axes[:, 0], strict=True):
        hide_axes(ax, frame=False)
        (left, top), (right, bottom) = where.min(axis=0) - MARGIN, where.max(axis=0) + MARGIN
        ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", anchor="W")
        _ink(ax, one, width=1.0)
        ax.set_title(name, loc="left", fontsize=FONT, color=INK, parse_math=False)
    return fig


def mixture_outputs(components: int = 20) -> Figure:
    """Draw the output layer of a mixture density network: its numbers, and how they become a density of the pen.

    Args:
        components: number of Gaussians M.

    Raises:
        TypeError, ValueError: not a positive integer.

    """
    M = checks.positive_int("components", components)
    rows = (
        (1, r"$\hat e$", r"$1 / (1 + \exp \hat e)$", "$e$", "is the pen lifted?", VERMILION),
        (M, r"$\hat \pi$", "softmax", r"$\pi$", "how likely is each Gaussian?", BLUE),
        (2 * M, r"$\hat \mu$", "as it is", r"$\mu$", "where is it?", BLUE),
        (2 * M, r"$\hat \sigma$", "exp", r"$\sigma$", "how wide in each direction?", BLUE),
        (M, r"$\hat \rho$", "tanh", r"$\rho$", "how slanted?", BLUE),
    )
    fig, ax = new_figure(WIDTH, 2.9)
    hide_axes(ax, frame=False)
    ax.set(xlim=(0, 10.4), ylim=(-0.6, 4.6))
    box: dict[str, Any] = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": INK, "linewidth": 1.2}
    center: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT, "color": INK}
    ax.text(0.75, 2, "hidden\nstates\nof all\nlayers", bbox=box, **center)
    for k, (count, raw, function, result, question, colour) in enumerate(rows):
        y, arrow = 4 - k, {"arrowstyle": "-|>", "color": colour, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (2.6, y), (1.55, 2), arrowprops=arrow)
        ax.text(3.0, y, raw, **{**center, "fontsize": FONT + 3})
        ax.text(3.35, y, f"× {count}", **{**center, "ha": "left"})
        ax.annotate("", (6.3, y), (4.1, y), arrowprops=arrow)
        ax.text(5.15, y + 0.28, function, **center)
        ax.text(6.7, y, result, **{**center, "fontsize": FONT + 3})
        ax.text(7.1, y, question, **{**center, "ha": "left"})
    return fig


def _rows(steps: Tensor) -> NDArray[np.float64]:
    if steps.dim() != 2 or steps.shape[1] != 3 or not len(steps):
        raise ValueError(f"steps: expected shape [steps, 3] with at least one step, got {list(steps.shape)}")
    rows = steps.detach().cpu().double().numpy()
    if not np.isfinite(rows).all() or not np.isin(rows[:, 2], (0, 1)).all():
        raise ValueError("steps: expected finite (dx, dy, pen up), pen up in {0, 1}, got other numbers")
    return rows


def _limits(ax: Axes, middle: NDArray[np.float64], reach: float) -> None:
    x, y = (float(v) for v in middle)
    ax.set(xlim=(x - reach, x + reach), ylim=(y + reach, y - reach), aspect="equal")


def _ink(ax: Axes, strokes: Sequence[NDArray[np.float64]], width: float = INK_WIDTH) -> None:
    for stroke in strokes:
        ax.plot(*stroke.T, color=INK, linewidth=width, solid_capstyle="round", solid_joinstyle="round")
        if len(stroke) == 1:  # a dot
            ax.plot(*stroke.T, ".", color=INK, markersize=2 * width)
