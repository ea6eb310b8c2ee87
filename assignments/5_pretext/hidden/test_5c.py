"""5c: rotations."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_rotations(student, generator):
    x = torch.rand(5, 2, 6, 6, generator=generator)
    pictures, turned = [], x
    for _ in range(4):
        pictures.append(turned)
        turned = turned.flip(3).transpose(2, 3)  # counter-clockwise
    labels = torch.tensor([0] * 5 + [1] * 5 + [2] * 5 + [3] * 5)
    close(student.rotations(x), (torch.cat(pictures), labels), name="rotations")
