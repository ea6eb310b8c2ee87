"""Vocabulary: words in a fixed order, rare ones merged or left out, and there and back again."""

from collections import Counter
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch

from lecturelib.words.vocabulary import Vocabulary

SENTENCES = [line.split() for line in ("the cat saw the dog", "a dog saw a cat", "", "the end")]
new: Any = Vocabulary  # for arguments that a type checker would refuse


def test_words_come_in_the_order_of_falling_counts_then_of_the_alphabet():
    vocabulary = Vocabulary.of(SENTENCES)
    assert vocabulary.words == ("the", "a", "cat", "dog", "saw", "end")
    assert vocabulary.counts.tolist() == [3, 2, 2, 2, 2, 1]
    assert vocabulary.counts.dtype == torch.int64
    assert list(vocabulary) == list(vocabulary.words)
    assert len(vocabulary) == 6
    assert "cat" in vocabulary
    assert "Cat" not in vocabulary


def test_order_is_that_of_a_sort_of_the_counts_whatever_order_they_come_in():
    random = np.random.default_rng(0)
    words = [f"w{i}" for i in random.zipf(1.3, 5000)]
    expected = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))
    for order in words, words[::-1]:
        vocabulary = Vocabulary(Counter(order))
        assert list(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == expected


def test_rare_words_are_left_out_or_merged():
    counts = {"often": 10, "twice": 2, "again": 2, "once": 1, "none": 0}
    left_out = Vocabulary(counts, min_count=2)
    assert (left_out.words, left_out.counts.tolist()) == (("often", "again", "twice"), [10, 2, 2])
    merged = Vocabulary(counts, min_count=3, unknown="<unk>")
    assert (merged.words, merged.counts.tolist()) == (("often", "<unk>"), [10, 5])
    assert merged.counts.sum() == sum(counts.values())


def test_the_unknown_symbol_is_a_word_with_its_own_count_too_even_where_none_is_rare():
    vocabulary = Vocabulary({"a": 4, "b": 1, "?": 2}, min_count=3, unknown="?")
    assert (vocabulary.words, vocabulary.counts.tolist()) == (("a", "?"), [4, 3])
    vocabulary = Vocabulary({"a": 4, "b": 1, "?": 5}, min_count=3, unknown="?")  # not rare itself
    assert (vocabulary.words, vocabulary.counts.tolist()) == (("?", "a"), [6, 4])
    vocabulary = Vocabulary({"a": 4, "b": 1}, unknown="?")
    assert (vocabulary.words, vocabulary.counts.tolist()) == (("a", "b", "?"), [4, 1, 0])


def test_the_unknown_symbol_takes_its_place_in_the_order():
    vocabulary = Vocabulary({"a": 4, "b": 1, "c": 1, "d": 3}, min_count=2, unknown="z")
    assert vocabulary.words == ("a", "d", "z")
    vocabulary = Vocabulary(dict.fromkeys("abcde", 1) | {"x": 4}, min_count=2, unknown="z")
    assert vocabulary.words == ("z", "x")


def test_sentences_may_be_an_iterator_and_are_read_once():
    read = []

    def stream():
        for sentence in SENTENCES:
            read.append(sentence)
            yield sentence

    assert Vocabulary.of(stream()).words == Vocabulary.of(SENTENCES).words
    assert read == SENTENCES


def test_encode_and_decode():
    vocabulary = Vocabulary.of(SENTENCES)
    words = SENTENCES[0] + SENTENCES[1]
    x = vocabulary.encode(words)
    assert x.dtype == torch.int64
    assert x.tolist() == [vocabulary.words.index(word) for word in words] == [vocabulary.index(word) for word in words]
    assert vocabulary.decode(x) == vocabulary.decode(x.tolist()) == vocabulary.decode(iter(x.numpy())) == words
    torch.testing.assert_close(vocabulary.encode(iter(words)), x)
    torch.testing.assert_close(
        torch.bincount(vocabulary.encode(word for line in SENTENCES for word in line)), vocabulary.counts
    )
    assert vocabulary.encode([]).shape == (0,)
    assert vocabulary.encode([]).dtype == torch.int64
    assert vocabulary.decode([]) == []


def test_absent_words_are_left_out_or_unknown():
    assert Vocabulary.of(SENTENCES, min_count=2).encode(["the", "end", "owl", "cat"]).tolist() == [0, 2]
    merged = Vocabulary.of(SENTENCES, min_count=3, unknown="?")
    assert merged.decode(merged.encode(["the", "end", "owl", "cat", "?"])) == ["the", "?", "?", "?", "?"]
    assert merged.index("owl") == merged.index("?")


def test_an_absent_word_is_an_error_that_names_the_nearest_spellings():
    vocabulary = Vocabulary(dict.fromkeys(["queen", "king", "kings", "US", "Paris"], 1))
    with pytest.raises(ValueError, match=r"^word: expected one of the vocabulary's 5, got 'kinng'; nearest: 'king', '"):
        vocabulary.index("kinng")
    for word, known in ("us", "US"), ("paris", "Paris"), ("KING", "king"), ("qeen", "queen"):
        with pytest.raises(ValueError, match=f"nearest: '{known}'"):
            vocabulary.index(word)
    with pytest.raises(ValueError, match=r"got 'xyzzy'; none is spelt nearly like it$"):
        vocabulary.index("xyzzy")


def test_counts_may_be_of_any_integer_and_mapping():
    vocabulary = Vocabulary(MappingProxyType({"a": 1, "b": 2}), min_count=1)
    assert vocabulary.words == ("b", "a")


def test_numpy_integers_count(plain_errors):
    huge = np.int32(2**31 - 1)
    vocabulary = new({"a": huge, "b": huge - 1, "c": huge - 1}, min_count=2**31 - 1, unknown="?")
    assert (vocabulary.words, vocabulary.counts.tolist()) == (("?", "a"), [2**32 - 4, 2**31 - 1])


def test_repr_is_short_and_the_same_everywhere():
    assert repr(Vocabulary.of(SENTENCES)) == "Vocabulary(6 words: 'the', 'a', 'cat', …)"
    assert repr(Vocabulary({"a\n": 1})) == "Vocabulary(1 words: 'a\\n')"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: new({}), ValueError, "counts: expected at least one word, got none"),
        (lambda: new(["a"]), TypeError, "counts: expected a mapping from words to counts, got list: see .of"),
        (lambda: new({1: 1}), TypeError, "counts: expected strings as words, got 1 "),
        (lambda: new({"a": 1.5}), TypeError, "counts: expected an integer for 'a', got 1.5 "),
        (lambda: new({"a": -1}), ValueError, "counts: expected at least 0 for 'a', got -1"),
        (lambda: new({"a": 1}, min_count=0), ValueError, "min_count: expected a positive integer, got 0"),
        (lambda: new({"a": 1}, min_count=1.0), TypeError, "min_count: expected a positive integer, got 1.0"),
        (lambda: new({"a": 1}, unknown=0), TypeError, "unknown: expected a string or None, got 0 "),
        (
            lambda: new({"a": 1}, min_count=2),
            ValueError,
            "min_count: .* 2 times, the most frequent occurs 1 times",
        ),
        (lambda: Vocabulary.of([]), ValueError, "sentences: expected at least one word, got none"),
        (lambda: Vocabulary.of([[], []]), ValueError, "sentences: expected at least one word, got none"),
        (lambda: Vocabulary.of("the cat"), TypeError, "sentences: expected lists of words, got one string 'the cat'"),
        (lambda: Vocabulary.of(["the cat"]), TypeError, "got a string 'the cat' among them: split"),
        (
            lambda: new({"a": 1}).encode("the cat sat on the mat"),
            TypeError,
            "one string 'the cat sat on the m…'",
        ),
        (lambda: new({"a": 1}).decode([1]), ValueError, "indices: expected integers from 0 to 0, got 1"),
        (lambda: new({"a": 1}).decode([-1]), ValueError, "indices: expected integers from 0 to 0, got -1"),
        (
            lambda: new({"a": 1}).decode(torch.tensor([0.0])),
            TypeError,
            "indices: expected integers .* got 0.0 ",
        ),
    ],
)
def test_bad_arguments_are_named(plain_errors, make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_an_order_of_its_own_is_told():
    """Rows in the order of `counts` would be mislabelled where the words were sorted."""
    assert not Vocabulary({"b": 3, "a": 2, "c": 2}).reordered
    assert Vocabulary({"b": 3, "c": 2, "a": 2}).reordered
    assert not Vocabulary.of([["c", "a"], ["b", "b"]]).reordered


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: new.of(3), "sentences: expected lists of words, got 3 (int)"),
        (lambda: new.of({"a": 1}), "sentences: expected lists of words, got {'a': 1} (dict)"),
        (lambda: new.of([["a"], 3]), "sentences: expected lists of words, got 3 (int) among them"),
        (lambda: new.of([{"a": 7}]), "sentences: expected lists of words, got {'a': 7} (dict) among them"),
        (lambda: new.of([[["a"], "b"]]), "sentences: expected lists of words, got one with unhashable type"),
        (lambda: new.of([torch.arange(3)]), "counts: expected strings as words, got tensor("),
        (lambda: new.of([b"the"]), "sentences: expected lists of words, got b'the' (bytes) among them"),
        (lambda: new({"a": 1}).encode(torch.tensor([0])), "words: expected a list of words, got tensor(0) (Tensor) in"),
        (lambda: new({"a": 1}).encode([["a"]]), "words: expected a list of words, got ['a'] (list) in it"),
        (lambda: new({"a": 1}, unknown="?").encode([0]), "words: expected a list of words, got 0 (int) in it"),
        (lambda: new({"a": 1}).decode([True]), "indices: expected integers from 0 to 0, got True (bool)"),
        (lambda: new({"a": 1}).decode([[0]]), "indices: expected integers from 0 to 0, got [0] (list)"),
        (lambda: new({"a": True}), "counts: expected an integer for 'a', got True (bool)"),
    ],
)
def test_other_things_than_words_and_numbers_are_named(plain_errors, make, message):
    with pytest.raises(TypeError) as error:
        make()
    assert str(error.value).startswith(message)


def test_words_may_come_from_arrays_generators_and_maps(plain_errors):
    vocabulary = new.of(np.array([["a", "b"], ["b", "c"]]))
    assert vocabulary.words == Vocabulary.of(map(str.split, ["a b", "b c"])).words == ("b", "a", "c")
    assert vocabulary.encode(np.array(["c", "x", "b"])).tolist() == [2, 0]
    assert vocabulary.decode(torch.tensor([2, 0], dtype=torch.uint16)) == ["c", "b"]
