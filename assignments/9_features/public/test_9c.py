"""9c: classifiers of raw features, and accuracy with ties."""

import pytest
import torch

from lecturelib.homework import close, has_shape, several


@pytest.mark.points(2)
def test_raw_features(student, checked):
    """Without the feature that is constant."""
    v = checked("9c")
    vary = [0, 2, 3]
    got = several(student.for_raw_features(v["W"][:, vary], v["b"], v["train"][:, vary]), 2, name="for_raw_features")
    close(got, (v["raw_W"][:, vary], v["raw_b"]), name="for_raw_features")


@pytest.mark.points(1)
def test_constant_features(student, checked):
    v = checked("9c")
    raw_W, raw_b = several(student.for_raw_features(v["W"], v["b"], v["train"]), 2, name="for_raw_features")
    has_shape(raw_W, (3, 4), name="W'")
    close(raw_W[:, 1], torch.zeros(3), name="the weights W' of the feature that is constant")
    close(raw_b, v["raw_b"], name="b'")


@pytest.mark.points(2)
def test_ties(student, checked):
    v = checked("9c")
    close(student.expected_accuracy(v["logits"][1:2], v["c"][1:2]), 1.0, name="expected_accuracy of one image")
    close(student.expected_accuracy(v["logits"], v["c"]), v["accuracy"].item(), name="expected_accuracy")
