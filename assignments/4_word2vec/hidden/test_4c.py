"""4c: the loss."""

import pytest
import torch
from torch.nn.functional import softplus

from lecturelib.homework import close


def loss(w, v, noise):
    return (softplus(-(w * v).sum(1)) + softplus((noise * w[:, None]).sum(2)).sum(1)).mean()


@pytest.mark.points(2)
def test_loss(student, generator):
    w, v, noise = (torch.randn(*shape, generator=generator) for shape in ((6, 5), (6, 5), (6, 4, 5)))
    close(student.negative_sampling_loss(w, v, noise), loss(w, v, noise), name="negative_sampling_loss")


@pytest.mark.points(1)
def test_large_products(student, generator):
    size = 150 + 800 * torch.rand(5, 1, generator=generator)
    w, v, noise = torch.ones(5, 1), -size, size.flip(0)[:, None]
    close(student.negative_sampling_loss(w, v, noise), loss(w, v, noise), name="negative_sampling_loss")
