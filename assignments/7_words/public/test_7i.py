"""7i: names."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_names(student, checked):
    tags = ["B-person", "I-person", "I-person", "O", "O", "I-place", "B-place", "I-person"]
    expected = [("person", 0, 3), ("place", 5, 6), ("place", 6, 7), ("person", 7, 8)]
    got = student.names_of(tags)
    assert isinstance(got, list | tuple), "names_of: expected a list of tuples, got something else"
    for one, other in zip(got, expected, strict=False):
        around = " ".join(tags[max(0, other[1] - 1) : other[2] + 1])
        close(one, other, name=f"the name in ... {around} ...")
    close(len(got), len(checked("7i")["first"]), name="the number of names")
    close(student.names_of(["O", "B-place", "I-place"]), [("place", 1, 3)], name="names_of")


@pytest.mark.points(1)
def test_f1(student, checked):
    true = [("person", 0, 3), ("place", 5, 6), ("place", 6, 7), ("person", 7, 8)]
    found = [("person", 0, 2), ("place", 5, 6), ("place", 6, 7)]
    close(student.f1(true, found), checked("7i")["f1"].item(), name="f1")
    close(student.f1(true, [("time", 0, 3)]), 0.0, name="f1 where no name is right")
