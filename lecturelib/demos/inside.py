"""Stills of the demos that look inside an LSTM: what they show at the beginning, computed by the library."""

import html

import torch
from torch import Tensor

from lecturelib import recipes
from lecturelib.demos.build import TEXTS, vocabulary

LINKS = (
    "The '''barn owl''' is a [[bird of prey]] of the [[family (biology)|family]] [[Tytonidae]]. It lives on all "
    "[[continent]]s but [[Antarctica]], and hunts [[mouse|mice]] by [[hearing]] alone."
)
SPEECH = "CHARMIAN.\nIt is well done, and fitting for a princess\nDescended of so many royal ki"
STRONGEST = 0.45  # of a colour under letters, which are to be read in dark pages, too
SHOWN = 5


def cells() -> str:
    """Return a text coloured by the cell that follows its links best."""
    states = internal_states("wikipedia", LINKS).tanh()
    inside = torch.tensor(inside_links(LINKS), dtype=states.dtype)
    correlation = torch.corrcoef(torch.cat([inside[None], states.T]))[0, 1:].nan_to_num()
    cell = int(correlation.abs().argmax())
    values = (states[:, cell] * correlation[cell].sign()).clamp(min=0).tolist()
    letters = "".join(
        f'<span style="background: rgb(230 159 0 / {STRONGEST * value:.2f})">{html.escape(letter)}</span>'
        for letter, value in zip(LINKS, values, strict=True)
    )
    note = f"Coloured where tanh s of cell {cell} says that the LSTM is inside a link."
    return f'<blockquote class="lecture-demo-still">{letters}<br>{note}</blockquote>'


def forgetting() -> str:
    """Return a table: the likeliest next characters of a text, as it is read, and with s set to 0."""
    model, letters = recipes.load_model(TEXTS["shakespeare"][0]), vocabulary("shakespeare")
    with torch.no_grad():
        read = model(_numbers(letters, SPEECH))[0][0, -1].softmax(0)
        forgotten = model.out.bias.softmax(0)  # s = 0, and so h = 0
    best = torch.maximum(read, forgotten).topk(SHOWN).indices.tolist()
    names = {" ": "space", "\n": "new line"}
    lines = "".join(
        f"<tr><td>{names.get(letters[k], html.escape(letters[k]))}</td><td>{100 * read[k]:.1f}%</td>"
        f"<td>{100 * forgotten[k]:.1f}%</td></tr>"
        for k in best
    )
    heads = f"<tr><th>after “… {SPEECH[-8:]}”</th><th>p</th><th>with s = 0</th></tr>"
    return f'<table class="lecture-demo-still">{heads}{lines}</table>'


@torch.no_grad()
def internal_states(name: str, text: str) -> Tensor:
    """Return s of the LSTM of the text demo `name` after each character, [characters, cells]."""
    layer = recipes.load_model(TEXTS[name][0]).recurrent
    states: list[Tensor] = []
    state = None
    for x_i in _numbers(vocabulary(name), text).T:
        state = layer(x_i[:, None], state)[1]
        states.append(state[1][-1, 0])
    return torch.stack(states)


def inside_links(text: str) -> list[int]:
    """Return 1 for the characters inside [[...]], from the second bracket on, and 0 for the others."""
    inside = 0
    found: list[int] = []
    for i, letter in enumerate(text):
        inside = 1 if text[max(0, i - 1) : i + 1] == "[[" else 0 if letter == "]" else inside
        found.append(inside)
    return found


def _numbers(letters: str, text: str) -> Tensor:
    return torch.tensor([[letters.index(letter) for letter in text]])
