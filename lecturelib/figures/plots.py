"""Plots of images, likelihoods, curves and weights."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import (
    BLUE,
    COLORS,
    FEW,
    FONT,
    GREY,
    INK,
    ORANGE,
    VERMILION,
    WIDTH,
    hide_axes,
    label_axes,
    new_figure,
    numbers,
    spread,
)


def image_grid(
    rows: Mapping[str, Tensor] | Sequence[tuple[str, Tensor]],
    *,
    height: int | None = None,
    width: int | None = None,
    known: Mapping[str, int] | None = None,
) -> Figure:
    """Draw labelled rows of images: 0 is white, 1 is black.

    Args:
        rows: title and images [n, h · w], [n, h, w] or [n, 1, h, w], one row per title: floats from 0 to 1, booleans,
            or integers 0 and 1.
        height, width: of flat images; without them, they are square.
        known: for some titles, the number of pixels in raster order that were given; the others are tinted.

    Raises:
        TypeError, ValueError: no row, images whose shape or values do not fit, or `known` names a row that is not
            there.

    """
    named = list(rows.items()) if isinstance(rows, Mapping) else list(rows)
    if not named:
        raise ValueError("rows: expected at least one row of images, got none")
    for title in known or {}:
        checks.one_of("known", title, [name for name, _ in named])
    stacks = [_images(title, images, height, width) for title, images in named]
    columns = max(len(stack) for stack in stacks)
    side = min(0.9, (WIDTH - 1.3) / columns)
    tall = side * stacks[0].shape[1] / stacks[0].shape[2] + 0.08
    fig, axes = new_figure(columns * side + 1.3, len(named) * tall + 0.1, len(named), columns)
    for line, (title, _), stack in zip(axes, named, stacks, strict=True):
        for k, ax in enumerate(line):
            hide_axes(ax, frame=k < len(stack))
        for ax, image in zip(line, stack, strict=False):
            ax.imshow(image, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
            if known and title in known:
                _tint(ax, image.shape, known[title])
        style: Any = {"rotation": 0, "ha": "right", "va": "center", "labelpad": 6, "parse_math": False}
        line[0].set_ylabel(title, fontsize=FONT, color=INK, **style)
    return fig


def log_likelihood_bars(
    ours: Mapping[str, float | tuple[float, float]],
    published: Mapping[str, float] | None = None,
    *,
    xlabel: str = "test -log p(x) in nats: shorter is better",
    digits: int = 2,
) -> Figure:
    """Draw our numbers beside the published ones as horizontal bars from zero, the largest on top.

    Args:
        ours: name and value, or (mean, spread), which adds an error bar.
        published: name and value.
        xlabel, digits: what is measured, in which unit, and the decimals of the values; a spread has one digit.

    Raises:
        ValueError: no bar, or a value that is negative or not finite.

    """
    bars: list[Any] = [(name, *(v if isinstance(v, tuple) else (v, None)), BLUE, "ours") for name, v in ours.items()]
    bars += [(name, value, None, GREY, "published") for name, value in (published or {}).items()]
    if not bars:
        raise ValueError("ours: expected at least one bar, got none")
    for name, value, *_ in bars:
        if not (np.isfinite(value) and value >= 0):
            raise ValueError(f"ours, published: expected values of at least 0, got {value} for {name!r}")
    bars.sort(key=lambda bar: bar[1])
    fig, ax = new_figure(WIDTH, 0.36 * len(bars) + 0.7)
    largest = bars[-1][1] or 1.0
    for y, (_, value, error, colour, origin) in enumerate(bars):
        ax.barh(y, value, height=0.66, color=colour, xerr=error, error_kw={"ecolor": INK, "capsize": 3})
        label = f"{value:.{digits}f}" + ("" if error is None else f" ± {error:.1g}")
        label += f"  {origin}" if published else ""
        ax.text(value + (error or 0) + 0.02 * largest, y, label, va="center", fontsize=FONT, color=INK)
    ax.set_yticks(range(len(bars)), [bar[0] for bar in bars], parse_math=False)
    ax.set_xlim(0, 1.36 * largest)
    label_axes(ax, xlabel, "")
    return fig


def curves(lines: Mapping[str, tuple[ArrayLike, ArrayLike]], *, xlabel: str, ylabel: str, log: str = "") -> Figure:
    """Draw curves, each with its name at its right end instead of a legend.

    Args:
        lines: name, and the curve's x and y values.
        xlabel, ylabel: what is measured, and in which unit.
        log: the axes with a logarithmic scale: "", "x", "y" or "xy".

    Raises:
        ValueError: no curve, x and y of different length, another `log`, or a value a logarithm cannot show.

    """
    checks.one_of("log", log, ["", "x", "y", "xy"])
    if not lines:
        raise ValueError("lines: expected at least one curve, got none")
    fig, ax = new_figure(WIDTH, 3.4)
    ends = []
    for k, (name, pair) in enumerate(lines.items()):
        x, y = (numbers("lines", values) for values in pair)
        if x.shape != y.shape or x.ndim != 1 or not len(x):
            raise ValueError(f"lines: expected x and y of one length for {name!r}, got {x.shape} and {y.shape}")
        if ("x" in log and (x <= 0).any()) or ("y" in log and (y <= 0).any()):
            raise ValueError(f"lines: expected positive values on a logarithmic axis, got others in {name!r}")
        colour = COLORS[k % len(COLORS)]
        ax.plot(x, y, color=colour, linewidth=2, marker="o" if len(x) <= FEW else None, markersize=4)
        ends.append((name, float(x[-1]), float(y[-1]), colour))
    ax.set(xscale="log" if "x" in log else "linear", yscale="log" if "y" in log else "linear")
    label_axes(ax, xlabel, ylabel)
    ax.grid(color="#E3E3E3", linewidth=0.7)
    fig.draw_without_rendering()  # fixes the limits and the layout, which decide where the curves end
    points = [ax.transData.transform(line.get_xydata()) * 72 / fig.dpi for line in ax.lines]
    at = [float(line[-1, 1]) for line in points]
    for k, ((name, *end, colour), height) in enumerate(zip(ends, spread(at, FONT + 3), strict=True)):
        dark = [0.72 * channel for channel in to_rgb(colour)]  # readable as text on white
        height = _off_the_curves(name, float(points[k][-1, 0]) + 7, height, points[:k] + points[k + 1 :])
        offset: Any = {"xytext": (7, height - at[k]), "textcoords": "offset points", "parse_math": False}
        ax.annotate(name, end, va="center", fontsize=FONT, fontweight="bold", color=dark, **offset)
    return fig


def pixel_weights(theta: Tensor, pixels: Sequence[int], height: int, width: int) -> Figure:
    """Draw the FVSBN's weights θ_i of some pixels as images: orange raises p(x_i = 1), purple lowers it.

    Args:
        theta: [dim, dim]; row i holds the weights of pixel i, of which only those with j < i exist.
        pixels: which i, from 1 to dim as in the lecture.
        height, width: of the image; dim = height · width.

    Raises:
        ValueError: `theta` has another shape, or there is no such pixel.

    """
    dim = height * width
    checks.matrix("theta", theta, dim, theta)
    if not pixels or min(pixels) < 1 or max(pixels) > dim:
        raise ValueError(f"pixels: expected some of 1 to {dim}, got {list(pixels)}")
    values = theta.detach().cpu().float().numpy()
    limit = max(np.abs(values[i - 1, : i - 1]).max(initial=1e-12) for i in pixels)
    side = min(2.2, (WIDTH - 0.8) / len(pixels))
    fig, axes = new_figure(len(pixels) * side + 0.8, side * height / width + 0.35, 1, len(pixels))
    for ax, i in zip(axes[0], pixels, strict=True):
        hide_axes(ax)
        image = np.where(np.arange(dim) < i - 1, values[i - 1], np.nan).reshape(height, width)
        ax.set_facecolor("#E4E4E4")  # later pixels: the model has no weight there
        shown = ax.imshow(image, cmap="PuOr_r", vmin=-limit, vmax=limit, interpolation="nearest")
        row, column = divmod(i - 1, width)
        ax.plot(column, row, "s", color=INK, markersize=4)
        ax.set_title(rf"$\theta_i$, $i = {i}$", fontsize=FONT, color=INK)
    bar = fig.colorbar(shown, ax=axes[0].tolist(), shrink=0.85)
    bar.ax.tick_params(labelsize=FONT, colors=INK)
    return fig


def weight_tiles(W: Tensor, height: int, width: int, *, columns: int = 12) -> Figure:
    """Draw the weights of hidden units as tiles, each scaled to its own largest weight: orange is positive.

    Args:
        W: [units, dim], the first layer of a network.
        height, width: of the image; dim = height · width.
        columns: number of tiles per row.

    Raises:
        TypeError, ValueError: `W` has another shape, or `columns` is not a positive integer.

    """
    columns = checks.positive_int("columns", columns)
    checks.matrix("W", W, height * width, W)
    tiles = W.detach().cpu().float().numpy().reshape(-1, height, width)
    rows, columns = -(-len(tiles) // columns), min(columns, len(tiles))
    side = min(0.9, WIDTH / columns)
    fig, axes = new_figure(columns * side, rows * side * height / width, rows, columns)
    for ax, tile in zip_longest(axes.flat, tiles):
        hide_axes(ax, frame=False)
        if tile is not None:
            limit = np.abs(tile).max() or 1.0
            ax.imshow(tile, cmap="PuOr_r", vmin=-limit, vmax=limit, interpolation="nearest")
    return fig


def _off_the_curves(name: str, x: float, y: float, others: Sequence[NDArray[np.float64]]) -> float:
    """Return `y`, in points, moved away from the other curves where they would run through a name at `x`."""
    positions = x + np.linspace(0, 0.75, 25) * FONT * len(name)
    heights = [np.interp(positions, line[:, 0], line[:, 1], left=np.nan, right=np.nan) for line in others]
    passing = [line[~np.isnan(line)] for line in heights if not np.isnan(line).all()]
    if not passing:
        return y
    passed = np.concatenate(passing)
    away = 1 if y > np.mean([line[0] for line in passing]) else -1
    tries = y + away * np.arange(300)
    return float(tries[(np.abs(passed - tries[:, None]) > FONT / 2 + 3).all(axis=1).argmax()])


def _images(title: str, images: object, height: int | None, width: int | None) -> NDArray[np.float64]:
    if not isinstance(images, Tensor):
        raise TypeError(f"rows[{title!r}]: expected a tensor of images, got {type(images).__name__}")
    if images.dim() > 2:
        height, width = images.shape[-2:]
    if height is None or width is None:
        height = width = round(images.shape[-1] ** 0.5)
    if not images.numel() or images.dim() < 2 or images.numel() != len(images) * height * width:
        raise ValueError(f"rows: expected images [n, {height} · {width}] in {title!r}, got shape {list(images.shape)}")
    x = images.detach().cpu().reshape(-1, 1, height, width)
    binary = x.dtype == torch.bool or (not x.is_floating_point() and bool(((x == 0) | (x == 1)).all()))
    x = x.float() if binary else x
    checks.images(f"rows[{title!r}]", x)
    return np.asarray(x[:, 0], dtype=float)


def _tint(ax: Axes, shape: tuple[int, ...], known: int) -> None:
    """Lay a tint over the pixels from `known` on, with a line at the border."""
    unknown = (np.arange(shape[0] * shape[1]) >= known).reshape(shape)
    ax.imshow(np.where(unknown, 1.0, np.nan), cmap=ListedColormap([ORANGE]), alpha=0.3, interpolation="nearest")
    row, column = divmod(known, shape[1])
    if 0 < known < unknown.size:  # a step where the border lies within a row
        y = row - 0.5 + np.array([column > 0, column > 0, 0, 0])
        x = [-0.5, column - 0.5, column - 0.5, shape[1] - 0.5]
        ax.plot(x, y, color=VERMILION, linewidth=1.2, scalex=False, scaley=False)
