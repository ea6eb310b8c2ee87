"""A slider that shows one of several figures: the pictures are in the page, and a small script switches them."""

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lecturelib import checks
from lecturelib.demos.html import Html, compact, source
from lecturelib.figures.style import STYLE

DPI = 110
NOTE = "Picture {number} of {count}: {label}. The others need JavaScript."


def frame_slider(
    frames: Sequence[Figure], labels: Sequence[str], *, title: str, alt: str, first: int | None = None
) -> Html:
    """Return a slider over `frames`, with a button that plays them; without JavaScript, one of them is shown.

    Its size is that of the pictures: a figure 4 inches wide takes about 35 kB, and a whole notebook may have 1.5 MB.

    Args:
        frames: two or more figures of one size, in the order of the slider.
        labels: what sets each picture apart ("3 layers"), shown beside the slider and read out as its value.
        title: a line above the pictures.
        alt: a description of all of them, for those who cannot see them; each picture's label is put before it.
        first: number of the picture that is shown until the slider is moved; default the last, where a slider over a
            training stands at its result. A question that answers follow should be shown first, 0.

    Raises:
        TypeError: a frame that is not a matplotlib figure, or a label that is not a string.
        ValueError: fewer than two frames, figures of different sizes, not one label for each, or no frame `first`.

    """
    if len(frames) < 2:
        raise ValueError(f"frames: expected at least two figures, got {len(frames)}")
    for k, figure in enumerate(frames):
        if not isinstance(figure, Figure):
            raise TypeError(f"frames: expected matplotlib figures, got {type(figure).__name__} at {k}")
        size, like = (f"{w:.4g} x {h:.4g}" for w, h in (figure.get_size_inches(), frames[0].get_size_inches()))
        if size != like:
            raise ValueError(f"frames: expected figures of one size, got {like} inches at 0 and {size} at {k}")
    if isinstance(labels, str) or not all(isinstance(label, str) for label in labels):
        raise TypeError(f"labels: expected a list of strings, got {labels!r}")
    if len(labels) != len(frames):
        raise ValueError(f"labels: expected {len(frames)}, one per frame, got {len(labels)}")
    shown = len(frames) - 1 if first is None else checks.integer_between("first", first, 0, len(frames) - 1)
    images = [
        f'<img src="data:image/png;base64,{base64.b64encode(_png(figure)).decode()}"'
        f' alt="{escape(f"{label}: {alt}")}" data-label="{escape(label)}" hidden>'
        for figure, label in zip(frames, labels, strict=True)
    ]
    images[shown] = images[shown].replace(" hidden>", ">")
    note = NOTE.format(number=shown + 1, count=len(frames), label=labels[shown])
    html = (
        f"<style>{compact(source('demos.css'))}</style>\n"
        f'<div class="lecture-demo" data-frames role="group" aria-label="{escape(title)}">'
        f'<p class="lecture-demo-title">{escape(title)}</p>\n'
        f'<div class="lecture-demo-frames">{"".join(images)}</div>\n'
        f"<p data-note>{escape(note)}</p></div>\n"
        f"<script>{compact(source('frames.js'))}</script>"
    )
    return Html(f"frame slider: {title}", html)


def _png(figure: Figure) -> bytes:
    """Return the whole figure as a PNG without the program's name, so that it is the same in every run."""
    file = BytesIO()
    with plt.rc_context(STYLE):  # a reader's own savefig settings would cut the frames to different sizes
        figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None}, pil_kwargs={"optimize": True})
    return file.getvalue()
