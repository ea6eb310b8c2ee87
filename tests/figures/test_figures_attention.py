"""The pictures of the transformer and of the tree of words: weights where they belong, and paths that are right."""

import re
from functools import partial
from typing import Any

import pytest
import torch

from lecturelib import figures

WORDS = ["the", "old", "river", "bank"]
SENTENCE = ["the", "city", "has", "a", "[MASK]", "of", "5", "000", "people"]
CODES = {"the": "-", "a": "++", "king": "+-++", "queen": "+-+-", "sleeps": "+--"}
EXAMPLES: dict[str, Any] = {
    "transformer_block": figures.transformer_block,
    "attention_maps": partial(figures.attention_maps, torch.eye(4)[None], WORDS),
    "attention_maps, four heads": partial(
        figures.attention_maps, torch.full((4, 9, 9), 1 / 9), SENTENCE, ["1", "2", "3", "4"]
    ),
    "word_tree": partial(figures.word_tree, CODES, "queen"),
    "word_tree, two words": partial(figures.word_tree, {"yes": "+", "no": "-"}, "no"),
}


def test_row_i_of_an_attention_map_is_what_word_i_takes_from_each():
    a = torch.tensor([[0.1, 0.9], [0.75, 0.25]])
    (ax,) = figures.attention_maps(a[None], ["old", "bank"]).axes
    assert {(text.get_position(), text.get_text()) for text in ax.texts} == {
        ((0, 0), "0.10"), ((1, 0), "0.90"), ((0, 1), "0.75"), ((1, 1), "0.25"),
    }  # fmt: skip
    assert torch.equal(torch.tensor(ax.images[0].get_array()), a.double())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["old", "bank"]


def test_only_the_path_to_the_word_is_marked_and_its_turns_are_named():
    (ax,) = figures.word_tree(CODES, "queen").axes
    marked = [line for line in ax.lines if line.get_linewidth() > 2]
    assert len(marked) == len(CODES["queen"])
    shown = [text.get_text() for text in ax.texts]
    assert [text for text in shown if text in ("+1", "−1")].count("+1") == CODES["queen"].count("+")
    assert sum(text.startswith("$v_") for text in shown) == len(CODES) - 1
    assert set(CODES) < set(shown)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.attention_maps(torch.zeros(5, 2, 2), ["a", "b"]), "weights: expected shape [1 to 4, 2, 2]"),
        (lambda: figures.attention_maps(torch.zeros(1, 2, 2), ["a", "b"], ["x", "y"]), "titles: expected 1, one for"),
        (lambda: figures.word_tree(CODES, "jury"), "word: expected one of the, a, king, queen, sleeps, got 'jury'"),
        (lambda: figures.word_tree({"a": "+", "b": "+-"}, "a"), "codes: expected those of a binary tree's leaves"),
        (lambda: figures.word_tree({"a": "+", "b": "--"}, "a"), "codes: expected those of a binary tree's leaves"),
    ],
)
def test_what_is_wrong_is_named(plain_errors, call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()
