"""7j: hubs, CSLS and centring, against the library's."""

import pytest
import torch

from lecturelib.homework import close
from lecturelib.words import translation


@pytest.mark.points(1)
def test_asked_for(student, generator):
    for words, targets in ((30, 7), (4, 9)):
        scores = torch.randint(5, (words, targets), generator=generator).float()
        scores[:, -1] = -1  # the best of no word
        best = [row.index(max(row)) for row in scores.tolist()]
        right = torch.tensor([best.count(target) for target in range(targets)])
        close(student.asked_for(scores), right, name="asked_for")


@pytest.mark.points(2)
def test_csls(student, generator):
    for words, targets, k in ((12, 8, 3), (5, 9, 1)):
        x = 2 * torch.randn(words, 4, generator=generator) + 1
        z = torch.randn(targets, 4, generator=generator) + 0.5
        right = translation.csls(x, z, translation.nearness(z, x, k), k)
        close(student.csls(x, z, k), right, name=f"csls with k = {k}", atol=1e-4)


@pytest.mark.points(1)
def test_centred(student, generator):
    for n, dim in ((9, 4), (5, 3)):
        x = 2 * torch.randn(n, dim, generator=generator) + 1
        close(student.centred(x), translation.centred(x), name="centred", atol=1e-4)
