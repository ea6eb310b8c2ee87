"""Contrastive learning in pictures: pairs of augmentations, the softmax of a view, tasks by architecture."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import (
    BLUE,
    COLORS,
    FONT,
    GREY,
    INK,
    ORANGE,
    WIDTH,
    check_pictures,
    draw_picture,
    finite,
    hide_axes,
    label_axes,
    new_figure,
    words_of,
)


def heat_map(names: Sequence[str], values: ArrayLike, *, split: int | None = None, label: str = "") -> Figure:
    """Draw a square table of numbers as shades, each with its value: darker is larger.

    Args:
        names: of rows and columns.
        values: one row per name.
        split: where to draw a line between two kinds: after so many rows and columns.
        label: what the numbers are.

    Raises:
        TypeError: not names or numbers.
        ValueError: the table is not square, has not one row for each name, or a value is not finite.

    """
    names = words_of("names", names)
    exact = finite("values", values, len(names), len(names))
    table = torch.from_numpy(exact).float()
    if split is not None:
        split = checks.integer_between("split", split, 0, len(names))
    side = min(0.75, (WIDTH - 1.2) / len(names))
    fig, ax = new_figure(1.2 + side * len(names), 0.9 + side * len(names))
    low, high = float(table.min()) - 2, float(table.max()) + 4
    ax.imshow(table.numpy(), cmap="Blues", vmin=low, vmax=high)
    for i, row in enumerate(exact):
        for j, value in enumerate(row):
            colour = "white" if value > low + 0.65 * (high - low) else INK
            ax.text(j, i, f"{value:.1f}", ha="center", va="center", fontsize=FONT, color=colour)
    ax.set_xticks(range(len(names)), names, fontsize=FONT, rotation=30, ha="right", parse_math=False)
    ax.set_yticks(range(len(names)), names, fontsize=FONT, parse_math=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, colors=INK)
    if split is not None:
        ax.axhline(split - 0.5, color="white", linewidth=3)
        ax.axvline(split - 0.5, color="white", linewidth=3)
    ax.set_title(label, fontsize=FONT, color=INK, parse_math=False)
    return fig


def contrastive_softmax(
    view: Float[Tensor, "channels height width"],
    others: Float[Tensor, "n channels height width"],
    cosines: Float[Tensor, " n"],
    temperature: float,
) -> Figure:
    """Draw a view x, its positive x' and negatives y, and the probability of each in the softmax of the cosines.

    Args:
        view: x.
        others: first x', the other view of the same image, then views of other images.
        cosines: of x with each of them.
        temperature: the cosines are divided by it.

    Raises:
        TypeError, ValueError: `view` or `others` are not pictures, or there is not one cosine for each of the others.

    """
    check_pictures("view", view[None])
    check_pictures("others", others)
    if cosines.shape != (len(others),):
        raise ValueError(f"cosines: expected {len(others)}, one for each of others, got {list(cosines.shape)}")
    share = (cosines / temperature).softmax(dim=0)
    fig, axes = new_figure(WIDTH, 2.3, 2, len(others) + 1)
    for ax in axes.flat:
        hide_axes(ax, frame=False)
    titles = ["x", "x'", *("y" for _ in others[1:])]
    for ax, picture, title in zip(axes[0], [view, *others], titles, strict=True):
        draw_picture(ax, picture)
        ax.set_title(title, fontsize=FONT, color=INK, style="italic")
    axes[1, 0].text(0.5, 0.5, "softmax", ha="center", va="center", fontsize=FONT, color=INK)
    for k, (ax, value) in enumerate(zip(axes[1, 1:], share.tolist(), strict=True)):
        ax.bar([0], [value], color=BLUE if k == 0 else ORANGE, width=0.6)
        ax.set(ylim=(0, 1.15), xlim=(-0.6, 0.6))
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.text(0, value + 0.03, f"{value:.2f}", ha="center", fontsize=FONT, color=INK)
        ax.set_xlabel(f"cos {cosines[k]:.2f}", fontsize=FONT, color=INK, labelpad=2)
    return fig


def score_lines(scores: Mapping[str, Mapping[str, float]], *, ylabel: str, base: str | None = None) -> Figure:
    """Draw the scores of each architecture, joined by thin lines; where they cross, the order of architectures changes.

    Args:
        scores: for each architecture, a value for each task; the same tasks in the same order.
        ylabel: what is measured, and in which unit.
        base: a task whose values are drawn as single points at the right: the encoder without training.

    Raises:
        ValueError: no architecture, more than there are colours, or tasks that differ.

    """
    first = list(next(iter(scores.values()), {}))
    if not first or any(list(mine) != first for mine in scores.values()):
        raise ValueError(
            f"scores: expected the same tasks for each architecture, got {[list(s) for s in scores.values()]}"
        )
    if len(scores) > len(COLORS):
        raise ValueError(f"scores: expected at most {len(COLORS)} architectures, got {len(scores)}")
    tasks = [task for task in first if task != base]
    fig, ax = new_figure(WIDTH, 3.6)
    for k, (name, mine) in enumerate(scores.items()):
        style = dict(color=COLORS[k], marker="osD^vP"[k], markersize=6)
        ax.plot(range(len(tasks)), [mine[task] for task in tasks], label=name, linewidth=0.7, **style)
        if base is not None:
            ax.plot([len(tasks) - 0.3 + 0.12 * k], [mine[base]], linestyle="none", **style)
    names = tasks if base is None else [*tasks, base]
    at = [*range(len(tasks)), *([len(tasks)] if base is not None else [])]
    ax.set_xticks(at, names, fontsize=FONT, parse_math=False)
    label_axes(ax, "", ylabel)
    for text in ax.legend(fontsize=FONT, frameon=False, ncols=2, labelcolor=INK).get_texts():
        text.set_parse_math(False)
    return fig
