"""Intrinsic evaluation against gensim and scipy, on the same vectors."""

import functools
import itertools
import tempfile
from typing import Any

import pytest
import torch

from lecturelib.datasets import load
from lecturelib.words import analogies
from lecturelib.words.analogies import METHODS
from lecturelib.words.correlation import correlation, rank_correlation
from lecturelib.words.evaluation import WordVectors, parallelism
from lecturelib.words.vocabulary import Vocabulary

QUESTIONS = load("analogies").sections
PAIRS = load("wordsim353").pairs
ADD: Any = "add"
SHORT: Any = ("a", "b", "c")


def random_vectors(seed=0, dim=30, mixed_case=True):
    """Structured vectors for all words of the tests, with two spellings of some, so that scores are not zero."""
    g = torch.Generator().manual_seed(seed)
    words = list(dict.fromkeys(word for some in QUESTIONS.values() for question in some[:60] for word in question))
    words += [word for a, b, _ in PAIRS[:200] for word in (a, b) if word not in words]
    words = list(dict.fromkeys(words))
    base = {word: torch.randn(dim, generator=g) for word in words}
    placed: set[str] = set()
    for some in QUESTIONS.values():  # the second word of a pair lies near the first plus the section's own offset
        offset = torch.randn(dim, generator=g)
        for pair in (pair for question in some[:60] for pair in (question[:2], question[2:])):
            if not placed & set(pair):
                base[pair[1]] = base[pair[0]] + offset + 0.7 * torch.randn(dim, generator=g)
                placed |= set(pair)
    if mixed_case:
        for word in words[::3]:
            other = word.lower() if word != word.lower() else word.capitalize()
            base.setdefault(other, base[word] + 0.1 * torch.randn(dim, generator=g))
    order = torch.randperm(len(base), generator=g).tolist()
    names = list(base)
    vocabulary = Vocabulary({names[k]: len(base) - place for place, k in enumerate(order)})
    return torch.stack([base[word] for word in vocabulary]), vocabulary


def gensim_vectors(vectors, vocabulary):
    keyed = pytest.importorskip("gensim.models").KeyedVectors(vectors.shape[1])
    keyed.add_vectors(list(vocabulary), vectors.numpy())
    return keyed


