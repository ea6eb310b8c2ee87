"""How encoders are built and trained: SimCLR's two branches, blocks with and without skips, accuracy against size."""

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from torch import Tensor

from lecturelib.figures.style import (
    BLUE,
    COLORS,
    FONT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    VERMILION,
    WIDTH,
    check_pictures,
    draw_picture,
    hide_axes,
    label_axes,
    new_figure,
)

Picture = Float[Tensor, "channels height width"]


def simclr_pipeline(image: Picture, first: Picture, second: Picture) -> Figure:
    """Draw SimCLR's two branches: an image, two augmented views, encoder and projection head with shared weights.

    Args:
        image: before augmentation, values in [0, 1].
        first, second: its two views.

    Raises:
        TypeError, ValueError: they are not pictures.

    """
    for name, picture in (("image", image), ("first", first), ("second", second)):
        check_pictures(name, picture[None])
    fig, ax = new_figure(WIDTH, 2.7)
    hide_axes(ax, frame=False)
    draw_picture(ax, image, extent=(0, 1.3, 1.35, 2.65))
    for picture, y, prime in ((first, 3.25, ""), (second, 0.75, "'")):
        draw_picture(ax, picture, extent=(2.6, 3.9, y - 0.65, y + 0.65))
        _arrow(ax, (1.4, 2 + 0.2 * (y - 2)), (2.5, y), VERMILION)
        _arrow(ax, (4.0, y), (4.5, y), GREY)
        _box(ax, (5.3, y), "encoder", BLUE, width=1.4)
        _arrow(ax, (6.1, y), (6.5, y), GREY)
        _write(ax, (6.75, y), f"$h{prime}$")
        _arrow(ax, (7.0, y), (7.4, y), GREY)
        _box(ax, (8.2, y), "projection\nhead", GREEN, width=1.4, height=0.75)
        _arrow(ax, (9.0, y), (9.4, y), GREY)
        _write(ax, (9.85, y), f"$E(x{prime})$")
        _write(ax, (3.25, y + 0.85), f"view $x{prime}$")
        _arrow(ax, (9.85, y + 0.5 * (2 - y) / 1.25), (9.85, 2 + 0.3 * (y - 2) / 1.25), VERMILION)
    _write(ax, (0.65, 2.9), "image")
    _write(ax, (1.25, 3.25), "augment", VERMILION)
    _write(ax, (1.25, 0.75), "augment", VERMILION)
    for x in (5.3, 8.2):
        ax.plot([x, x], [1.2, 2.8], color=GREY, linewidth=1, linestyle=(0, (3, 3)))
        ax.text(x, 2, "same weights", ha="center", va="center", fontsize=FONT, color=INK, backgroundcolor="white")
    _write(ax, (6.75, 4.05), "features: kept", BLUE)
    _write(ax, (9.85, 2), "similar", VERMILION)
    ax.set(xlim=(-0.05, 10.5), ylim=(-0.1, 4.3), aspect="equal")
    return fig


def skip_blocks() -> Figure:
    """Draw two convolutions in VGG, ResNet v1 and ResNet v2, and a reversible block, from bottom to top."""
    fig, ax = new_figure(WIDTH, 4.1)
    hide_axes(ax, frame=False)
    plain = ("conv", "BN, ReLU", "conv", "BN, ReLU")
    before = ("BN, ReLU", "conv", "BN, ReLU", "conv")
    for x, title, layers, skip in (
        (0.9, "VGG", plain, 0),
        (3.0, "ResNet v1", (*plain[:3], "BN", "+", "ReLU"), 4),
        (5.3, "ResNet v2", (*before, "+"), 4),
    ):
        _write(ax, (x, 0), "$x$")
        for k, layer in enumerate(layers):
            _arrow(ax, (x, 0.72 * k + 0.2), (x, 0.72 * k + 0.5), GREY)
            _layer(ax, (x, 0.72 * (k + 1)), layer)
        top = 0.72 * (len(layers) + 1)
        _arrow(ax, (x, top - 0.52), (x, top - 0.2), GREY)
        _write(ax, (x, top), "$y$")
        if skip:
            _bend(ax, (x + 0.12, 0.05), (x + 0.18, 0.72 * (skip + 1)), 0.85)
        _write(ax, (x, 5.6), title)
    left, right = 8.0, 9.7
    _write(ax, ((left + right) / 2, 5.6), "RevNet")
    for x, k in ((left, 1), (right, 2)):
        _write(ax, (x, 0), f"$x_{k}$")
        _write(ax, (x, 4.9), f"$y_{k}$")
    _arrow(ax, (left, 0.2), (left, 1.85), ORANGE)
    _layer(ax, (left, 2.05), "+")
    _arrow(ax, (left, 2.25), (left, 4.7), GREY)
    _arrow(ax, (right, 0.2), (right, 3.4), ORANGE)
    _layer(ax, (right, 3.6), "+")
    _arrow(ax, (right, 3.8), (right, 4.7), GREY)
    middle = (left + right) / 2
    _arrow(ax, (right, 1.15), (middle + 0.3, 1.6), GREY)
    _box(ax, (middle, 1.7), "F", BLUE, width=0.5)
    _arrow(ax, (middle - 0.3, 1.8), (left + 0.2, 2.0), GREY)
    _arrow(ax, (left, 2.7), (middle - 0.3, 3.15), GREY)
    _box(ax, (middle, 3.25), "G", BLUE, width=0.5)
    _arrow(ax, (middle + 0.3, 3.35), (right - 0.2, 3.55), GREY)
    ax.set(xlim=(0, 10.2), ylim=(-0.3, 5.9))
    return fig


