"""9g: a reversible block."""

import pytest

from lecturelib.homework import close, several


@pytest.mark.points(1)
def test_forward(student, checked):
    v = checked("9g")
    close(student.block_forward(v["x1"], v["x2"], v["A"], v["B"]), (v["y1"], v["y2"]), name="block_forward")


@pytest.mark.points(1)
def test_inverse(student, checked):
    v = checked("9g")
    close(student.block_inverse(v["y1"], v["y2"], v["A"], v["B"]), (v["x1"], v["x2"]), name="block_inverse")


def backward(student, v):
    got = student.block_backward(v["y1"], v["y2"], v["d_y1"], v["d_y2"], v["A"], v["B"])
    return several(got, 4, name="block_backward")


@pytest.mark.points(2)
def test_gradient_by_halves(student, checked):
    v = checked("9g")
    for name, one in zip(("d_x1", "d_x2"), backward(student, v), strict=False):
        close(one, v[name], name=name)


@pytest.mark.points(2)
def test_gradient_by_weights(student, checked):
    v = checked("9g")
    for name, one in zip(("d_A", "d_B"), backward(student, v)[2:], strict=True):
        close(one, v[name], name=name)