@functools.cache
def gensim_scores(mixed_case):
    """Each section's right answers and questions, by gensim."""
    lines = [f": {name}\n" + "".join(" ".join(q) + "\n" for q in some) for name, some in QUESTIONS.items()]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write("".join(lines))
        file.flush()
        _, sections = gensim_vectors(*random_vectors(mixed_case=mixed_case)).evaluate_word_analogies(file.name)
    return {s["section"]: (len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections}


@pytest.mark.parametrize(("mixed_case", "frequent"), [(False, 2000), (True, 2000), (True, 1), (True, 200)])
def test_analogies_are_gensims_section_by_section(mixed_case, frequent, monkeypatch):
    """However many words an answer meets before all the others, and with two spellings on either side of them."""
    monkeypatch.setattr(analogies, "FREQUENT", frequent)
    vectors, vocabulary = random_vectors(mixed_case=mixed_case)
    assert 200 < len(vocabulary) < 2000
    ours = WordVectors(vectors, vocabulary).analogies(QUESTIONS)
    counts = dict(gensim_scores(mixed_case))
    total = counts.pop("Total accuracy")
    assert {name: tuple(score) for name, score in ours.items() if name != "all" and score.asked} == {
        name: count for name, count in counts.items() if count[1]
    }
    assert tuple(ours["all"]) == total
    assert 0.1 < ours["all"].correct / ours["all"].asked < 0.95


@pytest.mark.parametrize("method", METHODS)
def test_a_word_of_the_question_is_an_answer_only_where_none_is_excluded(method):
    vectors, vocabulary = random_vectors()
    first, second = "Athens", "Greece"
    some = {"same": [(first, second, first, second)]}
    asked = WordVectors(vectors, vocabulary)
    assert asked.analogies(some, method=method, exclude=True)["same"] == (0, 1)
    assert asked.analogies(some, method=method, exclude=False)["same"] == (1, 1)


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")  # gensim calls it itself
def test_3cosmul_is_gensims():
    vectors, vocabulary = random_vectors(mixed_case=False)
    keyed = gensim_vectors(vectors, vocabulary)
    some = [q for q in QUESTIONS["family"] + QUESTIONS["gram8-plural"][:99] if all(word in vocabulary for word in q)]
    right = [keyed.most_similar_cosmul([b, c], [a], topn=1)[0][0] == d for a, b, c, d in some]
    ours = WordVectors(vectors, vocabulary).analogies({"some": some}, method="3cosmul")
    assert ours["some"] == (sum(right), len(some))
    assert 10 < sum(right) < len(some) - 10
    assert ours != WordVectors(vectors, vocabulary).analogies({"some": some})


def test_word_pairs_are_gensims(tmp_path):
    vectors, vocabulary = random_vectors()
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\t{score}\n" for a, b, score in PAIRS), encoding="utf-8")
    pearson, spearman, unknown = gensim_vectors(vectors, vocabulary).evaluate_word_pairs(str(path))
    ours = WordVectors(vectors, vocabulary).word_pairs(PAIRS)
    assert ours.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert ours.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert ours.pairs == round(len(PAIRS) * (1 - unknown / 100))
    assert 150 < ours.pairs < len(PAIRS)


def test_the_lectures_formula_is_the_nearest_point_and_usually_a_word_of_the_question():
    vectors, vocabulary = random_vectors(mixed_case=False)
    some = {"both": [*QUESTIONS["family"][:40], *QUESTIONS["gram9-plural-verbs"][:60]]}
    all_ = WordVectors(vectors, vocabulary)
    right = {True: 0, False: 0}
    for exclude, (a, b, c, d) in itertools.product((True, False), some["both"]):
        i = [vocabulary.index(word) for word in (a, b, c, d)]
        q = vectors[i[2]] + vectors[i[1]] - vectors[i[0]]
        distance = (vectors - q).square().sum(dim=1)
        if exclude:
            distance[i[:3]] = torch.inf
        right[exclude] += int(distance.argmin()) == i[3]
    for exclude in (True, False):
        score = all_.analogies(some, method="argmin", exclude=exclude)["both"]
        assert score == (right[exclude], 100)
    assert right[True] > right[False]


def test_nearest_is_sorted_by_cosine_without_the_word_itself():
    vectors, vocabulary = random_vectors()
    asked = WordVectors(vectors, vocabulary)
    word = vocabulary.words[7]
    found = asked.nearest(word, 5)
    cosine = torch.cosine_similarity(vectors, vectors[7:8])
    cosine[7] = -1
    assert [name for name, _ in found] == vocabulary.decode(cosine.topk(5).indices)
    assert [value for _, value in found] == pytest.approx(cosine.topk(5).values.tolist(), abs=1e-6)
    assert asked.nearest(3 * vectors[7], 1)[0] == (word, pytest.approx(1.0))
    assert len(asked.nearest(word, 10**6)) == len(vocabulary) - 1


def test_only_frequent_words_are_known_where_restricted():
    vectors, vocabulary = random_vectors()
    few = WordVectors(vectors, vocabulary, restrict=100)
    assert {name for name, _ in few.nearest(vocabulary.words[0], 99)} < set(vocabulary.words[:100])
    assert few.analogies(QUESTIONS)["all"].asked < WordVectors(vectors, vocabulary).analogies(QUESTIONS)["all"].asked
    with pytest.raises(ValueError, match="query: expected one of the 100 most frequent words, got"):
        few.nearest(vocabulary.words[100])


def test_correlations_are_scipys():
    stats = pytest.importorskip("scipy.stats")
    g = torch.Generator().manual_seed(0)
    a, b = torch.randint(0, 9, (2, 60), generator=g).double()
    b = b + a
    assert rank_correlation(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
    assert correlation(a, b) == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-12)


def test_parallel_arrows():
    g = torch.Generator().manual_seed(1)
    start = torch.randn(20, 300, generator=g)
    words = [f"{kind}{i}" for i in range(20) for kind in "ab"]
    vocabulary = Vocabulary({word: 100 - k for k, word in enumerate(words)})
    pairs = [(f"a{i}", f"b{i}") for i in range(20)]

    def score(offsets):
        rows = torch.stack([start, start + offsets], dim=1).flatten(0, 1)
        return parallelism(WordVectors(rows, vocabulary), pairs)

    same, other = torch.randn(1, 300, generator=g).expand(20, -1), torch.randn(20, 300, generator=g)
    assert score(same) == pytest.approx(1.0, abs=1e-5)
    assert abs(score(other)) < 0.05
    assert score(same + other) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v, w: WordVectors(v[:5], w), "vectors: expected one row for each of"),
        (lambda v, w: WordVectors(v.long(), w), "vectors: expected a matrix of floats ["),
        (lambda v, w: WordVectors(v / 0, w), "vectors: expected finite values, got NaN or infinity"),
        (lambda v, w: WordVectors(v, w, restrict=0), "restrict: expected a positive integer, got 0"),
        (lambda v, w: WordVectors(v, w).nearest("Norwey"), "word: expected one of the vocabulary's"),
        (lambda v, w: WordVectors(v, w).nearest(v[0], 0), "n: expected a positive integer, got 0"),
        (lambda v, w: WordVectors(v, w).nearest(v[0, :3]), "query: expected shape [30], got [3]"),
        (lambda v, w: WordVectors(v, w).word_pairs([("zz", "yy", 1.0)]), "pairs: expected at least two with known"),
        (lambda v, w: WordVectors(v, w).analogies({"x": []}, method=ADD), "method: expected one of 3cosadd, 3cosmul"),
        (lambda v, w: WordVectors(v, w).analogies({"x": [SHORT]}), "sections: expected questions of four"),
        (lambda v, w: parallelism(WordVectors(v, w), [("a", "b")]), "pairs: expected at least two, got 1"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises((TypeError, ValueError)) as error:
        call(*random_vectors())
    assert str(error.value).startswith(message)


def test_all_methods_are_named():
    assert METHODS == ("3cosadd", "3cosmul", "argmin")
