"""Word2Vec as a whole: what it converges to, its noise, its limits, and what it does with bad input."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from lecturelib.words import Word2Vec
from lecturelib.words.vocabulary import Vocabulary
from lecturelib.words.word2vec.model import draw_noise
from lecturelib.words.word2vec.steps import Batch, Steps

METHODS = list(itertools.product(["skip-gram", "cbow"], ["negative", "hierarchical", "softmax"]))


def topics(sentences=300, seed=0):
    """Sentences on two topics of ten words each: a word's neighbours are of its own topic."""
    g = torch.Generator().manual_seed(seed)
    topic = torch.randint(0, 2, (sentences,), generator=g).tolist()
    return [[f"{'ab'[t]}{i}" for i in torch.randint(0, 10, (12,), generator=g).tolist()] for t in topic]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "loss"), METHODS)
def test_each_method_tells_topics_apart(model, loss):
    trained = Word2Vec(model=model, loss=loss, vector_size=8, window=3, subsample=0, epochs=20, learning_rate=0.1).fit(
        topics()
    )
    w = torch.nn.functional.normalize(trained.vectors - trained.vectors.mean(dim=0), dim=1)
    first = torch.tensor([word[0] == "a" for word in trained.vocabulary])
    cosine = w @ w.T
    assert trained.vectors.shape == (20, 8)
    assert cosine[first][:, first].mean() > cosine[first][:, ~first].mean() + 0.5


def test_the_full_softmax_reaches_the_lectures_optimum():
    """Σ_t Σ_i log p(x_i | x_t) is largest where p is the empirical distribution of neighbours, if dim ≥ V allows it."""
    line = "the cat sat on the mat the dog sat on the cat a dog a cat on a mat"
    text = line.split()
    sentences = [text] * 40
    model = Word2Vec(
        loss="softmax", vector_size=8, window=1, subsample=0, min_count=1, epochs=60, learning_rate=0.3
    ).fit(sentences)
    V = len(model.vocabulary)
    x = model.vocabulary.encode(text)
    counts = torch.zeros(V, V, dtype=torch.float64)
    for a, b in itertools.pairwise(x.tolist()):
        counts[a, b] += 1
        counts[b, a] += 1
    empirical = counts / counts.sum(dim=1, keepdim=True)
    assert V == 7
    p = (model.vectors.double() @ model.output_vectors.double().T).softmax(dim=1)
    torch.testing.assert_close(p, empirical, rtol=0, atol=0.02)
    entropy = -torch.special.xlogy(counts, empirical).sum() / counts.sum()
    loss = -(counts * p.log()).sum() / counts.sum()
    assert 0 <= loss - entropy < 0.01
    assert entropy < 0.75 * math.log(V)  # what p = 1/V would lose is 50 times as much


