"""2b: masks for colours."""

import pytest

from lecturelib.autoregressive.masked import raster_mask
from lecturelib.homework import close


@pytest.mark.points(2)
def test_mask_a(student):
    for out, size in ((12, 7), (6, 3), (3, 5)):
        close(student.colour_mask(out, 3, size, "A"), raster_mask(out, 3, (size, size), "A", 3), name="colour_mask")


@pytest.mark.points(2)
def test_mask_b(student):
    for out, inside, size in ((12, 9, 3), (6, 12, 1), (3, 6, 5)):
        expected = raster_mask(out, inside, (size, size), "B", 3)
        close(student.colour_mask(out, inside, size, "B"), expected, name="colour_mask")
