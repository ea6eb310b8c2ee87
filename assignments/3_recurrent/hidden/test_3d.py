"""3d: clipping, against PyTorch's."""

import pytest
import torch

from lecturelib.homework import close


def clipped(gradients, limit):
    parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters, limit).item()
    return [p.grad for p in parameters], norm


@pytest.mark.points(1)
def test_large_gradients(student, generator):
    gradients = [3 * torch.randn(*shape, generator=generator) for shape in ((4, 3), (7,), (2, 2, 2))]
    close(student.clip_gradients(gradients, 2.0), clipped(gradients, 2.0), name="clip_gradients")


@pytest.mark.points(1)
def test_small_gradients(student, generator):
    gradients = [0.1 * torch.randn(*shape, generator=generator) for shape in ((4, 3), (7,))]
    close(student.clip_gradients(gradients, 50.0), clipped(gradients, 50.0), name="clip_gradients")
