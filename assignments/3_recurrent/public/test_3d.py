"""3d: clipping."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(1)
def test_large_gradients(student, checked):
    v = checked("3d")
    expected = [v["first_clipped"], v["second_clipped"]], v["n"].item()
    close(student.clip_gradients([v["first"], v["second"]], 1.5), expected, name="clip_gradients")


@pytest.mark.points(1)
def test_small_gradients(student, checked):
    v = checked("3d")
    expected = [v["first"], v["second"]], v["n"].item()
    close(student.clip_gradients([v["first"], v["second"]], 100.0), expected, name="clip_gradients")
