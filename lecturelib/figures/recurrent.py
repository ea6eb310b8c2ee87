"""Recurrent networks: unfolded in time, their gradients by distance, and the LSTM's cell."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import ArrayLike
from torch import Tensor

from lecturelib import checks
from lecturelib.figures.style import (
    BLUE,
    COLORS,
    FONT,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    VERMILION,
    WIDTH,
    hide_axes,
    label_axes,
    legend_below,
    new_figure,
    numbers,
)

PALE = "#D9D9D9"
PATHS = (VERMILION, GREEN, PURPLE, ORANGE)
EQUATIONS = {"g": BLUE, "i": GREEN, "f": VERMILION, "o": PURPLE, "s": "#9A6700", "h": "#882255"}
GATES = {"f": (3.2, "forget gate"), "g": (5.4, "input node"), "i": (7.4, "input gate"), "o": (9.6, "output gate")}


def unfolded_network(steps: int, layers: int = 1) -> Figure:
    """Draw a recurrent network folded, and unfolded over `steps` times; arrows of one colour share their weights.

    Args:
        steps: number of times, 1 to 4.
        layers: number of layers, 1 or 2.

    Raises:
        TypeError, ValueError: a number is not an integer or outside its range.

    """
    checks.integer_between("steps", steps, 1, 4)
    checks.integer_between("layers", layers, 1, 2)
    top = layers + 1.0
    fig, ax = new_figure(1.2 * steps + 2.2, 0.75 * top + 1.0)
    hide_axes(ax, frame=False)
    ax.set(xlim=(-0.75, 1.2 * steps + 1.55), ylim=(-0.3, top + 0.75), aspect="equal")
    across = [VERMILION, "#9A6700"]
    upward = [BLUE, "#33628A", GREEN] if layers == 2 else [BLUE, GREEN]
    for column in range(steps + 1):
        x = 1.2 * column + 0.95 if column else 0.0
        index = f"_{column}" if column else "_i"
        ax.text(x, 0, f"$x{index}$", ha="center", va="center", fontsize=FONT + 2, color=INK)
        ax.text(x, top, f"$o{index}$", ha="center", va="center", fontsize=FONT + 2, color=INK)
        for layer, colour in enumerate(upward):
            _arrow(ax, [(x, layer + 0.27), (x, layer + 0.73)], colour)
        for layer in range(1, layers + 1):
            name = rf"$h{index}$" if layers == 1 else rf"$h^{{({layer})}}{index}$"
            ax.add_patch(Circle((x, layer), 0.27, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=3))
            ax.text(x, layer, name, ha="center", va="center", fontsize=FONT, color=INK, zorder=4)
            if column:
                _arrow(ax, [(x - 0.93 if column > 1 else x - 0.55, layer), (x - 0.27, layer)], across[layer - 1])
                if column == 1:
                    name = name.replace("_1", "_0")
                    ax.text(x - 0.8, layer, name, ha="center", va="center", fontsize=FONT, color=INK)
            else:
                loop: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "color": across[layer - 1]}
                ends = (x - 0.17, layer + 0.2), (x - 0.17, layer - 0.2)
                ax.add_patch(FancyArrowPatch(*ends, connectionstyle="arc3,rad=1.6", linewidth=1.6, **loop))
        if column:
            claim = rf"$p(x_{column + 1}\mid x_{{\leq {column}}})$"
            ax.text(x, top + 0.5, claim, ha="center", va="center", fontsize=FONT, color=GREY)
    ax.text(0.66, 0.5 * top, "=", ha="center", va="center", fontsize=FONT + 6, color=INK)
    if layers == 1:
        for text, at, colour in ((r"$W_{xh}$", 0.5, BLUE), (r"$W_{hy}$", 1.5, GREEN)):
            ax.text(0.08, at, text, ha="left", va="center", fontsize=FONT, color=colour)
        ax.text(-0.7, 1.42, r"$W_{hh}$", ha="left", va="center", fontsize=FONT, color=VERMILION)
    return fig


def gradient_norms(lines: Mapping[str, ArrayLike], *, low: float, high: float) -> Figure:
    """Draw the norm of a gradient 0, 1, 2 … steps back in time, on a logarithmic axis from `low` to `high`.

    Figures with the same limits have the same size, so that `demos.frame_slider` can show them in turn.

    Args:
        lines: name, and the norm for each distance, the nearest first; a line that leaves the limits is cut.
        low, high: the limits, 0 < low < high.

    Raises:
        ValueError: no line, a negative or NaN norm, or wrong limits.

    """
    if not lines:
        raise ValueError("lines: expected at least one, got none")
    if not 0 < low < high < np.inf:
        raise ValueError(f"low, high: expected 0 < low < high, got {low} and {high}")
    fig, ax = new_figure(WIDTH, 3.3)
    for k, (name, norms) in enumerate(lines.items()):
        values = numbers("lines", norms)
        if values.ndim != 1 or not len(values) or not (values >= 0).all():
            raise ValueError(f"lines: expected norms of at least 0 for {name!r}, one per distance, got others")
        style: Any = ("-", "--", "-.", ":")[k % 4]
        shown = np.where(values > 0, values, np.nan)
        ax.plot(shown, color=COLORS[k % len(COLORS)], linewidth=2.2, linestyle=style, label=name)
    ax.set(yscale="log", ylim=(low, high))
    ax.axhline(1, color=GREY, linewidth=0.8)
    label_axes(ax, "steps back in time", "norm of the gradient")
    ax.grid(color="#E3E3E3", linewidth=0.7)
    legend_below(fig, columns=len(lines), handlelength=2.6)
    return fig


def error_surface(
    w: Tensor, b: Tensor, loss: Tensor, paths: Mapping[str, Sequence[tuple[float, float]]] | None = None
) -> Figure:
    """Draw a loss over two parameters, darker where it is larger, and paths of gradient descent on it.

    Args:
        w, b: [columns] and [rows], the values of the two parameters, ascending.
        loss: [rows, columns], finite.
        paths: name, for the legend, and the points (w, b) of a path. What leaves the map is cut.

    Raises:
        ValueError: shapes that do not fit, or a loss that is not finite.

    """
    if w.dim() != 1 or b.dim() != 1 or list(loss.shape) != [len(b), len(w)] or not loss.isfinite().all():
        shapes = ", ".join(str(list(x.shape)) for x in (w, b, loss))
        raise ValueError(f"w, b, loss: expected [columns], [rows], finite [rows, columns], got {shapes}")
    fig, ax = new_figure(WIDTH, 3.8)
    x, y, z = (values.detach().cpu().double().numpy() for values in (w, b, loss))
    shown = ax.pcolormesh(x, y, z, cmap="Blues", shading="nearest", rasterized=True)
    bar = fig.colorbar(shown, ax=ax, shrink=0.9)
    bar.set_label("loss", fontsize=FONT, color=INK)
    bar.ax.tick_params(labelsize=FONT, colors=INK)
    for k, (name, points) in enumerate((paths or {}).items()):  # the later ones thinner, where they lie on each other
        size, colour, marker = max(3.5, 8 - 4 * k), PATHS[k % len(PATHS)], "os^D"[k % 4]
        ax.plot(*np.array(points).T, color=colour, marker=marker, markersize=size, linewidth=size / 2.5, label=name)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    label_axes(ax, "$w$", "$b$")
    ax.xaxis.label.set_parse_math(True)
    ax.yaxis.label.set_parse_math(True)
    if paths:
        legend_below(fig, columns=len(paths))
    return fig


def lstm_cell(equation: str | None = None) -> Figure:
    """Draw an LSTM's cell: time runs to the right, the internal state along the upper line.

    Args:
        equation: one of g, i, f, o, s, h, to draw it in colour, those before it (in this order, the lecture's) in
            black and those after it pale; None for the whole cell in colour. All have one size, for a slider.

    Raises:
        ValueError: another letter.

    """
    order = list(EQUATIONS)
    if equation is not None:
        checks.one_of("equation", equation, order)
    colours = dict(EQUATIONS)
    for k, name in enumerate(order):
        if equation is not None and name != equation:
            colours[name] = INK if k < order.index(equation) else PALE
    fig, ax = new_figure(WIDTH, 3.5)
    hide_axes(ax, frame=False)
    ax.set(xlim=(0, 14), ylim=(0, 7), aspect="equal")
    top, low, bus = 6.0, 2.7, 1.3
    for name, (x, words) in GATES.items():
        c = colours[name]
        _arrow(ax, [(1.25, bus), (x, bus), (x, low - 0.45)], INK if c != PALE else PALE, zorder=1 if c != PALE else 0)
        _box(ax, x, low, r"$\phi$" if name == "g" else r"$\sigma$", c)
        _text(ax, x, 0.6, words, c)
        _text(ax, x - 0.5 if name != "i" else x + 0.5, 3.6, rf"$\mathbf{{{name}}}$", c)
    _text(ax, 0.0, bus, r"$\mathbf{h}^{(t-1)}$", INK, ha="left")
    _text(ax, 1.65, 0.35, r"$\mathbf{x}^{(t)}$", INK)
    _arrow(ax, [(1.65, 0.65), (1.65, bus)], INK)
    s, h = colours["s"], colours["h"]
    _text(ax, 0.0, top, r"$\mathbf{s}^{(t-1)}$", INK if s == PALE else s, ha="left")
    _arrow(ax, [(1.2, top), (2.85, top)], s)
    _arrow(ax, [(3.55, top), (6.05, top)], s)
    _arrow(ax, [(6.75, top), (12.7, top)], s)
    _text(ax, 12.8, top, r"$\mathbf{s}^{(t)}$", s, ha="left")
    _arrow(ax, [(3.2, low + 0.45), (3.2, top - 0.35)], colours["f"])
    _arrow(ax, [(5.4, low + 0.45), (5.4, 4.4), (6.05, 4.4)], colours["g"])
    _arrow(ax, [(7.4, low + 0.45), (7.4, 4.4), (6.75, 4.4)], colours["i"])
    _arrow(ax, [(6.4, 4.75), (6.4, top - 0.35)], s)
    for x, y, sign, c in ((3.2, top, r"$\odot$", s), (6.4, top, "+", s), (6.4, 4.4, r"$\odot$", s)):
        _node(ax, x, y, sign, c)
    _arrow(ax, [(11.4, top), (11.4, 5.4)], h)
    _box(ax, 11.4, 4.95, r"$\phi$", h)
    _arrow(ax, [(11.4, 4.5), (11.4, 3.95)], h)
    _arrow(ax, [(9.6, low + 0.45), (9.6, 3.6), (11.05, 3.6)], colours["o"])
    _node(ax, 11.4, 3.6, r"$\odot$", h)
    _arrow(ax, [(11.75, 3.6), (12.7, 3.6)], h)
    _text(ax, 12.8, 3.6, r"$\mathbf{h}^{(t)}$", h, ha="left")
    return fig


def _arrow(ax: Axes, points: Sequence[tuple[float, float]], colour: str, zorder: int = 2) -> None:
    """Draw a line through the points with a head at the last."""
    *rest, last = points
    if len(rest) > 1:
        ax.plot(*zip(*rest, strict=True), color=colour, linewidth=1.6, solid_capstyle="round", zorder=zorder)
    arrow: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.6}
    ax.add_patch(FancyArrowPatch(rest[-1], last, color=colour, zorder=zorder, **arrow))


def _box(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    style: dict[str, Any] = {"boxstyle": "round,pad=0.55", "facecolor": "white", "edgecolor": colour, "linewidth": 1.8}
    ax.text(x, y, text, ha="center", va="center", fontsize=FONT + 1, color=colour, bbox=style, zorder=3)


def _node(ax: Axes, x: float, y: float, sign: str, colour: str) -> None:
    ax.add_patch(Circle((x, y), 0.35, facecolor="white", edgecolor=colour, linewidth=1.6, zorder=3))
    ax.text(x, y, sign, ha="center", va="center", fontsize=FONT + 2, color=colour, zorder=4)


def _text(ax: Axes, x: float, y: float, text: str, colour: str, ha: Any = "center") -> None:
    ax.text(x, y, text, ha=ha, va="center", fontsize=FONT + 1 if "$" in text else FONT, color=colour)
