"""The networks of the pretext tasks: a context encoder, its adversarial game, and siamese networks of patches."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import (
    BLUE,
    FONT,
    GREEN,
    GREY,
    INK,
    PURPLE,
    VERMILION,
    WIDTH,
    check_pictures,
    draw_picture,
    hide_axes,
    new_figure,
)

Picture = Float[Tensor, "channels height width"]
CHANNELS = (BLUE, VERMILION, GREEN)  # of the feature maps that are drawn


def context_encoder(seen: Picture, painted: Picture) -> Figure:
    """Draw a context encoder: the encoder shrinks, a full layer per feature map mixes positions, the decoder grows.

    Args:
        seen: the image with its hole.
        painted: the image with the hole filled in.

    Raises:
        TypeError, ValueError: one of the two is not a picture.

    """
    check_pictures("seen, painted", torch.stack([seen, painted]))
    fig, ax = _canvas(2.75)
    _picture(ax, seen, (0.08, 1.0), 0.95)
    _picture(ax, painted, (5.97, 1.0), 0.95)
    _trapezoid(ax, 1.2, 2.3, (1.5, 0.75), "encoder\n$E$", BLUE)
    _trapezoid(ax, 4.7, 5.8, (0.75, 1.5), "decoder", GREEN)
    for left, right, at in ((1.05, 1.2, 1.47), (5.8, 5.95, 1.47)):
        _arrow(ax, (left, at), (right, at), GREY)
    for k, colour in enumerate(CHANNELS):  # three of the maps, each with a layer of its own
        bottom = 0.86 + 0.44 * k
        before, after = (_map(ax, x, bottom, colour) for x in (2.6, 4.05))
        lines = [*itertools.product(before, after)]
        ax.add_collection(LineCollection(lines, colors=colour, linewidth=0.35, alpha=0.6, zorder=1))
    ax.text(3.5, 2.42, "channel-wise layer:\none full layer per map", **_style(VERMILION))
    ax.text(0.55, 0.55, "what is seen\n" + r"$(1 - \hat{M}) \odot x$", **_style(INK))
    ax.text(2.78, 0.55, "feature maps", **_style(INK))
    ax.text(4.3, 0.55, "mixed maps", **_style(INK))
    ax.text(6.4, 0.55, "what is painted\n" + r"$F((1 - \hat{M}) \odot x)$", **_style(INK))
    return fig


def adversarial_game(seen: Picture, real: Picture, painted: Picture) -> Figure:
    """Draw the game of F and D: D sees true and painted pieces, and F is told by D's gradient how to deceive it.

    Args:
        seen: the image with its hole.
        real, painted: what was in the hole, and what F paints there.

    Raises:
        TypeError, ValueError: one of the three is not a picture.

    """
    for name, picture in (("seen", seen), ("real", real), ("painted", painted)):
        check_pictures(name, picture[None])
    fig, ax = _canvas(2.9)
    _picture(ax, seen, (0.1, 0.55), 0.85)
    _picture(ax, painted, (2.75, 0.6), 0.75)
    _picture(ax, real, (2.75, 1.8), 0.75)
    _box(ax, (1.9, 0.97), "$F$\npaints", GREEN, width=0.8, height=0.7)
    _box(ax, (4.7, 1.57), "$D$\njudges", VERMILION, width=0.9, height=0.7)
    _arrow(ax, (1.0, 0.97), (1.48, 0.97), GREY)
    _arrow(ax, (2.32, 0.97), (2.7, 0.97), GREY)
    _arrow(ax, (3.55, 1.05), (4.2, 1.42), GREY)
    _arrow(ax, (3.55, 2.1), (4.2, 1.75), GREY)
    _arrow(ax, (5.17, 1.57), (5.5, 1.57), GREY)
    ax.text(5.55, 1.57, "probability that\nthe piece is real", **(_style(INK) | {"ha": "left"}))
    ax.text(0.52, 0.3, "image with a hole", **_style(INK))
    ax.text(3.12, 0.4, "painted piece", **_style(INK))
    ax.text(3.12, 2.7, "real piece", **_style(INK))
    ax.text(4.7, 2.3, "$D$ learns: real up,\npainted down", **_style(VERMILION))
    ax.plot((4.7, 4.7, 1.9), (1.17, 0.15, 0.15), color=GREEN, linewidth=1.3, linestyle="--")
    _arrow(ax, (1.9, 0.15), (1.9, 0.57), GREEN)
    ax.text(4.85, 0.5, "$F$ learns from $D$'s\ngradient: painted up", **(_style(GREEN) | {"ha": "left"}))
    return fig


def relative_patch_network(first: Picture, second: Picture, y: int) -> Figure:
    """Draw the network of relative patches: one encoder reads both, a classifier of the two features says where.

    Args:
        first, second: patches of one shape.
        y: the direction from the first to the second, 0 (above left) to 7 (below right).

    Raises:
        TypeError, ValueError: one of the patches is not a picture, or `y` is not a direction.

    """
    check_pictures("first, second", torch.stack([first, second]))
    checks.integer_between("y", y, 0, 7)
    fig, ax = _siamese([first, second], ["$x_1$", "$x_2$"], [f"$E(x_{k})$" for k in (1, 2)], 0.8, "8 directions")
    for direction in range(9):
        row, column = divmod(direction, 3)
        corner, name = (5.9 + 0.32 * column, 1.67 - 0.32 * row), direction - (direction > 4)
        chosen = direction != 4 and name == y
        ax.add_patch(Rectangle(corner, 0.3, 0.3, facecolor=BLUE if chosen else "white", edgecolor=GREY, linewidth=0.8))
        text = "$x_1$" if direction == 4 else str(name)
        ax.text(corner[0] + 0.15, corner[1] + 0.15, text, **_style("white" if chosen else INK))
    return fig


def jigsaw_network(tiles: Float[Tensor, "9 channels t t"], orders: int) -> Figure:
    """Draw the network of a jigsaw puzzle: one encoder reads nine shuffled tiles, a classifier names their order.

    Args:
        tiles: in the order in which the network sees them.
        orders: number of permutations that it can name.

    Raises:
        TypeError, ValueError: there are not nine pictures, or `orders` is not a positive integer.

    """
    check_pictures("tiles", tiles)
    checks.positive_int("orders", orders)
    if len(tiles) != 9:
        raise ValueError(f"tiles: expected 9, got {len(tiles)}")
    names = [f"$s_{k}$" for k in range(1, 10)]
    fig, ax = _siamese(list(tiles), names, [""] * 9, 0.28, f"{orders} orders")
    for k, height in enumerate((0.12, 0.2, 0.55, 0.16, 0.1)):
        ax.add_patch(Rectangle((5.95 + 0.19 * k, 1.2), 0.13, height, color=BLUE if k == 2 else GREY))
    ax.text(6.4, 1.05, "1, 2, … , " + str(orders), **_style(INK))
    return fig


def _siamese(
    pictures: Sequence[Tensor], names: Sequence[str], features: Sequence[str], edge: float, answer: str
) -> tuple[Figure, Axes]:
    """Draw pictures, a copy of the encoder for each, their features side by side, an MLP and the answer's title."""
    fig, ax = _canvas(3.2)
    rows = np.linspace(2.75, 0.25, len(pictures)) if len(pictures) > 2 else np.array([2.1, 0.9])
    for picture, name, feature, y in zip(pictures, names, features, rows, strict=True):
        _picture(ax, picture, (0.45, y - edge / 2), edge)
        ax.text(0.22, y, name, **_style(INK))
        _arrow(ax, (0.5 + edge, y), (1.75, y), GREY)
        _box(ax, (2.1, y), "$E$", BLUE, width=0.6, height=min(0.2, edge))
        _arrow(ax, (2.45, y), (3.2, y), GREY)
        ax.add_patch(Rectangle((3.25, y - edge / 2), 0.14, edge, color=BLUE, alpha=0.45))
        if feature:
            ax.text(2.83, y + 0.2, feature, **_style(INK))
        _arrow(ax, (3.42, y), (4.2, 1.5 + 0.2 * (y - 1.5)), GREY)
    ax.text(2.1, 3.08, "one encoder, the same weights", **_style(BLUE))
    _box(ax, (4.7, 1.5), "MLP", PURPLE, width=0.8, height=0.7)
    _arrow(ax, (5.15, 1.5), (5.8, 1.5), GREY)
    ax.text(*((3.6, 0.2) if len(pictures) == 2 else (4.6, 2.5)), "features\nside by side", **_style(INK))
    ax.text(6.4, 2.35, f"softmax over\n{answer}", **_style(INK))
    return fig, ax


