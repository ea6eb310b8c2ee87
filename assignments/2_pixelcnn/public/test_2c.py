"""2c: a masked convolution."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_convolution(student, checked):
    v = checked("2c")
    close(student.masked_convolution(v["x"], v["weight"], v["bias"], v["mask"]), v["out"], name="masked_convolution")
