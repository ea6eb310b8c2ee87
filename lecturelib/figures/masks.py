"""What a masked convolution depends on: its masks, the channels of one pixel, and the receptive field."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, Rectangle
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import BLUE, FEW, FONT, GREEN, INK, SKY, VERMILION, WIDTH, hide_axes, new_figure

SEEN, UNSEEN, LINE = "#BFE0F5", "#F6D58F", "#C8C8C8"
RGB = {"R": VERMILION, "G": GREEN, "B": BLUE}


def mask_grid(masks: Mapping[str, Tensor]) -> Figure:
    """Draw masks of convolutions side by side: a shaded 1 where the weight is used, 0 elsewhere, the centre framed.

    All have the same scale and their centres in one line. Masks of more than 12 entries per side carry no digits.

    Args:
        masks: title and mask [rows, columns] of zeros and ones (or booleans), both sizes odd; of a convolution's mask
            [out_channels, in_channels, rows, columns] the part between two feature maps, `mask[0, 0]`.

    Raises:
        TypeError, ValueError: no mask, one of another shape, an even size, or other values.

    """
    _check_bits(masks)
    for title, mask in masks.items():
        if mask.dim() != 2 or not all(size % 2 for size in mask.shape):
            shape = list(mask.shape)
            raise ValueError(f"masks[{title!r}]: expected shape [rows, columns], both odd, got {shape}")
    rows, columns = (max(mask.shape[k] for mask in masks.values()) for k in (0, 1))
    side = min(0.32, (WIDTH / len(masks) - 0.3) / columns, 4.2 / rows)
    panel = max(columns * side, 0.08 * max(map(len, masks))) + 0.3  # or the titles would run into each other
    fig, axes = new_figure(min(len(masks) * panel, WIDTH), rows * side + 0.45, 1, len(masks))
    for ax, (title, mask) in zip(axes[0], masks.items(), strict=True):
        hide_axes(ax, frame=False)
        height, width = mask.shape
        up, left = height // 2, width // 2
        values = mask.detach().cpu().float().numpy()
        ax.imshow(values, cmap=ListedColormap(["white", SEEN]), vmin=0, vmax=1)
        for (r, c), value in np.ndenumerate(values):
            ax.add_patch(Rectangle((c - 0.5, r - 0.5), 1, 1, fill=False, edgecolor=LINE, linewidth=0.6))
            if max(rows, columns) <= FEW:
                ax.text(c, r, str(int(value)), ha="center", va="center", fontsize=FONT, color=INK)
        ax.add_patch(Rectangle((left - 0.5, up - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=2.2))
        ax.set(xlim=(left - columns / 2 - 0.1, left + columns / 2 + 0.1))  # the same limits around every centre
        ax.set(ylim=(up + rows / 2 + 0.1, up - rows / 2 - 0.1))
        ax.set_title(title, fontsize=FONT, color=INK, parse_math=False)
    return fig


def channel_connections(masks: Mapping[str, Tensor]) -> Figure:
    """Draw which channels of a pixel (R, G, B, below) reach which above, and which the earlier pixels reach.

    After Figure 2, right, of van den Oord et al., 2016, with the lines read from the masks.

    Args:
        masks: title and mask of zeros and ones, to be drawn side by side: [3, 3] (target, source) of one pixel, or a
            convolution's [3, 3, rows, columns], which adds a box for the pixels around the centre.

    Raises:
        TypeError, ValueError: no mask, one of another shape, other values, or one that sees a later pixel.

    """
    _check_bits(masks)
    for title, mask in masks.items():
        if mask.shape[:2] != (3, 3) or mask.dim() not in (2, 4) or not all(size % 2 for size in mask.shape):
            shape = list(mask.shape)
            raise ValueError(f"masks[{title!r}]: expected shape [3, 3] or [3, 3, rows, columns], both odd, got {shape}")
        if mask.reshape(3, 3, -1)[:, :, mask[0, 0].numel() // 2 + 1 :].any():
            raise ValueError(f"masks[{title!r}]: expected zeros after the centre, got a mask that sees a later pixel")
    context = any(mask.dim() == 4 for mask in masks.values())
    left = -2.2 if context else -0.5
    panel = min((WIDTH - 0.2) / len(masks), 0.62 * (2.5 - left))
    fig, axes = new_figure(panel * len(masks) + 0.2, 2.0, 1, len(masks))
    for ax, (title, mask) in zip(axes[0], masks.items(), strict=True):
        hide_axes(ax, frame=False)
        ax.set(xlim=(left - 0.05, 2.55), ylim=(-0.45, 2.25), aspect="equal")
        ax.set_title(title, fontsize=FONT, color=INK, parse_math=False)
        kernel_mask = mask.detach().cpu().bool().reshape(3, 3, -1)
        middle = kernel_mask.shape[2] // 2
        for (target, source), value in np.ndenumerate(kernel_mask[:, :, middle].numpy()):
            if value:
                _connect(ax, float(source), float(target), list(RGB.values())[source])
        if mask.dim() == 4:
            for target in kernel_mask[:, :, :middle].flatten(1).any(1).nonzero().flatten().tolist():
                _connect(ax, -1.5, float(target), "#8A8A8A")
            ax.add_patch(Rectangle((-2.15, -0.4), 1.3, 0.8, facecolor="#E4E4E4", edgecolor=INK, zorder=3))
            ax.text(-1.5, 0, "earlier\npixels", ha="center", va="center", fontsize=FONT, color=INK, zorder=4)
        for y in (0.0, 1.8):
            for x, (letter, colour) in enumerate(RGB.items()):
                ax.add_patch(Circle((x, y), 0.36, facecolor="white", edgecolor=colour, linewidth=2.2, zorder=3))
                ax.text(x, y, letter, ha="center", va="center", fontsize=FONT + 1, color=INK, zorder=4)
    return fig


def receptive_field(paths: Tensor, row: int, column: int) -> Figure:
    """Draw which pixels a prediction depends on: those with a path to it, and the blind spot, which has none.

    The more paths, the darker the blue (of their logarithm). The pixel itself may have paths: in RGB, from its own
    channels. Figures of images of one size have one size, so that `demos.frame_slider` can show them in turn.

    Args:
        paths: [height, width], the number or weight of the paths from each pixel to the predicted one; 0 is none.
        row, column: of the predicted pixel, from 0.

    Raises:
        TypeError, ValueError: `paths` is not a matrix of finite numbers of at least 0, there is no such pixel, or a
            pixel after it in raster order has a path.

    """
    if not isinstance(paths, Tensor):
        raise TypeError(f"paths: expected a tensor [height, width], got {type(paths).__name__}")
    if paths.dim() != 2 or not paths.numel():
        raise ValueError(f"paths: expected shape [height, width], got {list(paths.shape)}")
    height, width = paths.shape
    checks.integer_between("row", row, 0, height - 1)
    checks.integer_between("column", column, 0, width - 1)
    paths = paths.detach().cpu().double()
    if not (torch.isfinite(paths) & (paths >= 0)).all():
        raise ValueError("paths: expected finite numbers of at least 0, got others; take the Jacobian's absolute value")
    count = paths.numpy()
    order, here = np.arange(height * width).reshape(height, width), row * width + column
    if (count[order > here] > 0).any():
        r, c = np.argwhere((order > here) & (count > 0))[0]
        raise ValueError(
            f"paths: expected none from pixels after row {row}, column {column}, got {count[r, c]:.4g} from"
            f" row {r}, column {c}: the model sees the future"
        )
    seen = (order < here) & (count > 0)
    side = 4.2 / max(height, width)
    fig, ax = new_figure(max(width * side, 4.0) + 0.2, height * side + 0.75)
    shade = np.log(np.where(seen, count, np.nan))
    low, high = (np.nanmin(shade), np.nanmax(shade)) if seen.any() else (0.0, 0.0)
    blues = LinearSegmentedColormap.from_list("paths", [SEEN, BLUE])
    ax.imshow(shade, cmap=blues, vmin=min(low, high - 1e-9), vmax=high, interpolation="nearest")
    ax.set(xticks=np.arange(-0.5, width), yticks=np.arange(-0.5, height), xticklabels=[], yticklabels=[])
    ax.grid(color=LINE, linewidth=0.4)
    ax.tick_params(length=0)
    ax.spines[:].set(color=LINE)
    for r, c in np.argwhere((order < here) & ~seen):
        ax.add_patch(_blind((float(c), float(r))))
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=VERMILION, edgecolor=VERMILION))
    words = {
        "the predicted pixel": Patch(facecolor=VERMILION),
        "before it: a path (darker: more)": Patch(facecolor=SKY),
        "before it: no path": _blind((0, 0)),
        "after it": Patch(facecolor="white", edgecolor=LINE),
    }
    style: dict[str, Any] = {"loc": "outside lower center", "ncols": 2, "handlelength": 1.5, "columnspacing": 1.5}
    style |= {"frameon": False, "fontsize": FONT, "labelcolor": INK}
    fig.legend(list(words.values()), list(words), **style)
    return fig


def _check_bits(masks: Mapping[str, Tensor]) -> None:
    """Raise unless there are masks, and all are tensors of zeros and ones."""
    if not masks:
        raise ValueError("masks: expected at least one mask, got none")
    for title, mask in masks.items():
        if not isinstance(mask, Tensor):
            raise TypeError(f"masks[{title!r}]: expected a tensor of zeros and ones, got {type(mask).__name__}")
        wrong = mask[(mask != 0) & (mask != 1)]
        if len(wrong):
            raise ValueError(f"masks[{title!r}]: expected zeros and ones, got {float(wrong[0]):.4g}")


def _connect(ax: Axes, below: float, above: float, colour: str) -> None:
    ax.plot([below, above], [0, 1.8], color=colour, linewidth=2, solid_capstyle="round", zorder=1)


def _blind(at: tuple[float, float]) -> Rectangle:
    """Return a pixel of the blind spot, hatched, so that it is told by more than its colour."""
    corner = (at[0] - 0.5, at[1] - 0.5)
    return Rectangle(corner, 1, 1, facecolor=UNSEEN, edgecolor="#9A6700", hatch="////", linewidth=0)
