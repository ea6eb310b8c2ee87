"""4d: the gradient, against autograd."""

import pytest
import torch
from torch.nn.functional import softplus

from lecturelib.homework import close


@pytest.mark.points(4)
def test_gradient(student, generator):
    shapes = ((7, 5), (7, 5), (7, 3, 5))
    w, v, noise = (torch.randn(*shape, generator=generator).requires_grad_() for shape in shapes)
    (softplus(-(w * v).sum(1)) + softplus((noise * w[:, None]).sum(2)).sum(1)).mean().backward()
    got = student.negative_sampling_gradient(w, v, noise)
    close(got, (w.grad, v.grad, noise.grad), name="negative_sampling_gradient")
