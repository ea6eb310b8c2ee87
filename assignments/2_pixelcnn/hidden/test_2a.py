"""2a: masks in raster order."""

import pytest

from lecturelib.autoregressive.masked import raster_mask
from lecturelib.homework import close


@pytest.mark.points(1)
def test_mask_a(student):
    for size in (3, 7, 9):
        close(
            student.raster_mask(size, "A"), raster_mask(1, 1, (size, size), "A", 1)[0, 0], name=f"raster_mask({size})"
        )


@pytest.mark.points(1)
def test_mask_b(student):
    for size in (1, 3, 7, 9):
        close(
            student.raster_mask(size, "B"), raster_mask(1, 1, (size, size), "B", 1)[0, 0], name=f"raster_mask({size})"
        )
