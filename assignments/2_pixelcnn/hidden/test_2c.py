"""2c: a masked convolution."""

import pytest
import torch
from torch.nn.functional import conv2d

from lecturelib.homework import close


@pytest.mark.points(2)
def test_convolution(student, generator):
    x, bias = torch.randn(3, 2, 7, 6, generator=generator), torch.randn(5, generator=generator)
    weight = torch.randn(5, 2, 5, 5, generator=generator)
    mask = torch.randint(2, weight.shape, generator=generator).float()
    expected = conv2d(x, weight * mask, bias, padding=2)
    close(student.masked_convolution(x, weight, bias, mask), expected, name="masked_convolution", atol=1e-4)
