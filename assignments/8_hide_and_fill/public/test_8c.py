"""8c: heads and positions."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_heads(student, checked):
    v = checked("8c")
    found = student.multi_head(v["h"], v["W_q"], v["W_k"], v["W_v"], v["W_o"], 2)
    close(found, v["mixed"], name="multi_head")


@pytest.mark.points(1)
def test_positions(student, checked):
    close(student.sinusoids(7, 6), checked("8c")["P"], name="sinusoids")


@pytest.mark.points(1)
def test_rotation(student, checked):
    v = checked("8c")
    R = student.rotation(3, 6)
    close(R, v["R"], name="rotation")
    close(R.float() @ v["P"][2], v["P"][5], name="R @ P[2], with R of offset 3")
