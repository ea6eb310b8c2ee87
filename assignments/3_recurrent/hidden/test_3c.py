"""3c: back through time, against autograd."""

import pytest
import torch
from reference import states

from lecturelib.homework import close


def gradients(student, generator):
    shapes = ((5, 7, 3), (5, 7, 2), (6, 3), (6, 6), (2, 6))
    x, y, *weights = (0.6 * torch.randn(*shape, generator=generator) for shape in shapes)
    W_xh, W_hh, W_hy = (w.requires_grad_() for w in weights)
    h = states(x, W_xh, W_hh)
    (0.5 * (h @ W_hy.T - y).square().sum() / len(x)).backward()
    got = student.rnn_backward(x, y, h, W_xh, W_hh, W_hy)
    assert isinstance(got, tuple | list), "rnn_backward: expected three gradients"
    assert len(got) == 3, f"rnn_backward: expected three gradients, got {len(got)}"
    return got, [w.grad for w in weights]


@pytest.mark.points(1)
def test_output_weights(student, generator):
    got, expected = gradients(student, generator)
    close(got[2], expected[2], name="d_W_hy")


@pytest.mark.points(4)
def test_recurrent_weights(student, generator):
    got, expected = gradients(student, generator)
    close(got[:2], expected[:2], name="(d_W_xh, d_W_hh)")
