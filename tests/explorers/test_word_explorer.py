"""The explorer of embeddings, without a browser: its widgets are set and read as a kernel would."""

import builtins
import re
from typing import Any

import pytest
import torch
from IPython import display
from matplotlib.text import Annotation

from lecturelib import chapter
from lecturelib.explorers import EmbeddingExplorer, live
from lecturelib.explorers.words import parse, plane
from lecturelib.words.evaluation import WordVectors
from lecturelib.words.vocabulary import Vocabulary

ROWS = {
    "king": [1.0, 0.0, 1.0, 0.0],
    "man": [1.0, 0.0, 0.0, 0.0],
    "woman": [0.0, 1.0, 0.0, 0.0],
    "queen": [0.0, 1.0, 1.0, 0.0],
    "frog": [0.0, 0.0, 0.1, 1.0],
    "toad<": [0.0, 0.0, 0.0, 1.0],
}
PNG = b"\x89PNG\r\n"


@pytest.fixture
def vectors():
    vocabulary = Vocabulary({word: len(ROWS) - k for k, word in enumerate(ROWS)})
    return WordVectors(torch.tensor([ROWS[word] for word in vocabulary]), vocabulary)


def test_a_question_is_answered_by_the_largest_cosines_to_the_sum(vectors):
    explorer = EmbeddingExplorer(vectors, "king - man + woman", n=3)
    unit = torch.nn.functional.normalize(torch.tensor(list(ROWS.values())), dim=1)
    point = unit[0] - unit[1] + unit[2]
    cosine = torch.cosine_similarity(unit, point[None])
    expected = sorted(((w, float(c)) for w, c in zip(ROWS, cosine, strict=True)), key=lambda pair: -pair[1])
    expected = [pair for pair in expected if pair[0] not in ("king", "man", "woman")]
    found = explorer.answer("king - man + woman", 3)
    assert [word for word, _ in found] == [word for word, _ in expected] == ["queen", "frog", "toad<"]
    assert [c for _, c in found] == pytest.approx([c for _, c in expected], abs=1e-6)
    assert explorer.answer("frog", 1) == [("toad<", pytest.approx(1 / 1.01**0.5))]
    assert explorer.answer("frog", 2)[0][0] == vectors.nearest("frog", 1)[0][0]


def test_the_widgets_answer_when_they_change(vectors):
    box = EmbeddingExplorer(vectors, "frog", n=2)
    shown = box.widgets()
    assert list(shown.children) == [shown.children[0], box.table, box.map]
    assert list(shown.children[0].children) == [box.field, box.slider]
    assert (box.field.value, box.slider.value) == ("frog", 2)
    words = re.findall(r"<td>([^<]*)</td><td>", box.table.value)
    assert words[0] == "toad&lt;"
    assert len(words) == 2
    first = bytes(box.map.value)
    assert first.startswith(PNG)
    box.field.value = "king - man + woman"
    assert re.findall(r"<td>([^<]*)</td><td>", box.table.value)[0] == "queen"
    assert bytes(box.map.value).startswith(PNG)
    assert bytes(box.map.value) != first
    box.slider.value = 1
    assert re.findall(r"<td>([^<]*)</td><td>([^<]*)", box.table.value) == [("queen", "0.96")]


def test_a_wrong_question_is_said_in_place_of_the_table_and_the_next_one_is_answered(vectors):
    box = EmbeddingExplorer(vectors, "frog")
    box.widgets()
    picture = bytes(box.map.value)
    box.field.value = "<qeen"
    assert box.table.value.startswith(
        "<p>word: expected one of the vocabulary&#x27;s 6, got &#x27;&lt;qeen&#x27;; nearest:"
    )
    assert bytes(box.map.value) == picture
    box.field.value = "king man"
    assert "question: expected + or - between words" in box.table.value
    box.field.value = "man"
    assert "<th>man</th>" in box.table.value


def test_the_map_has_the_question_and_the_answers_at_their_principal_components(vectors):
    fig = EmbeddingExplorer(vectors, "king - man + woman").draw("king - man + woman", 2)
    places = {text.get_text(): text.xy for text in fig.axes[0].texts if isinstance(text, Annotation)}
    assert list(places) == ["king", "man", "woman", "queen", "frog"]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["asked", "found"]
    rows = torch.randn(9, 5, generator=torch.Generator().manual_seed(0))
    covariance = torch.cov(rows.T)
    _, axes = torch.linalg.eigh(covariance)
    flat = (rows - rows.mean(dim=0)) @ axes[:, [-1, -2]]
    assert torch.allclose(plane(rows).abs(), flat.abs(), atol=1e-5)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("a", [(1, "a")]),
        (" a  -  b + c ", [(1, "a"), (-1, "b"), (1, "c")]),
        ("co-op + x", [(1, "co-op"), (1, "x")]),
    ],
)
def test_questions(question, expected):
    assert parse(question) == expected


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "question: expected a word, or a - b + c, got ''"),
        ("a -", "question: expected a word, or a - b + c, got 'a -'"),
        ("- a", "question: expected a word before each sign, got '- a'"),
        ("a + - b", "question: expected a word before each sign, got 'a + - b'"),
        ("a b", "question: expected + or - between words, spaces around it, got 'a b'"),
    ],
)
def test_what_is_no_question(vectors, question, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        EmbeddingExplorer(vectors, question)


def test_wrong_arguments(vectors):
    with pytest.raises(ValueError, match="n: expected an integer from 1 to 25, got 26"):
        EmbeddingExplorer(vectors, "frog", 26)
    with pytest.raises(ValueError, match="got 'goad'"):
        EmbeddingExplorer(vectors, "goad")


def shown(box: EmbeddingExplorer, monkeypatch: pytest.MonkeyPatch, quiet: bool) -> list[Any]:
    things: list[Any] = []
    monkeypatch.setattr(live, "progress_disabled", lambda: quiet)
    monkeypatch.setattr(display, "display", things.append)
    box._ipython_display_()
    return things


def test_a_live_notebook_shows_the_widgets_and_a_page_the_answer(vectors, monkeypatch):
    box = EmbeddingExplorer(vectors, "frog", 1)
    (alive,) = shown(box, monkeypatch, quiet=False)
    assert alive.children[1] is box.table
    table, figure = shown(box, monkeypatch, quiet=True)
    assert repr(table) == repr(chapter.table(["frog", "cosine"], [["toad<", "1.00"]]))
    assert figure.axes
    assert repr(box) == "EmbeddingExplorer(6 words: 'frog')"


def test_without_ipywidgets_it_is_the_page(vectors, monkeypatch):
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    box = EmbeddingExplorer(vectors, "frog", 1)
    with pytest.raises(
        ImportError, match=r"^widgets: expected the package ipywidgets, found none: pip install ipywidgets"
    ):
        box.widgets()
    assert len(shown(box, monkeypatch, quiet=False)) == 2


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_vectors_of_another_precision_are_explored(vectors, dtype):
    other = WordVectors(vectors.vectors.to(dtype), vectors.words)
    answers = [EmbeddingExplorer(of, "king - man + woman").answer("king - man + woman", 3) for of in (vectors, other)]
    assert [word for word, _ in answers[0]] == [word for word, _ in answers[1]]
