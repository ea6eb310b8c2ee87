"""Sentences of a set of text: what they are, that they can be read again and are made one at a time; cards of words."""

import numpy as np
import pytest
import torch

from lecturelib.datasets import Dataset, Split, load
from lecturelib.datasets.dataset import Sentences


def toy(*texts: str, tags: tuple[str, ...] | None = None) -> Dataset:
    words = [text.split(" ") if text else [] for text in texts]
    vocabulary = tuple(sorted({word for text in words for word in text}))
    train, valid, test = (Split(torch.tensor([vocabulary.index(w) for w in text]).long()) for text in words)
    return Dataset(
        "toy", train, valid, test, title="T", licence="L", citation="C", source="S", vocabulary=vocabulary, tags=tags
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n", []),
        ("\n \f \n", []),
        ("a", [["a"]]),
        ("a b \n c", [["a", "b"], ["c"]]),
        ("\n a \n \f b \n", [["a"], ["b"]]),
        ("a \f b", [["a"], ["b"]]),
        ("a\n b", [["a\n", "b"]]),  # a mark stands alone
    ],
)
def test_sentences(text, expected):
    sentences = toy(text, text, "z").sentences("valid")
    assert list(sentences) == expected
    assert list(sentences) == expected  # again
    assert len(sentences) == len(expected)
    assert repr(sentences) == f"Sentences({len(expected)} lists of words)"


def test_two_readers_do_not_disturb_each_other():
    sentences = toy("a \n b \n c", "", "").sentences()
    assert list(zip(sentences, sentences, strict=True)) == [(["a"], ["a"]), (["b"], ["b"]), (["c"], ["c"])]


class Counting(tuple[str, ...]):
    looked_up = 0

    def __getitem__(self, i):
        Counting.looked_up += 1
        return super().__getitem__(i)


def test_sentences_are_made_one_at_a_time():
    x = np.tile([0, 1, 2], 1000)
    sentences = Sentences(x, Counting(("a", "b", "\n")))
    Counting.looked_up = 0
    reader = iter(sentences)
    assert Counting.looked_up == 0
    assert next(reader) == ["a", "b"]
    assert Counting.looked_up == 2
    next(reader)
    assert Counting.looked_up == 4
    assert len(sentences) == 1000
    assert Counting.looked_up == 4


def test_sentences_of_what_is_no_text_or_no_split():
    with pytest.raises(ValueError, match=r"^sentences: expected a set of text, such as brown; mnist-5k has no vocab"):
        load("mnist-5k").sentences("train")
    with pytest.raises(ValueError, match=r"^part: expected one of train, valid, test, got 'dev'$"):
        toy("a", "b", "c").sentences("dev")


def test_characters_too_can_be_read_by_line():
    lines = load("shakespeare").sentences("train")
    assert "".join(next(iter(lines))) == "ALL'S WELL THAT ENDS WELL"


def test_a_card_shows_the_first_words_and_tags_only():
    data = toy("a bb \n", "", "", tags=("x", "y"))
    assert repr(data).splitlines()[4:6] == ["  words     3: '\\n', 'a', 'bb'", "  tags      2: 'x', 'y'"]
    many = toy(" ".join(f"w{k}" for k in range(1000, 3000)), "", "")
    words = ", ".join(f"'w{k}'" for k in range(1000, 1008))
    assert repr(many).splitlines()[4] == f"  words     2000: {words}, ..."
    assert repr(toy("b a", "", "")).splitlines()[4] == "  symbols   2: 'ab'"