@pytest.mark.parametrize("model", ["skip_gram", "cbow"])
def test_shared_noise_is_unbiased(model):
    """The mean step over 1,500 draws of noise is the gradient of the exact expectation over all noise words."""
    V, d, w, P, group, k, drawn = 12, 4, 2, 32, 16, 5, 3
    counts = torch.arange(V, 0, -1) ** 2
    g = torch.Generator().manual_seed(0)
    W, U = (torch.randn(V + 1, d, dtype=torch.float64, generator=g) for _ in range(2))
    words = torch.randint(0, V, (P + 2 * w,), generator=g)
    pairs = torch.randint(0, 2, (P, 2 * w + 1), generator=g).double()
    pairs[:, w] = 0
    n = pairs.sum(dim=1)

    q = counts.double() ** 0.75 / (counts.double() ** 0.75).sum()
    exact = [W.clone().requires_grad_(), U.clone().requires_grad_()]
    near, here = words.unfold(0, 2 * w + 1, 1), words[w:-w]
    if model == "skip_gram":
        h = exact[0][here]
        hits, weight = (pairs * logsigmoid((exact[1][near] * h[:, None]).sum(dim=2))).sum(), n
    else:
        h = (pairs[:, :, None] * exact[0][near]).sum(dim=1) / n.clamp(min=1)[:, None]
        weight = n.clamp(max=1)
        hits = (weight * logsigmoid((exact[1][here] * h).sum(dim=1))).sum()
    objective = hits + k * (weight[:, None] * q * logsigmoid(-h @ exact[1][:-1].T)).sum()

    draws = 1500
    noise = draw_noise(counts, (draws, P // group * drawn), g)
    moved = []
    for one in noise:
        tables = [W.clone(), U.clone()]
        steps = Steps(*tables, window=w, positions=P, negative=k, group=group, cap=1e9)
        getattr(steps, f"{model}_negative")(Batch(words, pairs, n, one), learning_rate=1.0)
        faster = w + 1 if model == "cbow" else 1
        moved.append(torch.cat([(tables[0] - W) / faster, tables[1] - U]))
    mean, error = torch.stack(moved).mean(dim=0), torch.stack(moved).std(dim=0) / math.sqrt(draws)
    grad = torch.autograd.grad(objective, exact)
    difference = mean - torch.cat(grad)
    z = difference / error.clamp(min=1e-12)
    random = error > 1e-9
    assert random.sum() > 40
    assert z[random].abs().max() < 4.5
    assert 0.7 < z[random].square().mean() < 1.5
    assert difference[~random].abs().max() < 1e-9


def test_noise_comes_with_the_power_of_three_quarters():
    counts = torch.tensor([50_000, 9_000, 2_000, 400, 100, 30, 5])
    seen = torch.bincount(draw_noise(counts, (100, 4000), torch.Generator().manual_seed(3)).flatten(), minlength=7)

    def chi_square(power):
        expected = counts.double() ** power
        expected *= seen.sum() / expected.sum()
        return ((seen - expected) ** 2 / expected).sum().item()

    assert chi_square(0.75) < 27.9  # 6 degrees of freedom, 1 in 10,000
    assert chi_square(0.7) > 100
    assert chi_square(0.5) > 100


@pytest.mark.parametrize(("model", "loss"), METHODS)
def test_the_seed_decides_everything_and_nothing_else_is_touched(model, loss):
    def vectors(seed):
        return Word2Vec(model=model, loss=loss, vector_size=5, epochs=1, seed=seed).fit(topics(60)).vectors

    before, threads = torch.get_rng_state(), torch.get_num_threads()
    first = vectors(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    torch.rand(3)
    assert torch.equal(vectors(1), first)
    assert not torch.equal(vectors(2), first)


@pytest.mark.parametrize("loss", ["negative", "hierarchical"])
def test_two_workers_learn_the_same(loss):
    model = Word2Vec(loss=loss, vector_size=8, window=3, subsample=0, epochs=20, learning_rate=0.1, workers=2).fit(
        topics()
    )
    w = torch.nn.functional.normalize(model.vectors - model.vectors.mean(dim=0), dim=1)
    first = torch.tensor([word[0] == "a" for word in model.vocabulary])
    assert (w @ w.T)[first][:, first].mean() > (w @ w.T)[first][:, ~first].mean() + 0.5


def test_an_error_in_a_worker_is_not_lost(monkeypatch):
    def broken(self, batch, rate):
        raise RuntimeError("broken step")

    monkeypatch.setattr(Steps, "skip_gram_negative", broken)
    for workers in (1, 2):
        with pytest.raises(RuntimeError, match="broken step"):
            Word2Vec(workers=workers).fit(topics(20))


def test_the_cap_keeps_a_repetitive_text_from_diverging():
    """Few words, hundreds of times in a batch each: the sum of their gradients overshoots, the capped one does not."""
    text = [[f"w{i % 6}" for i in range(k, k + 30)] for k in range(400)]

    def largest(cap):
        model = Word2Vec(vector_size=20, subsample=0, epochs=5, learning_rate=0.1, cap=cap).fit(text)
        return torch.cat([model.vectors, model.output_vectors]).norm(dim=1).max().item()

    assert largest(4.0) < 20
    assert not largest(1e9) < 100


def test_gensim_gets_the_same_vectors():
    pytest.importorskip("gensim")
    model = Word2Vec(vector_size=8, epochs=2).fit(topics())
    keyed = model.to_gensim()
    assert keyed.index_to_key == list(model.vocabulary)
    for word in ("a3", "b7"):
        torch.testing.assert_close(torch.tensor(keyed[word]), model.vector(word))
    assert keyed.get_vecattr("a3", "count") == model.vocabulary.counts[model.vocabulary.index("a3")]
    w = torch.nn.functional.normalize(model.vectors, dim=1)
    cosine = w @ w[model.vocabulary.index("a3")]
    best = cosine.topk(4)
    theirs = keyed.most_similar("a3", topn=3)
    assert [word for word, _ in theirs] == model.vocabulary.decode(best.indices[1:])
    assert [value for _, value in theirs] == pytest.approx(best.values[1:].tolist(), abs=1e-5)


def test_gensim_is_optional(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gensim.models", None)
    with pytest.raises(ImportError, match="to_gensim: expected the package gensim, found none: pip install gensim"):
        Word2Vec(vector_size=2, epochs=1).fit(topics(20)).to_gensim()


def test_short_sentences_and_rare_words():
    """One word alone has no pair; a text of such sentences leaves the vectors where they started."""
    model = Word2Vec(vector_size=4, min_count=1, subsample=0).fit([["a"], [], ["b"]])
    assert model.vectors.abs().max() <= 0.5 / 4
    assert not model.output_vectors.any()
    assert "rare" not in Word2Vec(vector_size=2, min_count=2).fit([["a", "b", "rare"], ["a", "b"]]).vocabulary


def test_words_that_are_not_there():
    model = Word2Vec(vector_size=2, epochs=1, min_count=1).fit([["jury", "said", "Friday"]] * 3)
    with pytest.raises(ValueError, match=r"got 'jurry'; nearest: 'jury'"):
        model.vector("jurry")
    assert isinstance(model.vocabulary, Vocabulary)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(model="glove"), "model: expected one of skip-gram, cbow, got 'glove'"),
        (dict(loss="nce"), "loss: expected one of negative, hierarchical, softmax, got 'nce'"),
        (dict(window=0), "window: expected a positive integer, got 0"),
        (dict(vector_size=-3), "vector_size: expected a positive integer, got -3"),
        (dict(vector_size=2.5), "vector_size: expected a positive integer, got 2.5 (float)"),
        (dict(negative=-1), "negative: expected a positive integer, got -1"),
        (dict(epochs=0), "epochs: expected a positive integer, got 0"),
        (dict(min_count=0), "min_count: expected a positive integer, got 0"),
        (dict(workers=0), "workers: expected a positive integer, got 0"),
        (dict(seed=-1), "seed: expected an integer from 0"),
        (dict(subsample=-1.0), "subsample: expected a finite number of at least 0, got -1.0"),
        (dict(subsample=math.nan), "subsample: expected a finite number of at least 0, got nan"),
        (dict(learning_rate=0), "learning_rate: expected a finite number above 0, got 0"),
        (dict(learning_rate="fast"), "learning_rate: expected a finite number above 0, got 'fast' (str)"),
        (dict(cap=0), "cap: expected a finite number above 0, got 0"),
    ],
)
def test_bad_arguments(plain_errors, arguments, message):
    with pytest.raises((TypeError, ValueError)) as error:
        Word2Vec(**arguments)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "sentences: expected at least one word, got none"),
        ([[], []], "sentences: expected at least one word, got none"),
        ("the jury said", "sentences: expected lists of words, got one string"),
        (["the jury", "said"], "sentences: expected lists of words, got a string 'the jury' among them"),
        (
            [["the", "the"]] * 9,
            "sentences: expected at least two different words that occur 5 times (min_count), got one",
        ),
        ([["a", "b"]], "min_count: expected some word to occur 5 times, the most frequent occurs 1 times"),
        ((s for s in [["a", "b"]] * 9), "sentences: expected what can be read again and again, such as a list, got an"),
        (3, "sentences: expected lists of words, got 3 (int)"),
        ([["a", 4]] * 9, "counts: expected strings as words, got 4 (int)"),
        ([3, 4], "sentences: expected lists of words, got 3 (int) among them"),
    ],
)
def test_bad_sentences(plain_errors, sentences, message):
    with pytest.raises((TypeError, ValueError)) as error:
        Word2Vec().fit(sentences)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


