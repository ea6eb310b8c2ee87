"""8a: words are masked, and the loss counts those only."""

import pytest
import torch

from lecturelib.homework import close, several


def corrupt(student, v):
    return several(student.corrupt(v["x"], v["maskable"], 9, v["chance"], v["kind"], v["other"]), 2, name="corrupt")


@pytest.mark.points(1)
def test_corrupted(student, checked):
    v = checked("8a")
    close(corrupt(student, v)[0], v["corrupted"], name="corrupted text")


@pytest.mark.points(1)
def test_targets(student, checked):
    v = checked("8a")
    close(corrupt(student, v)[1], v["targets"], name="targets")


@pytest.mark.points(1)
def test_special_words(student):
    """Both words should be masked by chance; word 0 is special."""
    maskable, zeros = torch.tensor([False, True]), torch.zeros(1, 2)
    x = torch.tensor([[0, 1]])
    found = student.corrupt(x, maskable, 2, zeros, zeros, x)
    close(found, (torch.tensor([[0, 2]]), torch.tensor([[-100, 1]])), name="corrupt")


@pytest.mark.points(1)
def test_loss(student, checked):
    v = checked("8a")
    close(student.masked_loss(v["logits"], v["targets"]), v["loss"], name="masked_loss")
    nothing = torch.full_like(v["targets"], -100)
    close(student.masked_loss(v["logits"], nothing), torch.tensor(0.0), name="masked_loss where nothing was selected")
