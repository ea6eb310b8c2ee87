"""The pictures of word prediction: the arrows that the lecture has, and the laws of all figures."""

import re
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Annotation

from lecturelib import figures

WINDOW = ["the", "quick", "fox", "jumps", "over"]
PLACES = [[0.0, 0.0], [0.0, 0.01], [0.02, 0.0], [1.0, 1.0], [-1.0, 0.5]]  # three are close together
EXAMPLES: dict[str, Any] = {
    "next_word_network": partial(figures.next_word_network, ["the", "jury", "further", "said"], "that"),
    "next_word_network, short": partial(figures.next_word_network, ["of", "the"], "people"),
    "next_word_network, long": partial(figures.next_word_network, ["the", *WINDOW[1:]], "government"),
    "cbow_and_skip_gram": partial(figures.cbow_and_skip_gram, WINDOW),
    "cbow_and_skip_gram, short": partial(figures.cbow_and_skip_gram, WINDOW[1:4]),
    "window_tagger": partial(figures.window_tagger, ["The", "old", "man", "boats", "."], "VERB"),
    "window_tagger, short": partial(figures.window_tagger, ["in", "Paris", "today"], "B-place"),
    "word_map": partial(figures.word_map, torch.tensor(PLACES), WINDOW, [*"ababa"], arrows=[(0, 1)]),
    "word_maps": partial(
        figures.word_maps,
        ("English", torch.tensor(PLACES), WINDOW),
        ("Spanish", -torch.tensor(PLACES), ["el", "veloz", "zorro", "salta", "sobre"]),
        [*"abaca"],
    ),
}


def arrows(ax: Any) -> list[Any]:
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def test_every_word_before_has_an_arrow_into_the_table_and_one_into_the_hidden_layer():
    (ax,) = figures.next_word_network(["a", "b", "c"], "d").axes
    assert len(arrows(ax)) == 3 + 3 + 2


def test_every_word_of_a_window_has_an_arrow_to_its_features_and_one_into_the_hidden_layer():
    (ax,) = figures.window_tagger(WINDOW, "NOUN").axes
    assert len(arrows(ax)) == 5 + 5 + 2
    assert any("“fox”: NOUN" in text.get_text() for text in ax.texts)


def test_skip_gram_fans_out_from_the_middle_word_and_cbow_into_it():
    cbow, skip_gram = figures.cbow_and_skip_gram(WINDOW).axes
    assert len(arrows(cbow)) == 4 + 1
    starts = {tuple(arrow._posA_posB[0]) for arrow in arrows(skip_gram)}
    ends = {tuple(arrow._posA_posB[1]) for arrow in arrows(cbow)}
    assert len(starts) == 1
    assert len(ends) == 2  # the sum, and the word above it


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.next_word_network(["a"], "b"), "context: expected 2 to 5 words, got 1"),
        (lambda: figures.cbow_and_skip_gram(["a", "b"]), "words: expected 3 or 5, got 2"),
        (lambda: figures.window_tagger(["a", "b"], "X"), "words: expected 3 or 5, got 2"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_word_map_puts_each_word_where_it_belongs_and_tells_groups_apart_without_colours():
    points = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, -1.0]])
    fig = figures.word_map(points, ["cat", "dog", "red"], ["animals", "animals", "colours"], arrows=[(0, 2)])
    ax = fig.axes[0]
    places = {text.get_text(): tuple(text.xy) for text in ax.texts if isinstance(text, Annotation)}
    assert places == {"cat": (0.0, 1.0), "dog": (2.0, 3.0), "red": (4.0, -1.0)}
    first, second = ax.collections
    np.testing.assert_array_equal(np.asarray(first.get_offsets()), [[0.0, 1.0], [2.0, 3.0]])
    markers = [np.asarray(some.get_paths()[0].vertices) for some in (first, second)]
    assert markers[0].shape != markers[1].shape
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["animals", "colours"]
    (arrow,) = ax.patches
    assert isinstance(arrow, FancyArrowPatch)
    assert not figures.word_map(points, ["cat", "dog", "red"]).legends


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(points=torch.zeros(2, 2)), "points: expected finite numbers [3, 2], got [2, 2]"),
        (dict(groups=["a"]), "groups: expected one for each of 3 words, got 1"),
        (dict(arrows=[(0, 3)]), "arrows: expected pairs of words' numbers, from 0 to 2, got [(0, 3)]"),
        (dict(points=torch.zeros(7, 2), words=list("abcdefg"), groups=list("abcdefg")), "groups: expected at most 6"),
    ],
)
def test_word_map_names_what_is_wrong(plain_errors, change, message):
    arguments: dict[str, Any] = dict(points=torch.zeros(3, 2), words=["x", "y", "z"]) | change
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        figures.word_map(**arguments)


def test_word_maps_show_what_belongs_together_in_one_colour():
    points = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, -1.0]])
    fig = figures.word_maps(("A", points, ["cat", "one", "dog"]), ("B", -points, ["gato", "uno", "perro"]), [*"xyx"])
    for ax, title, words, sign in zip(
        fig.axes, "AB", (["cat", "one", "dog"], ["gato", "uno", "perro"]), (1, -1), strict=True
    ):
        assert ax.get_title() == title
        places = {text.get_text(): tuple(text.xy) for text in ax.texts if isinstance(text, Annotation)}
        assert places == {word: tuple(sign * point) for word, point in zip(words, points.numpy(), strict=True)}
        assert [np.asarray(some.get_offsets()).tolist() for some in ax.collections] == [
            [[0.0, sign], [4.0 * sign, -sign]],
            [[2.0 * sign, 3.0 * sign]],
        ]
    colours = [[np.asarray(some.get_facecolor()).tolist() for some in ax.collections] for ax in fig.axes]
    assert colours[0] == colours[1]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["x", "y"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(left=("A", torch.zeros(2, 2), ["x", "y", "z"])), "left: expected finite numbers [3, 2], got [2, 2]"),
        (
            dict(right=("B", torch.zeros(3, 2), ["x", "y"])),
            "right: expected 3 words, as many as groups, got 2",
        ),
        (dict(groups=list("abcdefg")), "groups: expected at most 6 different ones, got 7"),
    ],
)
def test_word_maps_name_what_is_wrong(plain_errors, change, message):
    arguments: dict[str, Any] = dict(
        left=("A", torch.zeros(3, 2), ["x", "y", "z"]), right=("B", torch.zeros(3, 2), ["x", "y", "z"]), groups=[*"abc"]
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        figures.word_maps(**{**arguments, **change})
