"""1f: draws from NADE."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(3)
def test_draws(student, checked):
    v = checked("1f")
    close(student.nade_sample(v["W"], v["c"], v["alpha"], v["b"], v["u"]), v["drawn"], name="nade_sample")
