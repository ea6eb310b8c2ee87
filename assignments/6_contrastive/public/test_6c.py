"""6c: compose."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_compose(student, checked):
    v = checked("6c")
    composed = student.compose([student.plus_one, student.times_three, student.times_three])
    close(composed(v["x"]), v["y"], name="compose(...)(x)")
    close(student.compose([])(v["x"]), v["x"], name="compose([])(x)")
