"""1a: logits of the FVSBN."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_logits(student, checked):
    v = checked("1a")
    close(student.fvsbn_logits(v["x"], v["theta"], v["b"]), v["logits"], name="fvsbn_logits")
