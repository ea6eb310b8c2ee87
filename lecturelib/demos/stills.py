"""A picture of each live demo, for paper and for readers without scripts: what its model did when the site was built.

>>> still("nade")  # '<svg ...>': the upper rows of six digits, and two ways in which the model completes each
"""

import html
from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor

from lecturelib import recipes
from lecturelib.demos import computed, inside, pen, photographs
from lecturelib.demos.build import (
    COMPUTED,
    FILL_IN,
    INSIDE,
    PROMPTS,
    STORED,
    STROKES,
    TEXTS,
    example_digits,
    vocabulary,
)
from lecturelib.demos.photographs import PHOTOGRAPHS

LABELS = ("3", "5", "0", "4", "7", "8")
KNOWN = 12  # rows that the model is given, as when the demo begins
GAP = 4  # pixels between two digits
LETTERS = 300  # that the model writes on


def still(name: str) -> str:
    """Return HTML without scripts for demo `name`: digits as one <svg>, a text as a <blockquote>; always the same."""
    if name in COMPUTED or name in INSIDE:
        drawing: str = getattr(inside if name in INSIDE else computed, name)()
        return drawing
    if name in PHOTOGRAPHS:
        return photographs.still(name)
    recipe, _ = STORED[name]
    model = recipes.load_model(recipe)
    if name in STROKES:
        return pen.still(model)
    generator = torch.Generator().manual_seed(1)
    if name in TEXTS:
        alphabet = vocabulary(name)
        prompt = torch.tensor([[alphabet.index(letter) for letter in PROMPTS[name]]])
        drawn = model.sample(prompt, LETTERS, generator=generator)[0].tolist()
        return text(PROMPTS[name], "".join(alphabet[i] for i in drawn)[len(PROMPTS[name]) :])
    examples = dict(example_digits())
    x = torch.stack([examples[label] for label in LABELS])
    like = x.view(-1, 1, 28, 28).long() if name == "pixelcnn" else x.float()
    known = torch.arange(28 * 28) < KNOWN * 28 if name in FILL_IN else KNOWN * 28
    drawn = [model.complete(like, known, generator=generator).view(-1, 28, 28) for _ in range(2)]
    return digits([x.view(-1, 28, 28)[:, :KNOWN], *drawn])


def digits(rows: Sequence[Tensor]) -> str:
    """Return rows of binary images as an <svg> in the ink of the page; images of KNOWN rows only are what is given."""
    height, width = rows[-1].shape[1:]
    columns = len(rows[0])
    paths = []
    for r, images in enumerate(rows):
        tint, ink = [], []
        for c, image in enumerate(images):
            left, top = c * (width + GAP), r * (height + GAP)
            tint.append(f"M{left} {top + KNOWN}h{width}v{height - KNOWN}h-{width}z")
            for y, line in enumerate(image.tolist()):
                x = left
                for value, run in ((value, len(list(run))) for value, run in groupby(line)):
                    ink += [f"M{x} {top + y}h{run}v1h-{run}z"] if value else []
                    x += run
        paths.append(f'<path fill="#e69f00" fill-opacity="0.28" d="{"".join(tint)}"/>')
        paths.append(f'<path fill="currentColor" d="{"".join(ink)}"/>')
    box = (columns * (width + GAP) - GAP, len(rows) * (height + GAP) - GAP)
    alt = f"The upper {KNOWN} rows of {columns} digits, and below each two lower halves that the model drew for it"
    size = f'viewBox="0 0 {box[0]} {box[1]}" width="{2 * box[0]}" height="{2 * box[1]}"'
    return f'<svg class="lecture-demo-still" role="img" aria-label="{alt}" {size}>{"".join(paths)}</svg>'


def text(prompt: str, written: str) -> str:
    """Return the beginning in bold and what the model wrote after it."""
    shown = f"<b>{html.escape(prompt)}</b>{html.escape(written)} …".replace("\n", "<br>")
    return f'<blockquote class="lecture-demo-still">{shown}</blockquote>'
