"""9a: the gradient and the second derivatives of the probe's loss."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_gradient(student, checked):
    v = checked("9a")
    got = student.probe_gradient(v["W"], v["b"], v["z"], v["c"], 0.1)
    close(got, (v["d_W"], v["d_b"]), name="probe_gradient")


@pytest.mark.points(2)
def test_hessian(student, checked):
    v = checked("9a")
    close(student.probe_hessian(v["W"], v["b"], v["z"], 0.1), v["hessian"], name="probe_hessian")
