"""1d: the gradient of the FVSBN."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(3)
def test_gradient(student, checked):
    v = checked("1d")
    close(student.fvsbn_gradient(v["x"], v["theta"], v["b"]), (v["d_theta"], v["d_b"]), name="fvsbn_gradient")
