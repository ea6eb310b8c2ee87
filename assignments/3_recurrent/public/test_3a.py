"""3a: one step of an LSTM."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(3)
def test_step(student, checked):
    v = checked("3a")
    got = student.lstm_step(v["x"], v["h"], v["s"], v["W_x"], v["W_h"], v["b"])
    close(got, (v["h_new"], v["s_new"]), name="lstm_step")