def _canvas(height: float) -> tuple[Figure, Axes]:
    """Return a figure whose axes are measured in inches."""
    fig, ax = new_figure(WIDTH, height)
    hide_axes(ax, frame=False)
    ax.set(xlim=(0, WIDTH), ylim=(0, height), aspect="equal")
    return fig, ax


def _picture(ax: Axes, picture: Tensor, corner: tuple[float, float], edge: float) -> None:
    (left, bottom), limits = corner, (ax.get_xlim(), ax.get_ylim())
    draw_picture(ax, picture, extent=(left, left + edge, bottom, bottom + edge), zorder=2)
    ax.set(xlim=limits[0], ylim=limits[1])


def _map(ax: Axes, left: float, bottom: float, colour: str) -> list[tuple[float, float]]:
    """Draw a feature map of 4 x 4, and return the middles of its cells."""
    side = 0.36 / 4
    for row in range(4):
        for column in range(4):
            corner = (left + column * side, bottom + row * side)
            ax.add_patch(
                Rectangle(corner, side, side, facecolor="white", edgecolor=colour, linewidth=0.8, zorder=2, alpha=0.9)
            )
    cells = np.stack(np.meshgrid(np.arange(4), np.arange(4)), axis=-1).reshape(-1, 2)
    return [(left + (c + 0.5) * side, bottom + (r + 0.5) * side) for c, r in cells.tolist()]


def _trapezoid(ax: Axes, left: float, right: float, heights: tuple[float, float], text: str, colour: str) -> None:
    a, b = (height / 2 for height in heights)
    corners = [(left, 1.47 - a), (left, 1.47 + a), (right, 1.47 + b), (right, 1.47 - b)]
    ax.add_patch(Polygon(corners, facecolor="white", edgecolor=colour, linewidth=1.6))
    ax.text((left + right) / 2, 1.47, text, **_style(colour))


def _box(ax: Axes, at: tuple[float, float], text: str, colour: str, *, width: float, height: float) -> None:
    corner = (at[0] - width / 2, at[1] - height / 2)
    shape: Any = {"boxstyle": "round,pad=0.02", "facecolor": "white", "edgecolor": colour, "linewidth": 1.6}
    ax.add_patch(FancyBboxPatch(corner, width, height, zorder=3, **shape))
    ax.text(*at, text, zorder=4, **_style(colour))


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    shape: Any = {"arrowstyle": "-|>", "mutation_scale": 10, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(start, end, color=colour, **shape))


def _style(colour: str) -> dict[str, Any]:
    return {"ha": "center", "va": "center", "fontsize": FONT, "color": colour}
