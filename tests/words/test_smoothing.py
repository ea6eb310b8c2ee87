"""The weights of an interpolated model, and the discounts of Kneser-Ney."""

import math
from functools import partial

import pytest
import torch

from lecturelib.words.smoothing import FALLBACK, discounts, likeliest_weights

exactly = partial(torch.testing.assert_close, rtol=0, atol=0)
close = partial(torch.testing.assert_close, rtol=0, atol=1e-12)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_expectation_maximisation_gains_with_each_step_and_converges_to_the_optimum():
    p, bucket = torch.rand(4, 50, generator=generator(), dtype=torch.float64) ** 3, torch.arange(50) % 3
    start = torch.tensor([[0.1, 0.2, 0.3, 0.4]], dtype=torch.float64).T.repeat(1, 5)
    weights, before = start, -math.inf
    for _ in range(20):
        now = (weights[:, bucket] * p).sum(dim=0).log().mean().item()
        assert now > before
        weights, before = likeliest_weights(weights, p, bucket, tolerance=1.7e308), now  # one step
    weights = likeliest_weights(start, p, bucket, tolerance=1e-15)
    close(weights.sum(dim=0), torch.ones(5, dtype=torch.float64))
    exactly(weights[:, 3:], start[:, 3:])  # of these buckets there is no token
    for b in range(3):
        p_b = p[:, bucket == b]
        gradient = (p_b / (weights[:, b] @ p_b)).mean(dim=1)  # is 1 where a weight is not 0, and at most 1
        assert gradient.max().item() == pytest.approx(1, abs=1e-6)
        assert (weights[:, b] * (1 - gradient)).abs().max() < 1e-6


def test_discounts_by_hand():
    """40 n-grams of count 1, 20 of 2, 10 of 3, 5 of 4: Y = 1/2, D = 1 - 1/2, 2 - 3/4, 3 - 1."""
    counts = torch.tensor([1] * 40 + [2] * 20 + [3] * 10 + [4] * 5 + [9])
    assert discounts(counts) == pytest.approx((0.5, 1.25, 2.0))
    assert discounts(torch.tensor([1, 1, 2])) == FALLBACK
