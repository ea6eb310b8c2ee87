"""6e: the gradient of one view's term, and its two wishes."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(3)
def test_gradient(student, checked):
    v = checked("6e")
    close(student.gradient(v["u"], v["others"], 2, 0.5), v["gradient"], name="gradient")
    others = torch.tensor([[0.6, 0.8], [1.0, 0.0], [0.0, 1.0]])
    got = student.gradient(torch.tensor([2.0, 0.0]), others, 0, 0.005)
    close(got, torch.tensor([0.0, -80.0]), name="gradient at temperature 0.005")


@pytest.mark.points(1)
def test_shares(student, checked):
    v = checked("6e")
    close(student.shares(v["u"], v["others"], 2, 0.5), v["shares"], name="shares")


@pytest.mark.points(1)
def test_two_wishes(student, checked):
    v = checked("6e")
    right = (v["alignment"].item(), v["uniformity"].item())
    close(student.two_wishes(v["u"], v["others"], 2, 0.5), right, name="two_wishes")
    same, there = torch.tensor([[0.0, 1.0]] * 4), torch.tensor([0.0, 3.0])
    close(student.two_wishes(there, same, 1, 0.1), (0.0, 0.0), name="two_wishes where all views are the same")
    away = torch.tensor([[1.0, 0.0]] * 4)
    close(student.two_wishes(there, away, 1, 0.5), (2.0, -2.0), name="two_wishes at right angles, temperature 0.5")
