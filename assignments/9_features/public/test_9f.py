"""9f: InfoNCE, its best score and its ceiling."""

import math

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_info_nce(student, checked):
    v = checked("9f")
    close(student.info_nce(v["scores"]), (v["loss"].item(), v["bound"].item()), name="info_nce")


@pytest.mark.points(1)
def test_large_scores(student):
    scores = torch.tensor([[1000.0, -1000.0], [-1000.0, 1000.0]])
    close(student.info_nce(scores), (0.0, math.log(2)), name="info_nce of large scores")
    close(student.info_nce(-scores), (2000.0, math.log(2) - 2000), name="info_nce of large scores, all wrong")


@pytest.mark.points(1)
def test_best_scores(student, checked):
    v = checked("9f")
    close(student.best_scores(v["joint"]), v["best"], name="best_scores")


@pytest.mark.points(1)
def test_information(student, checked):
    v = checked("9f")
    close(student.information(v["joint"]), v["information"].item(), name="information")
    close(student.information(torch.eye(4) / 4), math.log(4), name="information where x fixes c, of four values")


@pytest.mark.points(2)
def test_best_loss(student, checked):
    v = checked("9f")
    for n, expected in zip((2, 3), v["losses"].tolist(), strict=True):
        close(student.best_loss(v["joint"], n), expected, name=f"best_loss with {n} candidates")
    nothing = torch.full((2, 3), 1 / 6)
    close(student.best_loss(nothing, 4), math.log(4), name="best_loss where c tells nothing, 4 candidates")
