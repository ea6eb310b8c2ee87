"""8b: one head, against PyTorch's attention; with the identity as values it gives the weights."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from lecturelib.homework import close, has_shape, several


def draw(generator, batch, time, d_k=9):
    return [torch.randn(batch, time, size, generator=generator) for size in (d_k, d_k, 4)]


def expected(q, k, v):
    identity = torch.eye(q.shape[1]).double().expand(len(q), -1, -1)
    return [scaled_dot_product_attention(q.double(), k.double(), values) for values in (identity, v.double())]


@pytest.mark.points(2)
def test_attention(student, generator):
    q, k, v = draw(generator, 3, 7)
    words = torch.ones(3, 7, dtype=torch.bool)
    close(student.attention(q, k, v, words), expected(q, k, v), name="attention")


@pytest.mark.points(1)
def test_large_scores(student, generator):
    """Queries of one entry, whose root is 1."""
    q, k, v = draw(generator, 2, 5, d_k=1)
    q[:, :2] = 1000 * q[:, :2].sign()
    words = torch.ones(2, 5, dtype=torch.bool)
    right = expected(q, k, v)
    close(student.attention(q, k, v, words), right, name="attention, large scores", rtol=1e-2, atol=1e-3)


@pytest.mark.points(1)
def test_padding(student, generator):
    """A text has the same results alone and beside a longer one, whatever stands in the padding."""
    q, k, v = draw(generator, 2, 6)
    for length in (1, 4):
        words = torch.arange(6) < torch.tensor([[6], [length]])
        weights, results = several(student.attention(q, k, v, words), 2, name="attention")
        has_shape(weights, (2, 6, 6), name="weights")
        has_shape(results, (2, 6, 4), name="results")
        alone = student.attention(q[1:, :length], k[1:, :length], v[1:, :length], words[1:, :length])
        close(weights[1, :length, length:], torch.zeros(length, 6 - length), name="weights of padding", atol=0.0)
        close(weights[1, :length, :length], alone[0][0], name="weights of a text with padding")
        close(results[1, :length], alone[1][0], name="results of a text with padding")
