"""7f: CBOW."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(1)
def test_loss(student, checked):
    v = checked("7f")
    close(student.cbow_loss(v["full"], v["middle"], v["W"], v["V"]), v["loss"].item(), name="cbow_loss")


@pytest.mark.points(1)
def test_short_windows(student, checked):
    v = checked("7f")
    for window, x, expected in zip(v["windows"], v["middle"], v["losses"], strict=True):
        got = student.cbow_loss(window[None], x[None], v["W"], v["V"])
        close(got, expected.item(), name=f"cbow_loss of the window {window.tolist()} alone")


@pytest.mark.points(2)
def test_gradient(student, checked):
    v = checked("7f")
    got = student.cbow_gradient(v["windows"], v["middle"], v["W"], v["V"])
    close(got, (v["d_W"], v["d_V"]), name="cbow_gradient")
