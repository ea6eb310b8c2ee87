"""The stream of words, subsampling, windows, batches, and the band products on them."""

import math

import pytest
import torch

from lecturelib.words.vocabulary import Vocabulary
from lecturelib.words.word2vec.bands import Bands, block_size
from lecturelib.words.word2vec.batcher import Batcher, keep_probability
from lecturelib.words.word2vec.corpus import Corpus


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("window", [1, 3, 12])
def test_the_bands_products_equal_loops(window):
    positions = 3 * block_size(window)
    g = generator()
    X = torch.randn(positions, 4, dtype=torch.float64, generator=g)
    Y = torch.randn(positions + 2 * window, 4, dtype=torch.float64, generator=g)
    G = torch.randn(positions, 2 * window + 1, dtype=torch.float64, generator=g)
    bands = Bands(positions, window, torch.float64)
    S = bands.dot(X, Y).reshape(G.shape).clone()
    bands.weights.copy_(G.view(bands.weights.shape))
    dX, dY = torch.zeros_like(X), torch.zeros_like(Y)
    for i in range(positions):
        for o in range(2 * window + 1):
            assert S[i, o].item() == pytest.approx((X[i] @ Y[i + o]).item(), abs=1e-12)
            dX[i] += G[i, o] * Y[i + o]
            dY[i + o] += G[i, o] * X[i]
    torch.testing.assert_close(bands.gather(Y), dX)
    torch.testing.assert_close(bands.scatter(X), dY)


@pytest.mark.parametrize("chunk", [1, 4, 5, 1000])
def test_a_corpus_is_read_once_and_kept(chunk):
    sentences = [["a", "b", "rare", "a"], [], ["b"] * 7, ["a", "b"]]
    reads = []

    class Once(list):
        def __iter__(self):
            reads.append(1)
            return super().__iter__()

    vocabulary = Vocabulary({"a": 3, "b": 9})
    with Corpus(Once(sentences), vocabulary, chunk) as corpus:
        passes = [[(x.tolist(), s.tolist()) for x, s in corpus] for _ in range(3)]
    assert passes[0] == passes[1] == passes[2]
    assert len(reads) == 1
    assert all(0 < len(x) <= max(chunk, 1) for x, _ in passes[0])
    words = [vocabulary.words[i] for x, _ in passes[0] for i in x]
    assert words == [word for sentence in sentences for word in sentence if word != "rare"]
    if chunk == 1000:
        assert passes[0][0][1] == [0, 0, 0] + [2] * 7 + [3, 3]


def test_keep_probability_is_that_of_the_released_program():
    """word2vec.c: (sqrt(cn / (sample * train_words)) + 1) * (sample * train_words) / cn."""
    counts, t = torch.tensor([60_000, 1_000, 30, 5]), 1e-3
    N = counts.sum().item()
    exact = [min(1.0, (math.sqrt(c / (t * N)) + 1) * (t * N) / c) for c in counts.tolist()]
    assert keep_probability(counts, t).tolist() == pytest.approx(exact)
    assert keep_probability(counts, 0).tolist() == [1.0] * 4


def test_words_are_kept_at_these_rates():
    counts = torch.tensor([900_000, 90_000, 9_000, 1_000])
    batcher = Batcher(counts, 2, 64, subsample=1e-2)
    x = torch.arange(4).repeat_interleave(20_000)
    chunk = batcher.cut(x, torch.zeros_like(x), generator())
    words = chunk.words[:, 2:-2].flatten()
    for word, p in enumerate(batcher.keep.double().tolist()):
        kept = (words == word).sum().item()
        assert abs(kept - 20_000 * p) <= 4 * math.sqrt(20_000 * p * (1 - p))
    assert batcher.keep[0] < 0.12
    assert batcher.keep[3] == 1


def test_windows_are_symmetric_and_their_sizes_uniform():
    w, n = 5, 51_200
    batcher = Batcher(torch.tensor([3, 2]), w, 512, subsample=0)
    chunk = batcher.cut(torch.zeros(n, dtype=torch.int64), torch.zeros(n, dtype=torch.int64), generator())
    pairs = chunk.pairs.view(n, -1)[w:-w]  # away from the ends
    assert torch.equal(pairs, pairs.flip(1))
    assert not pairs[:, w].any()
    sizes = torch.bincount(pairs.sum(dim=1).long() // 2, minlength=w + 1)
    expected = len(pairs) / w
    assert sizes[0] == 0
    assert ((sizes[1:] - expected) ** 2 / expected).sum() < 23.5  # χ² with 4 degrees of freedom, 1 in 10,000
    assert torch.equal(chunk.n, chunk.pairs.sum(dim=2))


def test_windows_end_where_sentences_do():
    w = 4
    batcher = Batcher(torch.ones(50, dtype=torch.int64), w, 16, subsample=0)
    x, sentence = torch.arange(50), torch.arange(50) // 7
    chunk = batcher.cut(x, sentence, generator())
    assert chunk.words.shape == (4, 16 + 2 * w)
    assert chunk.words.max() == 50  # the padding
    seen = set()
    for words, pairs in zip(chunk.words.tolist(), chunk.pairs.tolist(), strict=True):
        for i, row in enumerate(pairs):
            for o, pair in enumerate(row):
                if pair:
                    a, b = words[i + w], words[i + o]
                    assert a // 7 == b // 7
                    assert a != b
                    assert b - a == o - w
                    seen.add((a, b))
    assert {(a, a + 1) for a in range(49) if a % 7 != 6} <= seen  # every neighbour within a sentence is a pair
    assert {(a + 1, a) for a in range(49) if a % 7 != 6} <= seen


def test_nothing_left_is_an_empty_batch():
    chunk = Batcher(torch.tensor([5, 5]), 2, 16, subsample=0).cut(
        torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), generator()
    )
    assert chunk.n.shape == (1, 16)
    assert not chunk.pairs.any()