def accuracy_by_size(
    models: Mapping[str, Sequence[tuple[float, float]]], *, supervised: float | None = None, ylabel: str = ""
) -> Figure:
    """Draw the accuracy of models over their size; sizes of one method are joined, from the smallest to the largest.

    Args:
        models: for each method its models, a number of parameters in millions and an accuracy.
        supervised: the accuracy of training with labels, a dashed line.
        ylabel: what is measured, and in which unit.

    Raises:
        ValueError: no method, more than there are colours, one without models, or a size that is not positive.

    """
    if not 0 < len(models) <= len(COLORS):
        raise ValueError(f"models: expected 1 to {len(COLORS)} methods, got {len(models)}")
    if not all(len(points) for points in models.values()):
        raise ValueError("models: expected at least one model for each method, got none")
    if min(size for points in models.values() for size, _ in points) <= 0:
        raise ValueError("models: expected positive numbers of parameters, got zero or less")
    fig, ax = new_figure(WIDTH, 3.6)
    sizes = sorted({size for points in models.values() for size, _ in points})
    for k, (name, points) in enumerate(models.items()):
        x, y = zip(*sorted(points), strict=True)
        ax.plot(x, y, color=COLORS[k], marker="osD^vP"[k], markersize=6, linewidth=1.4, label=name)
    if supervised is not None:
        ax.axhline(supervised, color=GREY, linewidth=1, linestyle="--")
        ax.text(sizes[0], supervised + 0.4, "with labels", fontsize=FONT, color=INK, va="bottom")
    ax.set_xscale("log")
    ticks = [size for size in (1, 2, 5, 10, 25, 50, 100, 200, 400, 800) if sizes[0] / 2 <= size <= 2 * sizes[-1]]
    ax.set_xticks(ticks, [str(size) for size in ticks])
    ax.minorticks_off()
    label_axes(ax, "parameters of the encoder, millions", ylabel)
    for text in ax.legend(fontsize=FONT, frameon=False, labelcolor=INK, loc="lower right").get_texts():
        text.set_parse_math(False)
    ax.margins(0.08, 0.12)
    return fig


def _write(ax: Axes, at: tuple[float, float], text: str, color: str = INK) -> None:
    ax.text(*at, text, ha="center", va="center", fontsize=FONT, color=color)


def _layer(ax: Axes, at: tuple[float, float], name: str) -> None:
    """Draw a layer: a sum is round, a convolution blue, all others gray."""
    if name == "+":
        ax.plot(*at, "o", markersize=17, markerfacecolor="white", markeredgecolor=ORANGE, zorder=3)
        ax.text(*at, "+", ha="center", va="center", fontsize=FONT + 2, color=INK, zorder=4)
    else:
        _box(ax, at, name, BLUE if name == "conv" else GREY, width=1.15)


def _box(ax: Axes, at: tuple[float, float], text: str, color: str, *, width: float, height: float = 0.42) -> None:
    corner = (at[0] - width / 2, at[1] - height / 2)
    style: dict[str, Any] = {"boxstyle": "round,pad=0.02", "facecolor": "white", "linewidth": 1.4, "zorder": 3}
    ax.add_patch(FancyBboxPatch(corner, width, height, edgecolor=color, **style))
    ax.text(*at, text, ha="center", va="center", fontsize=FONT, color=INK, zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 10, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(start, end, color=color, zorder=2, **style))


def _bend(ax: Axes, start: tuple[float, float], end: tuple[float, float], out: float) -> None:
    """Draw a skip connection: out to the right, up, and back into the sum."""
    x = start[0] + out
    ax.plot([start[0], x, x], [start[1], start[1], end[1]], color=ORANGE, linewidth=1.6)
    _arrow(ax, (x, end[1]), end, ORANGE)
