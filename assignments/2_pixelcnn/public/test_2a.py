"""2a: masks in raster order."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(1)
def test_mask_a(student, checked):
    close(student.raster_mask(5, "A"), checked("2a")["A"], name='raster_mask(5, "A")')


@pytest.mark.points(1)
def test_mask_b(student, checked):
    close(student.raster_mask(5, "B"), checked("2a")["B"], name='raster_mask(5, "B")')
