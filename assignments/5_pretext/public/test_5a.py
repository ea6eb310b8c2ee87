"""5a: patches."""

import pytest
import torch

from lecturelib.homework import close, has_shape, several


@pytest.mark.points(2)
def test_positions(student):
    """Each pixel says where it is; the patch of position 4 lies to the right, for instance."""
    x = torch.arange(225.0).reshape(1, 1, 15, 15).repeat(8, 1, 1, 1)
    none = torch.zeros(8, 2, 2, dtype=torch.int64)
    middle, neighbour = several(student.cut_patches(x, torch.arange(8), none, 3, 1), 2, name="cut_patches")
    for patches, name in ((middle, "middle patches"), (neighbour, "neighbours")):
        has_shape(patches, (8, 1, 3, 3), name=name)
    close(middle[:, 0, 0, 0], torch.full((8,), 96.0), name="corner of the middle patch")
    corners = torch.tensor([32.0, 36.0, 40.0, 92.0, 100.0, 152.0, 156.0, 160.0])
    close(neighbour[:, 0, 0, 0], corners, name="corner of the neighbour")


@pytest.mark.points(2)
def test_jitter(student, checked):
    v = checked("5a")
    got = student.cut_patches(v["x"], v["position"], v["jitter"], 4, 1)
    close(got, (v["middle"], v["neighbour"]), name="cut_patches")
