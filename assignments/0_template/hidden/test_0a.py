"""0a: the mean of each column is taken off."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_centred(student, generator):
    x = torch.randn(5, 3, generator=generator)
    close(student.centred(x), x - x.mean(dim=0), name="centred")
