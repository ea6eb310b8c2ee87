"""6d: the composition experiment."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_table(student, generator):
    for count in (3, 6):
        a, b, c = torch.randint(1, 1000, (3,), generator=generator).tolist()
        pairs = [[[i, j] if i != j else [i] for j in range(count)] for i in range(count)]
        rows = [[(a * pair[0] + b * pair[-1] + c * len(pair)) % 11 / 11 for pair in row] for row in pairs]
        table = student.composition_table(student.scoring([a, b, c]), count)
        close(table, torch.tensor(rows), name="composition_table")


@pytest.mark.points(1)
def test_best_pair(student, generator):
    table = torch.rand(6, 6, generator=generator) + 2 * torch.eye(6)
    places = [(i, j) for i in range(6) for j in range(6) if i != j]
    close(student.best_pair(table), max(places, key=lambda p: table[p].item()), name="best_pair")
