"""8e: the network, against the library's; the loss, against all orders."""

import itertools
import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from lecturelib.autoregressive import OrderAgnosticNADE
from lecturelib.homework import close


def network(generator, D, H):
    """Return the library's network with weights that are drawn, and these weights."""
    model = OrderAgnosticNADE(D, (H,)).requires_grad_(False)
    weights = [model.W, model.U, model.c, model.alpha, model.b]
    for parameter in weights:
        parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return model, [parameter.data for parameter in weights]


@pytest.mark.points(2)
def test_logits(student, generator):
    model, weights = network(generator, 8, 6)
    x, m = torch.randint(2, (2, 5, 8), generator=generator).float()
    close(student.any_part_logits(x, m, *weights), model.logits(x, m.bool()), name="any_part_logits")


@pytest.mark.points(2)
def test_loss(student, generator):
    """One image under every mask of four pixels: weighted by how probable a mask is, the mean over all 24 orders."""
    model, _ = network(generator, 4, 5)
    m = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4))[:-1])
    image = torch.randint(2, (1, 4), generator=generator).float()
    x = image.expand_as(m)
    logits = model.logits(x, m.bool())
    nats = binary_cross_entropy_with_logits(logits, x, reduction="none")
    right = torch.stack([4 * row[hidden].mean() for row, hidden in zip(nats, m == 0, strict=True)])
    found = student.any_part_loss(logits, x, m)
    close(found, right, name="any_part_loss")
    chance = torch.tensor([1 / (4 * math.comb(4, int(k))) for k in m.sum(dim=1)])
    orders = [model.log_prob(image, torch.tensor(order)) for order in itertools.permutations(range(4))]
    close((found * chance).sum(), -torch.cat(orders).mean(), name="the mean of any_part_loss over all masks")


@pytest.mark.points(1)
def test_large_logits(student, generator):
    """Everything is hidden."""
    logits, x = 1000 * torch.randn(6, 5, generator=generator), torch.randint(2, (6, 5), generator=generator).float()
    logits[0], x[0] = 1000.0, torch.tensor([0.0, 1, 0, 1, 1])
    right = binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    close(student.any_part_loss(logits, x, torch.zeros(6, 5)), right, name="any_part_loss, large logits")
