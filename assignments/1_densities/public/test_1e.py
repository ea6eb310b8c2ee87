"""1e: logits of NADE."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(3)
def test_logits(student, checked):
    v = checked("1e")
    close(student.nade_logits(v["x"], v["W"], v["c"], v["alpha"], v["b"]), v["logits"], name="nade_logits")
