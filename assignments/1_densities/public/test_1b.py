"""1b: log-likelihood and bits per pixel."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_log_likelihood(student, checked):
    v = checked("1b")
    close(student.log_likelihood(v["x"], v["logits"]), v["nats"], name="log_likelihood")


@pytest.mark.points(1)
def test_large_logits(student):
    x, logits = torch.tensor([[1.0], [0.0]]), torch.tensor([[-300.0], [300.0]])
    close(student.log_likelihood(x, logits), logits[0].repeat(2), name="log_likelihood")


@pytest.mark.points(1)
def test_bits_per_pixel(student, checked):
    v = checked("1b")
    close(student.bits_per_pixel(v["nats"], 7), v["bits"].item(), name="bits_per_pixel")
