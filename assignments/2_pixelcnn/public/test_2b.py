"""2b: masks for colours."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_mask_a(student, checked):
    close(student.colour_mask(6, 3, 3, "A"), checked("2b")["A"], name='colour_mask(6, 3, 3, "A")')


@pytest.mark.points(2)
def test_mask_b(student, checked):
    close(student.colour_mask(6, 6, 3, "B"), checked("2b")["B"], name='colour_mask(6, 6, 3, "B")')
