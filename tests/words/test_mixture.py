"""Mixtures of two models: the weighted mean of their probabilities, and the weight that fits best."""

import itertools
import math

import pytest
import torch

from lecturelib.words.mixture import mixture, mixture_weight
from lecturelib.words.neural_lm import NeuralLM

V = 3


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_mixture_is_the_weighted_mean_and_lies_between():
    p, q = (torch.rand(50, generator=generator(s), dtype=torch.float64) for s in (0, 1))
    for w in (0, 0.3, 0.5, 1):
        mixed = mixture(p.log(), q.log(), w).exp()
        torch.testing.assert_close(mixed, w * p + (1 - w) * q)
        assert ((mixed >= torch.minimum(p, q) - 1e-12) & (mixed <= torch.maximum(p, q) + 1e-12)).all()
    assert torch.equal(mixture(p.log(), q.log()), mixture(p.log(), q.log(), 0.5))
    assert mixture(p.float().log(), q.log()).dtype == torch.float64  # a net's and a table's
    impossible = torch.tensor([-math.inf, 0.0])
    assert mixture(impossible, impossible.flip(0)).exp().tolist() == [0.5, 0.5]
    assert mixture(impossible, impossible).tolist() == [-math.inf, pytest.approx(0)]
    assert mixture(impossible, torch.zeros(2), 1.0).tolist() == [-math.inf, 0.0]


def test_a_mixture_of_densities_is_one():
    a, b = NeuralLM(V, 2, 4).double(), NeuralLM(V, 2, 4, direct=True).double()
    for seed, parameter in enumerate([*a.parameters(), *b.parameters()]):
        parameter.data = 0.9 * torch.randn(parameter.shape, generator=generator(seed), dtype=torch.double)
    x = torch.tensor(list(itertools.product(range(V), repeat=4)))
    p = mixture(a.log_prob(x)[:, -1], b.log_prob(x)[:, -1]).exp()  # of the fourth word, for all of its contexts
    torch.testing.assert_close(p.view(-1, V).sum(dim=1), torch.ones(V**3).double())


def test_the_weight_found_is_the_best_on_a_grid():
    p, q = (torch.rand(300, generator=generator(s), dtype=torch.float64).log() for s in (0, 1))
    grid = torch.linspace(0, 1, 1001).tolist()
    best = max(grid, key=lambda w: mixture(p, q, w).sum())
    assert 0.1 < best < 0.9
    assert mixture_weight(p, q, steps=200) == pytest.approx(best, abs=1e-3)
    assert mixture_weight(p, p - 1) > 0.999
    assert mixture_weight(p - 1, p) < 0.001


@pytest.mark.usefixtures("plain_errors")
def test_bad_arguments():
    p = torch.zeros(3)
    cases = [
        (lambda: mixture(p, p[:2]), ValueError, r"log_q: expected the shape of log_p, \[3\], got \[2\]"),
        (lambda: mixture(p, p, 1.1), ValueError, "weight: expected a number from 0 to 1, got 1.1"),
        (lambda: mixture(p, p, True), TypeError, "weight: expected a number from 0 to 1, got True"),
    ]
    for call, kind, message in cases:
        with pytest.raises(kind, match="^" + message):
            call()
