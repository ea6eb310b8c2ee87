"""4e: a step."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_step(student, checked):
    v = checked("4e")
    gradients = (v["d_w"], v["d_v"], v["d_noise"])
    got = student.step(v["W"], v["V"], v["centres"], v["contexts"], v["negatives"], gradients, 0.1)
    close(got, (v["W_new"], v["V_new"]), name="step")
