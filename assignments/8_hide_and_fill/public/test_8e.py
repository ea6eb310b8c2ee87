"""8e: any part from any other."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_logits(student, checked):
    """What stands in x where m is 0 makes no difference."""
    v = checked("8e")
    weights = [v[name] for name in ("W", "U", "c", "alpha", "b")]
    close(student.any_part_logits(v["x"], v["m"], *weights), v["logits"], name="any_part_logits")
    other = 1 - v["x"] + v["m"] * (2 * v["x"] - 1)
    name = "any_part_logits, with other pixels where m is 0"
    close(student.any_part_logits(other, v["m"], *weights), v["logits"], name=name)


@pytest.mark.points(2)
def test_loss(student, checked):
    v = checked("8e")
    close(student.any_part_loss(v["logits"], v["x"], v["m"]), v["loss"], name="any_part_loss")


@pytest.mark.points(1)
def test_large_logits(student):
    logits, x = torch.tensor([[1000.0, -1000.0], [1000.0, -1000.0]]), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    expected = torch.tensor([0.0, 1000.0])
    close(student.any_part_loss(logits, x, torch.zeros(2, 2)), expected, name="any_part_loss")
