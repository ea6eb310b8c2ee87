"""6b: augmentations."""

import pytest
import torch
from torch.nn.functional import interpolate

from lecturelib.homework import close


@pytest.mark.points(2)
def test_crop(student, generator):
    x = torch.rand(4, 3, 9, 9, generator=generator)
    for _ in range(3):
        side = int(torch.randint(3, 8, (), generator=generator))
        top, left = torch.randint(9 - side, (2,), generator=generator).tolist()
        part = x[:, :, top : top + side, left : left + side]
        close(student.crop(x, top, left, side), interpolate(part, (9, 9), mode="bilinear"), name="crop")


@pytest.mark.points(1)
def test_flip(student, generator):
    x, which = torch.rand(8, 1, 5, 4, generator=generator), torch.rand(8, generator=generator) < 0.5
    which[:2] = torch.tensor([True, False])
    expected = x.clone()
    expected[which] = x[which][..., [3, 2, 1, 0]]
    close(student.flip(x, which), expected, name="flip")


@pytest.mark.points(2)
def test_adjust(student, generator):
    x = torch.rand(5, 3, 4, 4, generator=generator) * torch.linspace(0.3, 1, 5)[:, None, None, None]
    brightness, contrast = 0.6 * torch.rand(5, generator=generator) - 0.3, 2 * torch.rand(5, generator=generator)
    expected = torch.stack(
        [(c * (p - p.mean()) + p.mean() + b).clip(0, 1) for p, b, c in zip(x, brightness, contrast, strict=True)]
    )
    close(student.adjust(x, brightness, contrast), expected, name="adjust")
