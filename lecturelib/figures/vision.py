"""Rows of colour pictures, tiles put together, and the filters of a first layer."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import FONT, INK, WIDTH, check_pictures, draw_picture, hide_axes, new_figure

MARGIN = 1.35  # inches for the rows' titles
LARGEST = 0.9  # inches, of a picture's edge


def color_rows(
    rows: Mapping[str, Float[Tensor, "n channels height width"]],
    *,
    captions: Mapping[str, Sequence[str]] | None = None,
) -> Figure:
    """Draw labelled rows of pictures as they are: 0 is black, and three channels are red, green and blue.

    Args:
        rows: title and pictures, values from 0 to 1, in one or three channels; a row may be shorter than others.
        captions: for some titles, a line below each of its pictures.

    Raises:
        TypeError, ValueError: no row, a row that is not of pictures, or captions that do not fit the row.

    """
    if not rows:
        raise ValueError("rows: expected at least one row of pictures, got none")
    captions = captions or {}
    for title, pictures in rows.items():
        check_pictures(f"rows[{title!r}]", pictures)
    for title, lines in captions.items():
        checks.one_of("captions", title, list(rows))
        if len(lines) != len(rows[title]):
            raise ValueError(f"captions[{title!r}]: expected {len(rows[title])} lines, got {len(lines)}")
    columns = max(map(len, rows.values()))
    side = min(LARGEST, (WIDTH - MARGIN) / columns)
    height = sum(side + (0.32 if title in captions else 0.16) for title in rows)
    fig, axes = new_figure(columns * side + MARGIN, height + 0.1, len(rows), columns)
    for line, (title, pictures) in zip(axes, rows.items(), strict=True):
        for k, ax in enumerate(line):
            hide_axes(ax, frame=False)
            if k < len(pictures):
                draw_picture(ax, pictures[k])
                if title in captions:
                    ax.set_xlabel(captions[title][k], fontsize=9, color=INK, labelpad=2, parse_math=False)
        style: Any = {"rotation": 0, "ha": "right", "va": "center", "labelpad": 6, "parse_math": False}
        line[0].set_ylabel(title, fontsize=FONT, color=INK, **style)
    return fig


def tile_pictures(
    tiles: Float[Tensor, "n 9 channels t t"], *, gap: int = 2, shade: float = 1.0
) -> Float[Tensor, "n channels s s"]:
    """Return each nine tiles as one picture, three by three, `gap` pixels apart, with `shade` (1: white) between.

    Raises:
        TypeError, ValueError: `tiles` are not pictures, or `gap` is not a positive integer.

    """
    gap = checks.positive_int("gap", gap)
    if tiles.dim() != 5 or tiles.shape[1] != 9:
        raise ValueError(f"tiles: expected shape [n, 9, channels, t, t], got {list(tiles.shape)}")
    check_pictures("tiles", tiles.flatten(0, 1))
    n, _, channels, t, _ = tiles.shape
    side = 3 * t + 2 * gap
    pictures = torch.full((n, channels, side, side), shade, dtype=tiles.dtype)
    for k in range(9):
        row, column = (position * (t + gap) for position in divmod(k, 3))
        pictures[:, :, row : row + t, column : column + t] = tiles[:, k]
    return pictures


def color_filters(W: Float[Tensor, "units channels k k"], *, columns: int = 16) -> Figure:
    """Draw a first layer's filters as colour tiles: gray is 0, and each is scaled to its own largest weight.

    Raises:
        TypeError, ValueError: `W` has neither 1 nor 3 channels, or `columns` is not a positive integer.

    """
    columns = checks.positive_int("columns", columns)
    if W.dim() != 4 or W.shape[1] not in (1, 3):
        raise ValueError(f"W: expected shape [units, 1 or 3, k, k], got {list(W.shape)}")
    tiles = W.detach().cpu().float()
    tiles = 0.5 + tiles / (2 * tiles.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12))
    rows, columns = -(-len(tiles) // columns), min(columns, len(tiles))
    side = min(0.6, WIDTH / columns)
    fig, axes = new_figure(columns * side, rows * side, rows, columns)
    for k, ax in enumerate(axes.flat):
        hide_axes(ax, frame=False)
        if k < len(tiles):
            draw_picture(ax, tiles[k])
    return fig
