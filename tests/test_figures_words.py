"""The pictures of word prediction: the arrows that the lecture has, and the laws of all figures."""

from functools import partial
from typing import Any

import pytest
import test_figures
from matplotlib.patches import FancyArrowPatch

from lecturelib import figures

WINDOW = ["the", "quick", "fox", "jumps", "over"]
EXAMPLES: dict[str, Any] = {
    "next_word_network": partial(figures.next_word_network, ["the", "jury", "further", "said"], "that"),
    "next_word_network, short": partial(figures.next_word_network, ["of", "the"], "people"),
    "next_word_network, long": partial(figures.next_word_network, ["the", *WINDOW[1:]], "government"),
    "cbow_and_skip_gram": partial(figures.cbow_and_skip_gram, WINDOW),
    "cbow_and_skip_gram, short": partial(figures.cbow_and_skip_gram, WINDOW[1:4]),
}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize(
    "law",
    [
        test_figures.test_letters_are_readable_and_no_setting_leaks,
        test_figures.test_no_label_lies_on_another_or_outside,
    ],
)
def test_they_keep_the_laws_of_all_figures(law: Any, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(test_figures.EXAMPLES, name, EXAMPLES[name])
    law(name)


def arrows(ax: Any) -> list[Any]:
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def test_every_word_before_has_an_arrow_into_the_table_and_one_into_the_hidden_layer():
    (ax,) = figures.next_word_network(["a", "b", "c"], "d").axes
    assert len(arrows(ax)) == 3 + 3 + 2


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
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
