"""5c: rotations."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_rotations(student, checked):
    v = checked("5c")
    close(student.rotations(v["x"]), (v["turned"], v["labels"]), name="rotations")
