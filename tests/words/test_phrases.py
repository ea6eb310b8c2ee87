"""Phrases against gensim's, and by hand."""

from typing import Any

import pytest

from lecturelib.words.phrases import Joined, find_phrases


def corpus():
    """Five sentences forty times: "new york" always together, "the" before everything."""
    text = ["the new york jury said", "a new york paper said the jury", "the paper in new york", "a jury said a paper",
            "the jury in the paper said new york"]  # fmt: skip
    return [line.split() for line in text] * 40


def test_the_score_by_hand():
    sentences = [["a", "b"]] * 10 + [["a", "c"]] * 10 + [["c", "b"]] * 5
    # N = 50, count(a) = 20, count(b) = 15, count(c) = 15: 50 · (10 - 2) / (20 · 15) = 1.33, the same for ac; cb 0.67
    assert find_phrases(sentences, discount=2, threshold=1.33) == {("a", "b"), ("a", "c")}
    assert find_phrases(sentences, discount=2, threshold=1.34) == set()
    assert find_phrases(sentences, discount=2, threshold=0.66) == {("a", "b"), ("a", "c"), ("c", "b")}


@pytest.mark.parametrize("threshold", [0.5, 2.0, 5.0])
def test_the_phrases_are_gensims(threshold):
    models = pytest.importorskip("gensim.models.phrases")
    sentences = corpus()
    theirs = models.Phrases(sentences, min_count=5, delimiter="+")
    N = sum(map(len, sentences))  # where gensim has the size of its vocabulary
    expected = set()
    for key, n in theirs.vocab.items():
        if "+" in key:
            a, b = key.split("+")
            if models.original_scorer(theirs.vocab[a], theirs.vocab[b], n, N, 5, None) > threshold:
                expected.add((a, b))
    assert find_phrases(sentences, discount=5, threshold=threshold) == expected
    assert 0 < len(expected) < 20


def test_pairs_are_joined_from_the_left_and_again():
    phrases = {("a", "b"), ("b", "c"), ("c", "c")}
    joined = Joined([["a", "b", "c", "c", "c"], ["c"], [], ["b", "c"]], phrases, by="+")
    assert list(joined) == [["a+b", "c+c", "c"], ["c"], [], ["b+c"]]
    assert list(joined) == list(joined)
    assert list(Joined(joined, {("c+c", "c")})) == [["a+b", "c+c_c"], ["c"], [], ["b+c"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(discount=-1), "discount: expected an integer from 0"),
        (dict(threshold=0), "threshold: expected a finite number above 0, got 0"),
        (dict(threshold="1"), "threshold: expected a finite number above 0, got '1'"),
    ],
)
def test_bad_arguments(plain_errors, arguments, message):
    with pytest.raises((TypeError, ValueError)) as error:
        find_phrases(corpus(), **arguments)
    assert str(error.value).startswith(message)


def test_bad_sentences(plain_errors):
    with pytest.raises(TypeError, match="sentences: expected lists of words, got a string 'a b'"):
        find_phrases(["a b"])
    with pytest.raises(TypeError, match="sentences: expected what can be read again and again"):
        Joined(iter([["a"]]), set())


def test_sentences_may_be_generators_and_are_then_not_empty(plain_errors):
    sentences = [["a", "b"]] * 10 + [["a", "c"]] * 10 + [["c", "b"]] * 5
    expected = {("a", "b"), ("a", "c")}
    once: Any = (iter(sentence) for sentence in sentences)
    assert find_phrases(once, discount=2, threshold=1.33) == expected
    listed: Any = [["a", "b"]]  # a phrase may be a list
    assert list(Joined([("a", "b", "c")], listed)) == [["a_b", "c"]]


def test_other_things_are_named(plain_errors):
    wrong: Any
    for wrong in (3, {"a": 1}):
        with pytest.raises(TypeError, match="sentences: expected lists of words, got "):
            find_phrases(wrong)
        with pytest.raises(TypeError, match="sentences: expected lists of words, got "):
            Joined(wrong, set())
    wrong = [map(str, "ab")]
    with pytest.raises(TypeError, match="sentences: expected lists of words, got a map among them"):
        Joined(wrong, set())
    wrong = "ab"
    with pytest.raises(TypeError, match="phrases: expected a set of pairs of words, got 'ab'"):
        Joined([["a", "b"]], wrong)
