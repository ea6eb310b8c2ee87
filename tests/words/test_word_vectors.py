"""WordVectors: words in the order of the rows, files that gensim reads and writes, ties, and what it is asked about."""

import gzip
from typing import Any

import numpy as np
import pytest
import torch

from lecturelib.words import Vocabulary
from lecturelib.words.analogies import METHODS
from lecturelib.words.correlation import correlation, rank_correlation
from lecturelib.words.evaluation import WordVectors, parallelism

WORDS = ["zebra", "new_york", "apple", "Ärger", "mango", "2", "$$"]
vectors_of: Any = WordVectors  # for arguments that a type checker would refuse
ask_parallelism: Any = parallelism


def rows(n=7, dim=5):
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(1))


def asked() -> Any:
    return WordVectors(rows(), WORDS)


def gensim_vectors(counts=(9, 5, 5, 5, 2, 1, 1)):
    keyed = pytest.importorskip("gensim.models").KeyedVectors(5)
    keyed.add_vectors(WORDS, rows().numpy())
    for word, count in zip(WORDS, counts, strict=True):
        keyed.set_vecattr(word, "count", count)
    return keyed


def same(got, restrict=None):
    return got.words == tuple(WORDS[:restrict]) and torch.equal(got.vectors, rows()[:restrict])


def test_words_have_the_order_of_the_rows():
    """gensim orders words of equal counts otherwise than a Vocabulary, which once mislabelled nearly all rows."""
    keyed = gensim_vectors()
    assert same(WordVectors.from_gensim(keyed))
    assert same(WordVectors(keyed.vectors, keyed.index_to_key))
    sorted_anew = Vocabulary({word: int(keyed.get_vecattr(word, "count")) for word in keyed.index_to_key})
    with pytest.raises(ValueError, match="words: expected the words in the order of the rows, got a Vocabulary"):
        WordVectors(torch.tensor(keyed.vectors), sorted_anew)
    nearest = WordVectors.from_gensim(keyed).nearest("apple", 3)
    assert [word for word, _ in nearest] == [word for word, _ in keyed.most_similar("apple", topn=3)]
    in_step = Vocabulary({word: 7 - k for k, word in enumerate(WORDS)})
    assert same(WordVectors(rows(), in_step))


@pytest.mark.parametrize("binary", [False, True])
def test_files_go_to_gensim_and_back(tmp_path, binary):
    keyed = gensim_vectors()
    path = tmp_path / "vectors"
    keyed.save_word2vec_format(str(path), binary=binary)
    assert same(WordVectors.from_word2vec_file(path))
    assert same(WordVectors.from_word2vec_file(str(path), restrict=3), 3)
    WordVectors(rows(), WORDS).save(path, binary=binary)
    again = type(keyed).load_word2vec_format(str(path), binary=binary)
    assert again.index_to_key == WORDS
    assert np.array_equal(again.vectors, rows().numpy())
    assert same(WordVectors.from_word2vec_file(path))


def test_gloves_file_has_no_first_line(tmp_path):
    text = b"the 0.5 -1\n. . . 2 3e-2\n\xc2\xa0 1 2\nthe 9 9\n"
    (tmp_path / "glove.txt").write_bytes(text)
    with gzip.open(tmp_path / "glove.txt.gz", "wb") as file:
        file.write(text)
    for name in ("glove.txt", "glove.txt.gz"):
        found = WordVectors.from_word2vec_file(tmp_path / name)
        assert found.words == ("the", ". . .", "\xa0")  # of a word that stands there twice, the first
        torch.testing.assert_close(found.vectors, torch.tensor([[0.5, -1], [2, 0.03], [1, 2]]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected lines of a word and its numbers, got none"),
        (b"a 1 2\nb 1\n", "expected a word and 2 numbers, got b'b 1"),
        (b"a 1 nan\n", "expected finite numbers, got NaN or infinity for 'a'"),
        (b"3 2\na 1 2\nb 3 4\n", "expected 3 words, as its first line says, got 2 and the end"),
        (b"3 2\na " + bytes(8) + b"b " + bytes(4), "expected 3 words, as its first line says, got 1 and the end"),
        (b"words\n", "expected a word and 0 numbers, got b'words"),
    ],
)
def test_other_files_are_named(tmp_path, content, message):
    (tmp_path / "some").write_bytes(content)
    with pytest.raises(ValueError, match=r"some: ") as error:
        WordVectors.from_word2vec_file(tmp_path / "some")
    assert message in str(error.value)


def test_words_with_blanks_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="words: expected words without blanks and ends of lines, got 'new york'"):
        WordVectors(rows(2), ["new york", "a"]).save(tmp_path / "some")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.1])
def test_constant_vectors_score_nothing(constant):
    words = [f"w{i}" for i in range(50)]
    asked: Any = WordVectors(torch.full((50, 8), constant), words)
    questions = {"s": [("w0", "w1", "w2", "w3"), ("w4", "w5", "w6", "w7")]}
    for method in METHODS:
        assert asked.analogies(questions, method=method)["all"] == (0, 2)
    pairs = [("w1", "w2", 3.0), ("w3", "w4", 1.0), ("w5", "w6", 2.0)]
    assert asked.word_pairs(pairs) == (0, 0, 3)
    assert [word for word, _ in asked.nearest("w1", 3)] == ["w0", "w2", "w3"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [8, 3000])
