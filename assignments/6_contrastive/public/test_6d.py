"""6d: the composition experiment."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_table(student, checked):
    v = checked("6d")
    close(student.composition_table(student.pretended_score, 4), v["table"], name="composition_table")


@pytest.mark.points(1)
def test_best_pair(student, checked):
    v = checked("6d")
    close(student.best_pair(v["table"]), v["best"].tolist(), name="best_pair")
    larger = v["table"] + torch.eye(4)
    close(student.best_pair(larger), v["best"].tolist(), name="best_pair of the table + torch.eye(4)")
