"""1b: log-likelihood and bits per pixel."""

import math

import pytest
import torch
from reference import bits

from lecturelib.autoregressive import binary
from lecturelib.homework import close


@pytest.mark.points(2)
def test_log_likelihood(student, generator):
    x, logits = bits((6, 13), generator), 2 * torch.randn(6, 13, generator=generator)
    close(student.log_likelihood(x, logits), binary.log_prob(x, logits), name="log_likelihood")


@pytest.mark.points(1)
def test_large_logits(student, generator):
    x, size = bits((8, 1), generator), 200 + 800 * torch.rand(8, 1, generator=generator)
    logits = torch.where(bits((8, 1), generator) > 0, size, -size)
    logits[0] = (1 - 2 * x[0]) * 500
    close(student.log_likelihood(x, logits), binary.log_prob(x, logits), name="log_likelihood")


@pytest.mark.points(1)
def test_bits_per_pixel(student, generator):
    nats = -200 * torch.rand(9, generator=generator) - 1
    expected = -nats.double().mean().item() / (57 * math.log(2))
    close(student.bits_per_pixel(nats, 57), expected, name="bits_per_pixel")
