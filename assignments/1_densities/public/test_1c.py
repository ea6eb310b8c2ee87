"""1c: draws from the FVSBN."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_draws(student, checked):
    v = checked("1c")
    close(student.fvsbn_sample(v["theta"], v["b"], v["u"]), v["drawn"], name="fvsbn_sample")
