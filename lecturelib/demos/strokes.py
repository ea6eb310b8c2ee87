"""Drawings that draw themselves: SVG and CSS in the page, no script and no kernel."""

import hashlib
from collections.abc import Sequence
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lecturelib.demos.html import Html, compact, source
from lecturelib.figures.handwriting import pen_strokes

SECONDS = 6.0  # for each drawing; all are drawn at the same time
MARGIN = 0.5
LIFT = 0.3  # a move without ink takes this fraction of the time of a line
STYLE = """
.lecture-demo .pen-row { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.lecture-demo .pen-row svg { width: 6.5rem; height: 6.5rem; }
.lecture-demo .pen-row path { fill: none; stroke: currentColor; stroke-width: 0.16; stroke-linecap: round;
stroke-linejoin: round; stroke-dasharray: 1 1; }
.lecture-demo label.pen-play { display: flex; gap: 0.5rem; align-items: center; flex: none; cursor: pointer; }
@keyframes pen-draws { from { stroke-dashoffset: 1; visibility: visible; } to { stroke-dashoffset: 0;
visibility: visible; } }
@media (prefers-reduced-motion: no-preference) {
.lecture-demo:has(.pen-play input:checked) .pen-row path { visibility: hidden;
animation: pen-draws var(--t) linear var(--d) forwards; }
}
@media (prefers-reduced-motion: reduce) { .lecture-demo label.pen-play { display: none; } }
"""


def pen_animation(drawings: Sequence[Tensor], *, title: str, alt: str) -> Html:
    """Return drawings that are shown whole, and are drawn stroke by stroke when the reader ticks a box.

    Where the reader's system asks for less motion there is no box. About 15 bytes per step.

    Args:
        drawings: one or more, each [steps, 3], rows (dx, dy, pen up).
        title: a line above them.
        alt: a description, for those who cannot see it.

    Raises:
        ValueError: no drawing, or what `figures.handwriting.pen_strokes` refuses.

    """
    if not drawings:
        raise ValueError("drawings: expected at least one, got none")
    strokes = [pen_strokes(steps) for steps in drawings]
    reach = max(np.ptp(np.concatenate(one), axis=0).max() for one in strokes) / 2 + MARGIN
    pictures = "\n".join(_svg(one, reach) for one in strokes)
    name = f"pen-{hashlib.sha256(pictures.encode()).hexdigest()[:8]}"
    html = (
        f"<style>{compact(source('demos.css'))}\n{compact(STYLE)}</style>\n"
        f'<div class="lecture-demo" role="group" aria-label="{escape(title)}">'
        f'<p class="lecture-demo-title">{escape(title)}</p>\n'
        f'<label class="pen-play" for="{name}"><input type="checkbox" id="{name}"> draw them stroke by stroke</label>\n'
        f'<div class="pen-row" role="img" aria-label="{escape(alt)}">\n{pictures}\n</div></div>'
    )
    return Html(f"pen animation: {title}", html)


def _svg(strokes: Sequence[NDArray[np.float64]], reach: float) -> str:
    """Return one drawing as SVG, one path per stroke with its duration `--t` and its delay `--d`."""
    points = np.concatenate(strokes)
    x, y = (points.min(axis=0) + points.max(axis=0)) / 2 - reach
    inked = [max(float(np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum()), 0.1) for stroke in strokes]
    lifts = [LIFT * float(np.linalg.norm(b[0] - a[-1])) for a, b in pairwise(strokes)] + [0.0]
    tempo = SECONDS / (sum(inked) + sum(lifts))
    paths, now = [], 0.0
    for stroke, ink, lift in zip(strokes, inked, lifts, strict=True):
        line = "M" + "L".join(f"{a:.2f} {b:.2f}" for a, b in (stroke if len(stroke) > 1 else stroke.repeat(2, axis=0)))
        paths.append(f'<path pathLength="1" d="{line}" style="--t:{ink * tempo:.2f}s;--d:{now * tempo:.2f}s"/>')
        now += ink + lift
    box = f"{x:.2f} {y:.2f} {2 * reach:.2f} {2 * reach:.2f}"
    return f'<svg viewBox="{box}" aria-hidden="true">{"".join(paths)}</svg>'
