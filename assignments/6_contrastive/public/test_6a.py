"""6a: NT-Xent."""

import math

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(3)
def test_loss(student, checked):
    v = checked("6a")
    close(student.nt_xent(v["z1"], v["z2"], 0.5), v["loss"], name="nt_xent")


@pytest.mark.points(1)
def test_small_temperature(student):
    """All four the same: each has two equal rivals beside its partner."""
    z = torch.ones(2, 1)
    close(student.nt_xent(z, z, 0.005), torch.tensor(math.log(3)), name="nt_xent")
