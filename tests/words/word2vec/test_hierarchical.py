"""The compiled steps of the hierarchical softmax against autograd, one prediction after the other."""

import pytest
import torch

from lecturelib.words.word2vec import hierarchical
from lecturelib.words.word2vec.batcher import Batcher
from lecturelib.words.word2vec.huffman import huffman

V, DIM, WINDOW, POSITIONS = 60, 7, 3, 16
COUNTS = torch.arange(3 * V, 2 * V, -1) ** 2


def chunk():
    """Three batches of sentences of nine words, one word five times in a row, and padding at the end."""
    g = torch.Generator().manual_seed(2)
    x = torch.randint(0, V, (41,), generator=g)
    x[5:9] = x[4]
    return Batcher(COUNTS, WINDOW, POSITIONS, subsample=0).cut(x, torch.arange(41) // 9, g)


def predictions(model, words, pairs):
    """For each, the words whose mean h is, the word that h predicts, and how many times as fast the former move."""
    for t in range(POSITIONS):
        x = int(words[t + WINDOW])
        near = [int(words[t + o]) for o in range(2 * WINDOW + 1) if pairs[t, o] > 0]
        if model == "skip_gram":
            yield from (([i], x, 1) for i in near)
        elif near:
            yield near, x, WINDOW + 1


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("model", ["skip_gram", "cbow"])
def test_each_step_ascends_the_gradient(model, dtype):
    tree, text = huffman(COUNTS), chunk()
    g = torch.Generator().manual_seed(1)
    W, U = (torch.randn(rows, DIM, dtype=torch.float64, generator=g) for rows in (V + 1, V - 1))
    rates = torch.tensor([0.2, 0.1, 0.05], dtype=torch.float64)
    assert len(text.words) == len(rates)
    assert len(tree.lengths.unique()) > 2

    w, u = W.to(dtype, copy=True), U.to(dtype, copy=True)
    ways = (*tree, tree.lengths)
    getattr(hierarchical, model)(*(part.numpy() for part in (text.words, text.pairs, w, u, *ways, rates)))

    before = W.clone(), U.clone()
    for words, pairs, rate in zip(text.words, text.pairs, rates, strict=True):
        for near, x, faster in predictions(model, words, pairs):
            leaves = W.requires_grad_(), U.requires_grad_()
            log_p = tree.log_prob(W[near].mean(dim=0, keepdim=True), U)[0, x]
            by_w, by_u = torch.autograd.grad(log_p, leaves)
            W, U = W.detach() + rate * faster * by_w, U.detach() + rate * by_u
    tolerance = 1e-10 if dtype == torch.float64 else 1e-4
    for got, expected, old in zip((w, u), (W, U), before, strict=True):
        torch.testing.assert_close(got.double(), expected, rtol=tolerance, atol=tolerance)
        assert (expected - old).abs().max() > 0.1
