"""5d: a linear probe, against autograd."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_standardise(student, generator):
    train, test = 4 * torch.randn(20, 5, generator=generator) - 2, torch.randn(9, 5, generator=generator)
    mean, deviation = train.mean(0), train.std(0) + 1e-6
    expected = (train - mean) / deviation, (test - mean) / deviation
    close(student.standardise(train, test), expected, name="standardise")


@pytest.mark.points(3)
def test_probe(student, generator):
    h, y = torch.randn(30, 6, generator=generator), torch.randint(4, (30,), generator=generator)
    W, c = torch.zeros(4, 6, requires_grad=True), torch.zeros(4, requires_grad=True)
    for _ in range(25):
        loss = torch.nn.functional.cross_entropy(h @ W.T + c, y)
        d_W, d_c = torch.autograd.grad(loss, (W, c))
        W, c = (W - 0.4 * d_W).detach().requires_grad_(), (c - 0.4 * d_c).detach().requires_grad_()
    close(student.fit_probe(h, y, 4, 25, 0.4), (W, c), name="fit_probe", rtol=1e-3)


@pytest.mark.points(1)
def test_accuracy(student, generator):
    W, c, h = (torch.randn(*shape, generator=generator) for shape in ((4, 6), (4,), (37, 6)))
    y = torch.randint(4, (37,), generator=generator)
    y[0] = (h @ W.T + c)[0].argmax()
    expected = ((h @ W.T + c).argmax(1) == y).double().mean().item()
    close(student.accuracy(W, c, h, y), expected, name="accuracy")
