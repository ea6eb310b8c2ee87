"""9g: the block, against the library's with these functions, and autograd through it."""

import pytest
import torch
from torch import nn

from lecturelib.backbones.revnet import ReversibleBlock
from lecturelib.homework import close, several


def drawn(generator, n, d):
    """Return the library's block with F and G of this part, two halves, A and B."""
    block, halves, weights = ReversibleBlock(d), torch.randn(2, n, d, generator=generator), []
    for name in ("F", "G"):
        linear = nn.Linear(d, d, bias=False)
        with torch.no_grad():
            linear.weight.copy_(torch.randn(d, d, generator=generator))
        setattr(block, name, nn.Sequential(linear, nn.Tanh()))
        weights.append(linear.weight)
    return block, halves.unbind(), weights


@pytest.mark.points(1)
def test_forward(student, generator):
    block, halves, (A, B) = drawn(generator, 6, 4)
    close(student.block_forward(*halves, A.detach(), B.detach()), block(*halves), name="block_forward")


@pytest.mark.points(1)
def test_inverse(student, generator):
    block, halves, (A, B) = drawn(generator, 5, 3)
    got = student.block_inverse(*halves, A.detach(), B.detach())
    close(got, block.inverse(*halves), name="block_inverse", atol=1e-4)


def gradients(student, generator):
    """Return what came and what is right, each by x1, x2, A and B."""
    block, halves, (A, B) = drawn(generator, 7, 3)
    halves = [half.requires_grad_() for half in halves]
    d_y = torch.randn(2, 7, 3, generator=generator).unbind()
    y = block(*halves)
    right = torch.autograd.grad(y, [*halves, A, B], d_y)
    y1, y2 = (half.detach() for half in y)
    got = student.block_backward(y1, y2, *d_y, A.detach(), B.detach())
    return several(got, 4, name="block_backward"), right


@pytest.mark.points(2)
def test_gradient_by_halves(student, generator):
    got, right = gradients(student, generator)
    for name, one, other in zip(("d_x1", "d_x2"), got, right, strict=False):
        close(one, other, name=name, rtol=1e-3, atol=1e-4)


@pytest.mark.points(2)
def test_gradient_by_weights(student, generator):
    got, right = gradients(student, generator)
    for name, one, other in zip(("d_A", "d_B"), got[2:], right[2:], strict=True):
        close(one, other, name=name, rtol=1e-3, atol=1e-4)
