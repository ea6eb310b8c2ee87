"""2d: the log-likelihood of a picture."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_log_prob(student, checked):
    v = checked("2d")
    close(student.image_log_prob(v["scores"], v["x"]), v["nats"], name="image_log_prob")
