"""Figures of word vectors: the numbers in them are those given, and the parallelogram closes."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from lecturelib import figures

NEAR = [("six", 0.9), ("five", 0.8), ("eight", 0.75)]
WORDS = ("man", "woman", "king", "queen")
SQUARE = torch.tensor([[0.0, 0.0], [0.0, 1.0], [2.0, 0.1], [2.0, 1.1]])
TRIANGLE = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
SCORES: dict[str, Any] = {"tags": {"random": 60.0, "skip-gram": (75.0, 1.0)}, "names": {"random": 5.0}}
EXAMPLES: dict[str, Any] = {
    "vector_tests": partial(figures.vector_tests, "seven", NEAR, [1, 5, 9], [0.1, 0.3, 0.8], WORDS, SQUARE),
    "analogy_parallelogram": partial(
        figures.analogy_parallelogram, ("man", (1, 1)), ("woman", (1, 2)), ("king", (4, 1)), ("queen", (5, 3))
    ),
    "score_bars": partial(figures.score_bars, SCORES, xlabels=["accuracy, %", "F1, %"]),
    "laid_on": partial(
        figures.laid_on,
        ("English", TRIANGLE, ["dog", "cat", "red"]),
        ("Spanish", TRIANGLE @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]]), ["perro", "gato", "rojo"]),
        TRIANGLE @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]]),
    ),
}


def written(figure: Figure) -> str:
    return " ".join(text.get_text() for ax in figure.axes for text in ax.texts)


def bars(ax: Any) -> list[float]:
    return [patch.get_width() for patch in ax.patches if isinstance(patch, Rectangle)]


def test_the_parallelogram_shows_both_distances_of_the_tip():
    figure = EXAMPLES["analogy_parallelogram"]()
    (circle,) = [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]
    assert circle.center == (4, 2)
    assert circle.radius == pytest.approx(2**0.5)
    assert "distance to king: 1.00" in written(figure)
    assert "distance to queen: 1.41" in written(figure)


def test_vector_tests_draw_every_neighbour_and_every_pair():
    near, rated, plane = EXAMPLES["vector_tests"]().axes
    assert bars(near) == [0.9, 0.8, 0.75]
    assert np.asarray(rated.collections[0].get_offsets()).tolist() == [[1, 0.1], [5, 0.3], [9, 0.8]]
    assert {text.get_text() for text in plane.texts} == set(WORDS)


def test_score_bars_leave_out_what_is_missing():
    tags, names = EXAMPLES["score_bars"]().axes
    assert bars(tags) == [60, 75]
    assert bars(names) == [5]


def test_a_shape_that_was_turned_lies_on_the_other_one():
    _, right = EXAMPLES["laid_on"]().axes
    mapped, target = (np.asarray(right.collections[k].get_offsets()) for k in (0, 1))
    assert mapped == pytest.approx(target)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (partial(figures.vector_tests, "a", NEAR, [1], [0.1, 0.2], WORDS, SQUARE), "cosines: expected one per rating"),
        (partial(figures.vector_tests, "a", NEAR, [1], [0.1], WORDS[:3], SQUARE), "analogy: expected 4 words"),
        (partial(figures.score_bars, SCORES, xlabels=["one"]), "xlabels: expected one for each of 2"),
        (
            partial(figures.laid_on, ("a", TRIANGLE, ["x"]), ("b", TRIANGLE, ["y"]), TRIANGLE),
            "source: expected finite numbers",
        ),
    ],
)
def test_what_does_not_fit_is_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
