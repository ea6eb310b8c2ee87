"""9e: puzzles."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_distances(student, checked):
    v = checked("9e")
    close(student.distances(v["chosen"]), v["distances"], name="distances")


@pytest.mark.points(2)
def test_choice(student, checked):
    v = checked("9e")
    three = torch.tensor([[0, 1, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1]])
    close(student.choose(three, 3), three[[0, 2, 3]], name="choose, 3 of 4 orders")
    close(student.choose(v["candidates"], 6), v["chosen"], name="choose, 6 of 120 orders")


@pytest.mark.points(2)
def test_facts(student, checked):
    v = checked("9e")
    close(student.facts(v["chosen"]), v["facts"].tolist(), name="facts")
    turned = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0], [2, 3, 0, 1], [3, 0, 1, 2]])
    close(student.facts(turned), (2.0, 1, 1), name="facts of the four rotations of four tiles")


@pytest.mark.points(1)
def test_nearest(student, checked):
    v = checked("9e")
    close(student.nearest_order(v["seen"], v["chosen"]), v["nearest"], name="nearest_order")


@pytest.mark.points(1)
def test_normalised(student, checked):
    v = checked("9e")
    close(student.normalised(v["tiles"]), v["normalised"], name="normalised")
