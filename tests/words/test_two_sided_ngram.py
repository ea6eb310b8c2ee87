"""BidirectionalNGram: against counting by hand, and weights that no others beat on the held-out text."""

import math
from collections import Counter

import pytest
import torch

from lecturelib.words.two_sided_ngram import BUCKETS, BidirectionalNGram

V = 5
MASKABLE = torch.tensor([True, True, True, True, False])


def text(n, seed):
    """Numbers of which each depends on those beside it: a walk on a circle of four, now and then a 4 between."""
    steps = torch.randint(0, 2, (n,), generator=torch.Generator().manual_seed(seed))
    x = steps.cumsum(0) % 4
    x[::11] = 4
    return x


def by_hand(x, left, right, w):
    """The five fractions for one word between two others."""
    triples = [t for t in zip(x, x[1:], x[2:], strict=False) if t[1] != 4]
    unigram = sum(t[1] == w for t in triples) / len(triples)
    p = [1 / 4, unigram]
    for same in (lambda t: t[0] == left, lambda t: t[2] == right, lambda t: (t[0], t[2]) == (left, right)):
        mine = Counter(t[1] for t in triples if same(t))
        p.append(mine[w] / mine.total() if mine else unigram)
    return p, mine.total()


def test_fractions_are_those_counted_by_hand():
    x = text(60, 0)
    model = BidirectionalNGram(x, MASKABLE)
    contexts = [(left, right) for left in range(V) for right in range(V)]
    p, bucket = model._models(*torch.tensor(contexts).T)
    for k, (left, right) in enumerate(contexts):
        for w in range(4):
            expected, count = by_hand(x.tolist(), left, right, w)
            assert p[:, k, w].tolist() == pytest.approx(expected)
            assert int(bucket[k]) == int(math.log2(count + 1))
        assert p[:, k, 4].tolist() == [0] * 5
    assert {int(b) for b in bucket} > {0, 1}, "contexts that never occurred and some that did"


def test_probabilities_add_up_to_one_and_special_words_get_none():
    model = BidirectionalNGram(text(60, 0), MASKABLE).fit_weights(*positions(text(40, 1)))
    log_p = model.log_prob(*torch.cartesian_prod(torch.arange(V), torch.arange(V)).T)
    torch.testing.assert_close(log_p.exp().sum(dim=1), torch.ones(V * V))
    assert torch.isinf(log_p[:, 4]).all()
    assert torch.isfinite(log_p[:, :4]).all()


def positions(x):
    keep = x[1:-1] != 4
    return x[:-2][keep], x[1:-1][keep], x[2:][keep]


def test_the_weights_are_the_best_on_the_held_out_text():
    """Moving a little weight from one model to another, in a bucket that has many positions, makes it less likely."""
    x, (left, w, right) = text(200, 0), positions(text(5000, 1))
    model = BidirectionalNGram(x, MASKABLE)
    equal = model.log_prob(left, right).gather(1, w[:, None]).double().mean()
    model.fit_weights(left, w, right)
    best = model.log_prob(left, right).gather(1, w[:, None]).double().mean()
    assert best > equal + 0.01
    weights = model.weights
    assert weights.shape == (5, BUCKETS)
    torch.testing.assert_close(weights.sum(dim=0), torch.ones(BUCKETS))
    _, bucket = model._models(left, right)
    common = int(bucket.mode().values)
    for a in range(5):
        for b in range(5):
            if a != b and weights[a, common] > 0.1:
                moved = weights.clone()
                moved[a, common] -= 0.1
                moved[b, common] += 0.1
                model.weights = moved
                assert model.log_prob(left, right).gather(1, w[:, None]).double().mean() < best + 1e-3


def test_both_neighbours_tell_more_than_none():
    x, (left, w, right) = text(5000, 0), positions(text(500, 1))
    model = BidirectionalNGram(x, MASKABLE).fit_weights(left, w, right)
    log_p = model.log_prob(left, right).gather(1, w[:, None]).mean()
    assert log_p > model.unigram[w].log().mean() + 0.5


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: BidirectionalNGram(torch.tensor([0, 1]), MASKABLE), ValueError, "x: .* got none among 2 words"),
        (lambda m: BidirectionalNGram(torch.tensor([0, 4, 0]), MASKABLE), ValueError, "x: .* got none among 3 words"),
        (lambda m: BidirectionalNGram(torch.tensor([0, 1, 5]), MASKABLE), ValueError, "x: .* from 0 to 4, got 0 to 5"),
        (lambda m: BidirectionalNGram(torch.tensor([0, -1, 2]), MASKABLE), ValueError, "x: .* got -1 to 2"),
        (lambda m: BidirectionalNGram(text(20, 0), MASKABLE.long()), TypeError, "maskable: expected booleans"),
        (lambda m: m.log_prob(torch.tensor([0, 1]), torch.tensor([0])), ValueError, "right: expected 2 numbers"),
        (lambda m: m.log_prob(torch.tensor([0]), torch.tensor([5])), ValueError, "right: .* got 5 to 5"),
        (lambda m: m.fit_weights(*torch.tensor([[0], [4], [0]])), ValueError, "word: expected maskable words, got 1"),
    ],
)
def test_what_would_be_nan_or_another_words_is_named(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call(BidirectionalNGram(text(20, 0), MASKABLE))
