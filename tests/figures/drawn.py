"""What is drawn in a figure."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text


def axes_of(figure: Figure) -> list[Any]:
    return list(figure.axes)


def texts(figure: Figure) -> list[Any]:
    """All letters that are drawn; matplotlib also keeps the labels of ticks outside of the axes."""
    figure.draw_without_rendering()
    outside = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low <= tick.get_loc() <= high:
                    outside |= {tick.label1, tick.label2}
    found: list[Any] = figure.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text().strip() and text not in outside]
