"""7e: the gradient."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(2)
def test_last_layer(student, checked):
    v = checked("7e")
    got = student.output_gradient(v["a"], v["target"], v["U"], v["b"])
    close(got, (v["d_U"], v["d_b"], v["d_a"]), name="output_gradient")


@pytest.mark.points(2)
def test_hidden_layer(student, checked):
    v = checked("7e")
    got = student.input_gradient(v["words"], v["d_a"], v["C"], v["H"], v["d"])
    assert isinstance(got, tuple | list), "input_gradient: expected 3 values, got something else"
    assert len(got) == 3, f"input_gradient: expected 3 values, got {len(got)}"
    close(got[0], v["d_H"], name="d_H")
    close(got[1], v["d_d"], name="d_d")


@pytest.mark.points(1)
def test_features(student, checked):
    v = checked("7e")
    got = student.input_gradient(v["words"], v["d_a"], v["C"], v["H"], v["d"])
    assert isinstance(got, tuple | list), "input_gradient: expected 3 values, got something else"
    assert len(got) == 3, f"input_gradient: expected 3 values, got {len(got)}"
    close(got[2], v["d_C"], name="d_C")