class ReadOnce:
    """As a reader that opens its file in __init__: the second reading gives nothing."""

    def __init__(self, sentences):
        self.lines = iter(sentences)

    def __iter__(self):
        return self.lines


class YieldedOnce(ReadOnce):
    def __iter__(self):
        yield from self.lines


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (lambda: ReadOnce(topics(20)), "sentences: expected what can be read again and again, such as a list, got an"),
        (lambda: YieldedOnce(topics(20)), "sentences: expected what can be read again and again, such as a list, got "),
        (lambda: map(list, topics(20)), "sentences: expected what can be read again and again, such as a list, got an"),
        (
            lambda: [map(str, s) for s in topics(20)],
            "sentences: expected lists of words, got a map among them: list(…)",
        ),
        (lambda: [["a"], (w for w in "ab")], "sentences: expected lists of words, got a generator among them: list(…)"),
        (lambda: {"a": 3}, "sentences: expected lists of words, got {'a': 3} (dict)"),
    ],
)
def test_sentences_that_can_be_read_once_are_refused(plain_errors, sentences, message):
    """Training would go on without a word, on nothing."""
    with pytest.raises(TypeError) as error:
        Word2Vec(min_count=1, vector_size=4).fit(sentences())
    assert str(error.value).startswith(message)


def test_numpys_numbers_are_numbers(plain_errors):
    numbers: Any = dict(vector_size=np.int64(8), window=np.int32(2), learning_rate=np.float32(0.05))
    given = Word2Vec(epochs=1, **numbers)
    assert (type(given.vector_size), type(given.learning_rate)) == (int, float)
    assert given.fit(topics(20)).vectors.shape == (20, 8)
