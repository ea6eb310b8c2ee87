"""4g: the matrix that negative sampling factorises."""

import math

import pytest
import torch

from lecturelib.homework import close, has_shape, several


@pytest.mark.points(1)
def test_objective(student, checked):
    v = checked("4g")
    close(student.objective(v["S"], v["pairs"], v["q"], 5), v["objective"].item(), name="objective")
    once, half = torch.tensor([[0, 1], [1, 0]]), torch.tensor([0.5, 0.5])
    got = student.objective(torch.zeros(2, 2), once, half, 3)
    close(got, -4 * math.log(2), name="objective where S is 0, with 3 noise words")


@pytest.mark.points(2)
def test_best_products(student, checked):
    v = checked("4g")
    close(student.best_products(v["pairs"], v["q"], 5), v["best"], name="best_products")


@pytest.mark.points(1)
def test_of_rank(student, checked):
    v = checked("4g")
    V, W = several(student.of_rank(v["S"], 2), 2, name="of_rank")
    has_shape(V, (4, 2), name="V")
    has_shape(W, (4, 2), name="W")
    close(V @ W.T, v["nearest"], name="V W^T", atol=1e-4)
