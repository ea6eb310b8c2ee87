"""3b: a plain RNN, forward."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_states(student, checked):
    v = checked("3b")
    close(student.rnn_forward(v["x"], v["W_xh"], v["W_hh"]), v["h"], name="rnn_forward")
