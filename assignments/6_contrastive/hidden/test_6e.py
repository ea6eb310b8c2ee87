"""6e: the gradient, against autograd's; the two wishes, from the loss and the distances."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from lecturelib.homework import close


def drawn(generator, n, d):
    u = 3 * torch.randn(d, generator=generator)
    others = normalize(torch.randn(n, d, generator=generator), dim=1)
    return u, others, torch.randint(n, (), generator=generator).item()


def autograd(u, others, partner, temperature):
    """Return the term and its gradient in 64 bits."""
    u = u.double().requires_grad_()
    scores = others.double() @ normalize(u, dim=0) / temperature
    loss = cross_entropy(scores, torch.tensor(partner))
    return loss.item(), torch.autograd.grad(loss, u)[0]


@pytest.mark.points(3)
def test_gradient(student, generator):
    for n, d, temperature in ((5, 4, 0.5), (9, 3, 0.2), (3, 2, 1.0)):
        asked = (*drawn(generator, n, d), temperature)
        close(student.gradient(*asked), autograd(*asked)[1], name=f"gradient at temperature {temperature}", atol=1e-4)
    for n, d in ((5, 3), (9, 2)):
        u, others, partner = drawn(generator, n, d)
        others[(partner + 1) % n] = normalize(u, dim=0)  # a score of 200 overflows in 32 bits
        right = autograd(u, others, partner, 0.005)[1]
        got = student.gradient(u, others, partner, 0.005)
        close(got, right, name="gradient at temperature 0.005", rtol=1e-2, atol=1e-2)


@pytest.mark.points(1)
def test_shares(student, generator):
    for n, d, temperature in ((5, 4, 0.5), (8, 3, 0.1)):
        u, others, partner = drawn(generator, n, d)
        cosines = (others.double() @ u.double() / u.double().norm()).tolist()
        pushes = [math.exp(s / temperature) * (y != partner) for y, s in enumerate(cosines)]
        right = torch.tensor([push / sum(pushes) for push in pushes])
        got = student.shares(u, others, partner, temperature)
        close(got, right, name=f"shares at temperature {temperature}", atol=1e-4)


@pytest.mark.points(1)
def test_two_wishes(student, generator):
    for n, d, temperature in ((5, 4, 0.5), (8, 3, 0.1)):
        u, others, partner = drawn(generator, n, d)
        alignment = torch.dist(u.double() / u.double().norm(), others[partner].double()).item() ** 2 / (2 * temperature)
        right = (alignment, autograd(u, others, partner, temperature)[0] - alignment - math.log(n))
        got = student.two_wishes(u, others, partner, temperature)
        close(got, right, name=f"two_wishes at temperature {temperature}", rtol=1e-3, atol=1e-4)
