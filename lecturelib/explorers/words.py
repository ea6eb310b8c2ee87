"""Query word vectors in a live notebook: neighbours of a word, sums such as king - man + woman, and a map.

    >>> EmbeddingExplorer(WordVectors(model.vectors, model.vocabulary), "king - man + woman")

Without a live notebook (a page of the book, a notebook run by a script), or without the package ipywidgets, the answer
to the first question is shown, as a table and a map.
"""

import io
from html import escape
from typing import Any

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from lecturelib import chapter, checks, figures
from lecturelib.explorers import live
from lecturelib.words.evaluation import WordVectors

MOST = 25  # answers; more words cannot be told apart on the map


class EmbeddingExplorer:
    """A field to type a question into, a slider for the number of answers, their table and their map.

    A question is a word, or words with + or - between them, spaces around the signs. Its answers are the words with the
    largest cosine to the sum of the unit vectors (3CosAdd), without those of the question.

    Args:
        vectors: to query.
        question: the first one.
        n: number of answers, from 1 to 25.

    Attributes:
        field, slider, table, map: the widgets, once `widgets` has made them.

    Raises:
        ValueError: the question has an unknown word (the nearest spellings are named), or no sign between two words.

    """

    field: Any
    slider: Any
    table: Any
    map: Any

    def __init__(self, vectors: WordVectors, question: str, n: int = 10) -> None:
        if not isinstance(vectors, WordVectors):
            raise TypeError(f"vectors: expected WordVectors, got {type(vectors).__name__}")
        self.vectors, self.question, self.n = vectors, question, checks.integer_between("n", n, 1, MOST)
        self.answer(question, self.n)

    def answer(self, question: str, n: int) -> list[tuple[str, float]]:
        """Return the n best answers and their cosines, the best first.

        Raises:
            ValueError: as for the class.

        """
        asked = parse(question)
        unit = self.vectors.unit
        point = sum((sign * unit[self.vectors.number(word)] for sign, word in asked), unit.new_zeros(1))
        left_out = {word for _, word in asked}
        best = self.vectors.nearest(point, min(n + len(left_out), len(self.vectors.words)))
        return [(word, cosine) for word, cosine in best if word not in left_out][:n]

    def draw(self, question: str, n: int) -> Figure:
        """Draw the words of the question and the answers, projected onto the plane in which they vary most (PCA).

        Raises:
            ValueError: as for the class.

        """
        asked = list(dict.fromkeys(word for _, word in parse(question)))
        found = [word for word, _ in self.answer(question, n)]
        rows = self.vectors.unit[[self.vectors.number(word) for word in asked + found]]
        return figures.word_map(plane(rows), asked + found, ["asked"] * len(asked) + ["found"] * len(found))

    def widgets(self) -> Any:
        """Return live widgets: each change of the field or the slider is answered.

        Raises:
            ImportError: ipywidgets is not installed.

        """
        ipywidgets: Any = live.ipywidgets()
        self.field = ipywidgets.Text(self.question, description="word, or a - b + c", continuous_update=False)
        self.field.style.description_width = "initial"
        self.slider = ipywidgets.IntSlider(self.n, 1, MOST, description="answers", continuous_update=False)
        self.table, self.map = ipywidgets.HTML(), ipywidgets.Image(format="png")
        for widget in (self.field, self.slider):
            widget.observe(self._update, "value")
        self._update()
        return ipywidgets.VBox([ipywidgets.HBox([self.field, self.slider]), self.table, self.map])

    def _update(self, _: object = None) -> None:
        """Answer; an error is shown in place of the table, and the map stays."""
        question, n = self.field.value, self.slider.value
        try:
            rows = self.answer(question, n)
        except ValueError as error:
            self.table.value = f"<p>{escape(str(error))}</p>"
            return
        cells = "".join(f"<tr><td>{escape(word)}</td><td>{cosine:.2f}</td></tr>" for word, cosine in rows)
        self.table.value = f"<table><tr><th>{escape(question)}</th><th>cosine</th></tr>{cells}</table>"
        picture = io.BytesIO()
        self.draw(question, n).savefig(picture, format="png")
        self.map.value = picture.getvalue()

    def __repr__(self) -> str:
        return f"EmbeddingExplorer({len(self.vectors.words)} words: {self.question!r})"

    def _ipython_display_(self) -> None:
        live.show(self.widgets, self._still)

    def _still(self) -> list[Any]:
        rows = [[word, f"{cosine:.2f}"] for word, cosine in self.answer(self.question, self.n)]
        return [chapter.table([self.question, "cosine"], rows), self.draw(self.question, self.n)]


def parse(question: str) -> list[tuple[int, str]]:
    """Return the words of a question and their signs: "a - b" is [(1, "a"), (-1, "b")].

    Raises:
        ValueError: no word, two without a sign between them, or a sign without a word.

    """
    if not isinstance(question, str):
        raise TypeError(f"question: expected a string, got {question!r:.60} ({type(question).__name__})")
    asked: list[tuple[int, str]] = []
    sign = 1
    for token in question.split():
        if token in ("+", "-") and sign:
            raise ValueError(f"question: expected a word before each sign, got {question!r}")
        if token in ("+", "-"):
            sign = 1 if token == "+" else -1
        elif not sign:
            raise ValueError(f"question: expected + or - between words, spaces around it, got {question!r}")
        else:
            asked.append((sign, token))
            sign = 0
    if sign:
        raise ValueError(f"question: expected a word, or a - b + c, got {question!r}")
    return asked


def plane(rows: Float[Tensor, "words dim"]) -> Float[Tensor, "words 2"]:
    """Project onto the two directions of the largest variance (PCA)."""
    centred = rows - rows.mean(dim=0)
    Vh: Tensor = torch.linalg.svd(centred, full_matrices=False).Vh
    return centred @ Vh[:2].T
