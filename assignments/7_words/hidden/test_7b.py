"""7b: cross-entropy, bits, perplexity."""

import math

import pytest
import torch

from lecturelib.homework import close


def expected(p):
    nats = math.fsum(-math.log(x) for x in p.tolist()) / len(p)
    return nats, nats / math.log(2), math.exp(nats)


@pytest.mark.points(2)
def test_measures(student, generator):
    for length in (7, 23):
        p = 0.02 + 0.98 * torch.rand(length, generator=generator)
        close(student.measures(p), expected(p), name="measures")


@pytest.mark.points(1)
def test_long_text(student, generator):
    """The product of so many probabilities is 0 in floating point."""
    p = 1e-3 + 0.1 * torch.rand(5000, generator=generator)
    got = student.measures(p)
    assert isinstance(got, tuple | list), "measures: expected 3 values, got something else"
    assert len(got) == 3, f"measures: expected 3 values, got {len(got)}"
    close(got[2], expected(p)[2], name="the perplexity of 5,000 words", rtol=1e-3)
