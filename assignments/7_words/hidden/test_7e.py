"""7e: the gradient, against autograd through the library's network."""

import pytest
import torch
from reference import network
from torch.nn.functional import cross_entropy

from lecturelib.homework import close


@pytest.mark.points(2)
def test_last_layer(student, generator):
    a, U, b = (torch.randn(*shape, generator=generator).requires_grad_() for shape in ((5, 4), (7, 4), (7,)))
    target = torch.randint(7, (5,), generator=generator)
    cross_entropy(a @ U.T + b, target).backward()
    got = student.output_gradient(a.detach(), target, U.detach(), b.detach())
    close(got, (U.grad, b.grad, a.grad), name="output_gradient")


def below(generator):
    """Return the arguments of input_gradient and the gradient by H, d and C."""
    model, (C, H, d, _, _) = network(generator, size=5, features=3, units=4, before=3)
    words, d_a = torch.randint(5, (9, 3), generator=generator), torch.randn(9, 4, generator=generator)
    with torch.no_grad():
        model.U.copy_(torch.eye(5)[:, :4])  # the first scores are a
        model.b.zero_()
    (model(words)[:, :4] * d_a).sum().backward()
    return (words, d_a, C, H, d), (model.H.grad, model.d.grad, model.C.grad)


@pytest.mark.points(2)
def test_hidden_layer(student, generator):
    given, expected = below(generator)
    got = student.input_gradient(*given)
    assert isinstance(got, tuple | list), "input_gradient: expected 3 values, got something else"
    assert len(got) == 3, f"input_gradient: expected 3 values, got {len(got)}"
    close(got[0], expected[0], name="d_H")
    close(got[1], expected[1], name="d_d")


@pytest.mark.points(1)
def test_features(student, generator):
    given, expected = below(generator)
    got = student.input_gradient(*given)
    assert isinstance(got, tuple | list), "input_gradient: expected 3 values, got something else"
    assert len(got) == 3, f"input_gradient: expected 3 values, got {len(got)}"
    close(got[2], expected[2], name="d_C")
