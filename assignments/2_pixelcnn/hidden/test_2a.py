"""2a: masks in raster order."""

import pytest
import torch

from lecturelib.autoregressive.masked import raster_mask
from lecturelib.homework import close


def sizes(generator):
    """Odd sizes that no table holds."""
    return [1 + 2 * k for k in torch.randint(1, 100, (3,), generator=generator).tolist()]


@pytest.mark.points(1)
def test_mask_a(student, generator):
    for size in sizes(generator):
        close(
            student.raster_mask(size, "A"), raster_mask(1, 1, (size, size), "A", 1)[0, 0], name=f"raster_mask({size})"
        )


@pytest.mark.points(1)
def test_mask_b(student, generator):
    for size in [1, *sizes(generator)]:
        close(
            student.raster_mask(size, "B"), raster_mask(1, 1, (size, size), "B", 1)[0, 0], name=f"raster_mask({size})"
        )
