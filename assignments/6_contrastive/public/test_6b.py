"""6b: augmentations."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_crop(student, checked):
    v = checked("6b")
    close(student.crop(v["x"], 1, 2, 4), v["cropped"], name="crop")


@pytest.mark.points(1)
def test_flip(student, checked):
    v = checked("6b")
    close(student.flip(v["x"], v["which"]), v["flipped"], name="flip")


@pytest.mark.points(2)
def test_adjust(student, checked):
    v = checked("6b")
    close(student.adjust(v["x"], v["brightness"], v["contrast"]), v["adjusted"], name="adjust")
