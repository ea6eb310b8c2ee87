"""9d: labels of patches, and exemplars."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_directions(student, checked):
    v = checked("9d")
    close(student.directions(v["first"], v["second"], 9, 2), v["labels"], name="directions")


@pytest.mark.points(1)
def test_pairs(student, checked):
    expected = torch.tensor([[0, 1, 6], [1, 0, 1]])
    close(student.pairs_of_grid(2, 1), expected, name="pairs_of_grid(2, 1)")
    close(student.pairs_of_grid(2, 3), checked("9d")["pairs"], name="pairs_of_grid(2, 3)")


@pytest.mark.points(1)
def test_blind(student, checked):
    v = checked("9d")
    close(student.blind_accuracy(v["pairs"][:, 0], v["pairs"][:, 2]), v["blind"].item(), name="blind_accuracy")
    close(student.blind_accuracy(torch.tensor([2, 2, 0, 2]), torch.tensor([7, 1, 1, 7])), 0.75, name="blind_accuracy")


@pytest.mark.points(1)
def test_exemplar(student, checked):
    v = checked("9d")
    close(student.exemplar_loss(v["h"], v["V"], v["b"]), v["loss"].item(), name="exemplar_loss")


@pytest.mark.points(2)
def test_least_loss(student, checked):
    v = checked("9d")
    close(student.least_exemplar_loss(torch.eye(3)), 0.0, name="least_exemplar_loss where no two look alike")
    close(student.least_exemplar_loss(v["p"]), v["least"].item(), name="least_exemplar_loss")
