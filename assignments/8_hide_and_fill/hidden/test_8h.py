"""8h: paintings and their errors by adding up; the losses, against binary cross-entropy."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from lecturelib.homework import close


def distribution(generator):
    """Return p(s, y) of four contexts and five completions of three pixels."""
    p, y = torch.rand(4, 5, generator=generator), torch.rand(5, 3, generator=generator)
    return p / p.sum(), y


@pytest.mark.points(1)
def test_painting(student, generator):
    p, y = distribution(generator)
    right = torch.stack([sum(p[s, k] * y[k] for k in range(5)) / sum(p[s]) for s in range(4)])
    close(student.best_painting(p, y), right, name="best_painting")


@pytest.mark.points(1)
def test_expected_error(student, generator):
    p, y = distribution(generator)
    a = torch.rand(4, 3, generator=generator)
    right = sum(p[s, k] * (y[k, i] - a[s, i]) ** 2 for s in range(4) for k in range(5) for i in range(3))
    close(student.expected_error(p, y, a), right, name="expected_error")


@pytest.mark.points(1)
def test_best_discriminator(student, generator):
    """Its value is -log 4 and twice the Jensen-Shannon divergence."""
    p, q = torch.rand(2, 8, generator=generator).double()
    p[1:3], q[2:4] = 0, 0
    p, q = p / p.sum(), q / q.sum()
    right = torch.tensor([0.5 if a + b == 0 else a / (a + b) for a, b in zip(p.tolist(), q.tolist(), strict=True)])
    D = student.best_discriminator(p.float(), q.float())
    close(D, right, name="best_discriminator")
    r = (p + q) / 2
    jsd = (torch.xlogy(p, p) - torch.xlogy(p, r) + torch.xlogy(q, q) - torch.xlogy(q, r)).sum() / 2
    value = (torch.xlogy(p, D) + torch.xlogy(q, 1 - D)).sum()
    close(value, 2 * jsd - math.log(4), name="the value of the best discriminator")


def logits(generator):
    """Return some of real and of painted pieces, small ones and large ones."""
    return [scale * torch.randn(2, 9, generator=generator) for scale in (1, 400)]


@pytest.mark.points(1)
def test_loss_of_the_discriminator(student, generator):
    for real, painted in logits(generator):
        right = sum(
            binary_cross_entropy_with_logits(logit, torch.full((9,), label))
            for logit, label in ((real, 1.0), (painted, 0.0))
        )
        close(student.discriminator_loss(real, painted), right, name="discriminator_loss")


@pytest.mark.points(1)
def test_joint_loss(student, generator):
    for _, painted in logits(generator):
        reconstruction, weight = torch.rand(2, generator=generator)
        adversarial = binary_cross_entropy_with_logits(painted, torch.ones(9))
        right = (1 - weight) * reconstruction + weight * adversarial
        close(student.joint_loss(reconstruction, painted, weight.item()), right, name="joint_loss")
