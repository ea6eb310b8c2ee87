"""7j: hubs, and two remedies."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_asked_for(student, checked):
    v = checked("7j")
    close(student.asked_for(v["scores"]), v["asked_for"], name="asked_for")
    level = torch.tensor([[1.0, 1.0, 0.0, -1.0], [0.0, 2.0, 2.0, 1.0]])
    close(student.asked_for(level), torch.tensor([1, 1, 0, 0]), name="asked_for with level scores")


@pytest.mark.points(2)
def test_csls(student, checked):
    v = checked("7j")
    close(student.csls(v["mapped"], v["targets"], 2), v["scores"], name="csls")


@pytest.mark.points(1)
def test_centred(student, checked):
    v = checked("7j")
    close(student.centred(v["targets"]), v["centred"], name="centred")
