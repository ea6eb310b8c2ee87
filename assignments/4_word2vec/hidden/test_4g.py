"""4g: the objective, pair by pair; its maximum, where autograd's gradient is zero; and the nearest of lower rank."""

import math

import pytest
import torch
from torch.nn.functional import logsigmoid

from lecturelib.homework import close, has_shape, several


def drawn(generator, V):
    """Return counts of pairs with some zeros, in which the two words of a pair are not alike, and noise."""
    pairs = torch.randint(0, 9, (V, V), generator=generator) * (torch.rand(V, V, generator=generator) < 0.7)
    pairs[torch.arange(V), torch.arange(V).roll(1)] += 3
    pairs[0, 0] = 0
    q = torch.rand(V, generator=generator) + 0.1
    return pairs, q / q.sum()


@pytest.mark.points(1)
def test_objective(student, generator):
    for V, k, size in ((5, 2, 1), (4, 7, 400)):
        pairs, q = drawn(generator, V)
        S = size * torch.randn(V, V, generator=generator)
        right, total = 0.0, pairs.sum().item()
        for x in range(V):
            for y in range(V):
                s = S[x, y].double()
                right += pairs[x, y].item() / total * logsigmoid(s).item()
                right += k * pairs[:, y].sum().item() / total * q[x].item() * logsigmoid(-s).item()
        close(student.objective(S, pairs, q, k), right, name=f"objective with k = {k}", rtol=1e-3)


@pytest.mark.points(2)
def test_best_products(student, generator):
    for V, k in ((5, 2), (6, 10)):
        pairs, q = drawn(generator, V)
        right = torch.full((V, V), -math.inf)
        for x, y in pairs.nonzero().tolist():
            right[x, y] = math.log(pairs[x, y].item() / pairs[:, y].sum().item() / (k * q[x].item()))
        close(student.best_products(pairs, q, k), right, name=f"best_products with k = {k}", atol=1e-4)


@pytest.mark.points(1)
def test_of_rank(student, generator):
    for n, d in ((6, 2), (5, 1), (4, 4)):
        S = torch.randn(n, n, generator=generator)
        V, W = several(student.of_rank(S, d), 2, name="of_rank")
        has_shape(V, (n, d), name="V")
        has_shape(W, (n, d), name="W")
        _, axes = torch.linalg.eigh(S.double() @ S.T.double())  # the rows' main axes, those of large values last
        close(V @ W.T, axes[:, -d:] @ axes[:, -d:].T @ S.double(), name=f"V W^T of rank {d}", atol=1e-3)
