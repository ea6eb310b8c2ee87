"""9h: a table, read and questioned."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_ranks(student, checked):
    v = checked("9h")
    close(student.ranks(v["scores"]), v["ranks"], name="ranks")


@pytest.mark.points(1)
def test_level_tasks(student):
    scores = torch.tensor([[[50.0, 30.0], [40.0, 30.0], [40.0, 30.0], [20.0, 35.0]]])
    expected = torch.tensor([[1.0, 3.0], [2.5, 3.0], [2.5, 3.0], [4.0, 1.0]])
    close(student.ranks(scores), expected, name="ranks, where tasks are level")


@pytest.mark.points(1)
def test_everywhere(student, checked):
    v = checked("9h")
    close(student.everywhere(v["scores"]), v["everywhere"], name="everywhere")


@pytest.mark.points(2)
def test_crossings(student, checked):
    v = checked("9h")
    level = torch.tensor([[[50.0, 30.0], [40.0, 30.0], [45.0, 31.0]]])
    close(student.crossings(level), torch.tensor([[0, 1], [1, 0]]), name="crossings, where two tasks are level")
    close(student.crossings(v["scores"]), v["crossings"], name="crossings")


@pytest.mark.points(1)
def test_interaction(student, checked):
    v = checked("9h")
    close(student.interaction(v["scores"], 3, 0, 2, 0), v["interaction"].tolist(), name="interaction")
