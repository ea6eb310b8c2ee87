"""4c: the loss."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_loss(student, checked):
    v = checked("4c")
    close(student.negative_sampling_loss(v["w"], v["v"], v["noise"]), v["loss"], name="negative_sampling_loss")


@pytest.mark.points(1)
def test_large_products(student):
    w = torch.tensor([[1.0]])
    close(student.negative_sampling_loss(w, -400 * w, -400 * w[None]), torch.tensor(400.0), name="loss")
