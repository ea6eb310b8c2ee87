"""9a: the gradient and the second derivatives of the probe's loss, against autograd."""

from functools import partial

import pytest
import torch
from torch.autograd.functional import hessian
from torch.nn.functional import cross_entropy

from lecturelib.homework import close


def drawn(generator, N, d, K):
    """Return W, b, z and c."""
    W, b, z = (torch.randn(*shape, generator=generator, dtype=torch.double) for shape in ((K, d), (K,), (N, d)))
    return W, b, z, torch.randint(K, (N,), generator=generator)


def loss(W, b, z, c, penalty):
    return cross_entropy(z @ W.T + b, c) + penalty / 2 * W.square().sum()


@pytest.mark.points(2)
def test_gradient(student, generator):
    """One image has logits that differ by hundreds."""
    for N, d, K, penalty in ((7, 4, 3, 0.3), (11, 2, 5, 0.02)):
        W, b, z, c = drawn(generator, N, d, K)
        z[0] *= 300
        right = torch.autograd.grad(loss(W.requires_grad_(), b.requires_grad_(), z, c, penalty), (W, b))
        close(student.probe_gradient(W.detach(), b.detach(), z, c, penalty), right, name="probe_gradient")


@pytest.mark.points(2)
def test_hessian(student, generator):
    for N, d, K, penalty in ((6, 3, 4, 0.2), (9, 2, 3, 0.05)):
        W, b, z, c = drawn(generator, N, d, K)
        both = torch.cat([W, b[:, None]], dim=1).flatten()
        right = hessian(partial(of_row, shape=(K, d + 1), z=z, c=c, penalty=penalty), both)
        close(student.probe_hessian(W, b, z, penalty), right, name="probe_hessian")


def of_row(row, *, shape, z, c, penalty):
    both = row.view(shape)
    return loss(both[:, :-1], both[:, -1], z, c, penalty)
