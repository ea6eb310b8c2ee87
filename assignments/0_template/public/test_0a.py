"""0a: the mean of each column is taken off."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(1)
def test_centred(student, checked):
    v = checked("0a")
    close(student.centred(v["x"]), v["centred"], name="centred")
