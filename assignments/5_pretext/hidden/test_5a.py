"""5a: patches."""

import pytest
import torch
from reference import patches

from lecturelib.homework import close


@pytest.mark.points(2)
def test_positions(student, generator):
    """Both patches of a picture are moved alike."""
    x, position = torch.rand(16, 2, 21, 24, generator=generator), torch.arange(16) % 8
    jitter = torch.randint(-1, 2, (16, 1, 2), generator=generator).repeat(1, 2, 1)
    close(student.cut_patches(x, position, jitter, 5, 2), patches(x, position, jitter, 5, 2), name="cut_patches")


@pytest.mark.points(2)
def test_jitter(student, generator):
    """The first four neighbours only, each patch moved on its own."""
    x, position = torch.rand(12, 1, 20, 23, generator=generator), torch.arange(12) % 4
    jitter = torch.randint(-2, 3, (12, 2, 2), generator=generator)
    jitter[0] = torch.tensor([[1, -2], [-1, 2]])
    close(student.cut_patches(x, position, jitter, 4, 1), patches(x, position, jitter, 4, 1), name="cut_patches")
