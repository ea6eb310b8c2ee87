"""What is read as words, pairs and questions: sets have no order, letters are no words, NaN has no rank."""

from typing import Any, cast

import pytest
import torch

from lecturelib.words import MaskedLM, NGram, Vocabulary, Word2Vec
from lecturelib.words.correlation import rank_correlation
from lecturelib.words.evaluation import WordVectors, parallelism
from lecturelib.words.mixture import mixture_weight
from lecturelib.words.phrases import Joined, find_phrases
from lecturelib.words.tags import most_frequent_tag, spans
from lecturelib.words.tasks import windows
from lecturelib.words.translation_scores import edit_distances, occurrences

VECTORS: Any = WordVectors(torch.eye(4), ["a", "b", "c", "d"])
WORDS: Any = Vocabulary({"ab": 3, "b": 2, "a": 1})
NAN, NEVER = float("nan"), torch.tensor([-torch.inf])
REFUSED = {
    "a vocabulary of sets": (
        lambda: Vocabulary.of(cast(Any, [{"a"}])),
        "sentences: expected lists of words, got {'a'} (set)",
    ),
    "vectors of sets": (lambda: Word2Vec().fit(cast(Any, [{"a", "b"}])), "sentences: expected lists of words, got"),
    "phrases of sets": (
        lambda: find_phrases(cast(Any, [{"a"}])),
        "sentences: expected lists of words, got {'a'} (set)",
    ),
    "phrases of three words": (
        lambda: Joined([["a"]], cast(Any, [("a", "b", "c")])),
        "phrases: expected a set of pairs of",
    ),
    "a set to encode": (lambda: WORDS.encode({"a"}), "words: expected a list of words, got {'a'} (set)"),
    "one number to decode": (lambda: WORDS.decode(torch.tensor(1)), "indices: expected a row of integers, got 1 (int)"),
    "a number for a word": (lambda: WORDS.index(1), "word: expected a string, got 1 (int)"),
    "a set of tags": (lambda: spans({"O"}), "tags: expected a list of strings, got {'O'} (set)"),
    "tags as keys": (lambda: spans({"O": 1}), "tags: expected a list of strings, got {'O': 1} (dict)"),
    "sets of words and tags": (lambda: most_frequent_tag({"a"}, {"N"}), "words: expected a list of strings, got"),
    "a set of queries": (lambda: edit_distances({"a"}, ["b"]), "queries: expected a list of strings, got {'a'} (set)"),
    "vectors for a set": (
        lambda: WordVectors(torch.eye(1), cast(Any, {"a"})),
        "words: expected a list of words, got {'a'} (set)",
    ),
    "rows of a set": (lambda: VECTORS.numbers({"a"}), "words: expected a list of words, got {'a'} (set)"),
    "nearest to nothing": (lambda: VECTORS.nearest(None), "query: expected a word or a vector, got None (NoneType)"),
    "nearest to words": (lambda: VECTORS.nearest(["a"]), "query: expected a word or a vector, got ['a'] (list)"),
    "no pairs": (lambda: VECTORS.word_pairs(None), "pairs: expected a list, got None (NoneType)"),
    "a score in words": (lambda: VECTORS.word_pairs([("a", "b", "x")]), "pairs: expected two words and a number each"),
    "a question as a set": (
        lambda: VECTORS.analogies({"": [{"a"}]}),
        "sections: expected questions of four words, got",
    ),
    "no questions": (lambda: VECTORS.analogies({"": None}), "sections: expected questions of four words, got None"),
    "a pair as a set": (lambda: parallelism(VECTORS, cast(Any, [{"a", "b"}])), "pairs: expected two words each, got"),
    "NaN has no rank": (
        lambda: rank_correlation(torch.tensor([0, NAN]), torch.ones(2)),
        "a, b: expected finite values",
    ),
    "impossible words": (
        lambda: mixture_weight(NEVER, NEVER),
        "log_p, log_q: expected possible words, got 1 impossible",
    ),
    "no word": (
        lambda: mixture_weight(NEVER[:0], NEVER[:0]),
        "log_p, log_q: expected possible words, got 0 impossible",
    ),
    "targets below 0": (lambda: occurrences(torch.tensor([[-1]]), 3), "found: expected numbers from 0 to 2, got -1"),
}


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_read_as_something_else_is_refused(name):
    call, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert str(error.value).startswith(message)


@pytest.mark.usefixtures("plain_errors")
def test_one_mark_is_a_word_and_not_its_letters():
    assert MaskedLM(WORDS, 4, 2, 1, special="ab").maskable.tolist() == [False, True, True, False, False]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8])
def test_numbers_of_one_byte_and_more_words_than_a_byte_holds(dtype):
    x = torch.tensor([0, 1, 2, 1, 0], dtype=dtype)
    assert NGram(2, 300).fit(x).perplexity(x) == NGram(2, 300).fit(x.long()).perplexity(x.long())
    assert windows(x[:2], torch.tensor([2]), reach=1, edge=300).tolist() == [[300, 0, 1], [0, 1, 300]]


def test_ratings_that_single_precision_cannot_tell_apart_are_no_tie():
    pairs = [("a", "b", 2.0**24), ("a", "a", 2.0**24 + 1)]
    assert VECTORS.word_pairs(pairs).spearman == pytest.approx(1)


def test_offsets_of_length_zero_are_parallel_to_none():
    same = WordVectors(torch.ones(4, 3), ["a", "b", "c", "d"])
    assert parallelism(same, [("a", "b"), ("c", "d")]) == 0
    assert parallelism(VECTORS, [("a", "b"), ("c", "c")]) == pytest.approx(0, abs=1e-6)
