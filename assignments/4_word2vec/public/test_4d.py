"""4d: the gradient."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(4)
def test_gradient(student, checked):
    v = checked("4d")
    got = student.negative_sampling_gradient(v["w"], v["v"], v["noise"])
    close(got, (v["d_w"], v["d_v"], v["d_noise"]), name="negative_sampling_gradient")
