"""6a: NT-Xent, against the sum as the equation has it."""

import pytest
import torch
from torch.nn.functional import normalize

from lecturelib.homework import close


def nt_xent(z1, z2, temperature):
    z, n = normalize(torch.cat([z1, z2]).double(), dim=1), len(z1)
    total = torch.zeros((), dtype=torch.double)
    for i in range(2 * n):
        scores = z @ z[i] / temperature
        others = torch.arange(2 * n) != i
        total = total + scores[others].logsumexp(0) - scores[(i + n) % (2 * n)]
    return total / (2 * n)


@pytest.mark.points(3)
def test_loss(student, generator):
    for n, temperature in ((7, 0.5), (2, 0.1)):
        z1, z2 = 2 * torch.randn(n, 5, generator=generator), torch.randn(n, 5, generator=generator)
        close(student.nt_xent(z1, z2, temperature), nt_xent(z1, z2, temperature), name="nt_xent", rtol=1e-3)


@pytest.mark.points(1)
def test_small_temperature(student, generator):
    z1, z2 = (normalize(torch.randn(8, 2, generator=generator), dim=1) for _ in range(2))
    close(student.nt_xent(z1, z2, 0.005), nt_xent(z1, z2, 0.005), name="nt_xent", rtol=1e-3)
