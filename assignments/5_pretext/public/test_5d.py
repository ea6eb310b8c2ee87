"""5d: a linear probe."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_standardise(student, checked):
    v = checked("5d")
    close(student.standardise(v["train"], v["test"]), (v["h_train"], v["h_test"]), name="standardise")


@pytest.mark.points(3)
def test_probe(student, checked):
    v = checked("5d")
    close(student.fit_probe(v["h_train"], v["y"], 3, 20, 0.5), (v["W"], v["c"]), name="fit_probe")


@pytest.mark.points(1)
def test_accuracy(student, checked):
    v = checked("5d")
    close(student.accuracy(v["W"], v["c"], v["h_train"], v["y"]), v["accuracy"].item(), name="accuracy")
