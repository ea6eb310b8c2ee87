"""3c: back through time."""

import pytest

from lecturelib.homework import close


def gradients(student, v):
    got = student.rnn_backward(*(v[name] for name in ("x", "y", "h", "W_xh", "W_hh", "W_hy")))
    assert isinstance(got, tuple | list), "rnn_backward: expected three gradients"
    assert len(got) == 3, f"rnn_backward: expected three gradients, got {len(got)}"
    return got


@pytest.mark.points(1)
def test_output_weights(student, checked):
    v = checked("3c")
    close(gradients(student, v)[2], v["d_W_hy"], name="d_W_hy")


@pytest.mark.points(4)
def test_recurrent_weights(student, checked):
    v = checked("3c")
    close(gradients(student, v)[:2], (v["d_W_xh"], v["d_W_hh"]), name="(d_W_xh, d_W_hh)")