def test_a_tie_with_another_word_is_wrong(method, n):
    """The answer's twin, among the first words or the last, or a little shorter than it."""
    table = torch.nn.functional.normalize(torch.randn(n, 30, generator=torch.Generator().manual_seed(0)), dim=1)
    table[3] = table[2] + table[1] - table[0]
    words = [f"w{i}" for i in range(n)]
    question = {"s": [("w0", "w1", "w2", "w3")]}
    assert WordVectors(table, words).analogies(question, method=method)["s"] == (1, 1)
    for twin in (5, n - 1):
        tied = table.clone()
        tied[twin] = tied[3]
        assert WordVectors(tied, words).analogies(question, method=method)["s"] == (0, 1)
        tied[twin] = tied[3] + 0.05 * tied[0]
        assert WordVectors(tied, words).analogies(question, method=method)["s"] == (1, 1)


def test_correlations_with_a_constant_are_0():
    a, b = torch.arange(4.0), torch.ones(4)
    for of in (correlation, rank_correlation):
        assert of(a, b) == of(b, a) == 0
        with pytest.raises(ValueError, match="a, b: expected at least two values, as many of each"):
            of(a[:1], a[:1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_vectors_of_every_precision_are_asked_with_vectors_of_every_other(plain_errors, dtype):
    asked = WordVectors(rows().to(dtype).requires_grad_(), WORDS)
    expected = [word for word, _ in asked.nearest("apple", 3)]
    query = rows()[2]
    for given in (query, query.double(), query.half(), query.numpy(), query.double().numpy(), query.tolist()):
        assert [word for word, _ in asked.nearest(given, 4)] == ["apple", *expected]
    assert not asked.vectors.requires_grad


def test_unknown_words_are_said():
    asked = WordVectors(rows(), WORDS, restrict=4)
    assert asked.numbers(iter(["apple", "zebra"])).tolist() == [2, 0]
    with pytest.raises(ValueError, match="words: expected known words, got 2 unknown of 3: 'mango', 'appel'"):
        asked.numbers(["mango", "apple", "appel"])
    with pytest.raises(ValueError, match="got 'appel'; nearest: 'apple'"):
        asked.nearest("appel")
    with pytest.raises(ValueError, match="query: expected one of the 4 most frequent words, got 'mango'"):
        parallelism(asked, [("apple", "zebra"), ("mango", "2")])


def test_pairs_and_questions_may_be_read_once(plain_errors):
    asked = WordVectors(rows(), WORDS)
    pairs = [("apple", "mango", 9.0), ("zebra", "2", 1.0), ("apple", "zebra", 4.0)]
    assert asked.word_pairs(iter(pairs)) == asked.word_pairs(np.array(pairs, object)) == asked.word_pairs(pairs)
    questions = [("apple", "mango", "zebra", "2"), ("2", "zebra", "apple", "mango")]
    once: Any = {"some": map(list, questions)}
    assert asked.analogies(once) == asked.analogies({"some": questions})
    assert asked.analogies({"some": questions})["all"].asked == 2
    assert asked.analogies({})["all"] == (0, 0)
    two = [("apple", "mango"), ("zebra", "2")]
    assert parallelism(asked, iter(two)) == parallelism(asked, two)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vectors_of(rows(), "zebras!"), "words: expected a list of words, got 'zebras!' (str)"),
        (lambda: vectors_of(rows(), range(7)), "words: expected a list of words, got 0 (int) in it"),
        (lambda: vectors_of(rows(), [*WORDS[:6], "zebra"]), "words: expected different words, got 'zebra' twice"),
        (lambda: vectors_of(rows(0), []), "words: expected at least one word, got none"),
        (lambda: asked().nearest(np.full(5, np.nan)), "query: expected finite values, got NaN"),
        (lambda: asked().numbers("apple"), "words: expected a list of words, got one string 'apple'"),
        (
            lambda: vectors_of(rows(), WORDS).word_pairs(["abc"]),
            "pairs: expected two words and a number each, got 'abc'",
        ),
        (lambda: asked().word_pairs([("2", "$$", np.nan)]), "pairs: expected finite numbers, got "),
        (
            lambda: vectors_of(rows(), WORDS).analogies([WORDS[:4]]),
            "sections: expected a mapping from names to questio",
        ),
        (
            lambda: vectors_of(rows(), WORDS).analogies({"s": "abcd"}),
            "sections: expected questions of four words, got 'a",
        ),
        (
            lambda: vectors_of(rows(), WORDS).analogies({"s": [(1, 2, 3, 4)]}),
            "sections: expected questions of four word",
        ),
        (lambda: ask_parallelism(asked(), ["ab", "cd"]), "pairs: expected two words each, got 'ab'"),
    ],
)
def test_other_things_are_named(plain_errors, call, message):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_word_beyond_the_restriction_is_named_by_every_question():
    few = WordVectors(torch.eye(4), list("abcd"), restrict=2)
    for ask in (few.number, few.nearest, lambda word: parallelism(few, [("a", "b"), ("a", word)])):
        with pytest.raises(ValueError, match="query: expected one of the 2 most frequent words, got 'd'"):
            ask("d")
