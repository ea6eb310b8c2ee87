"""2e: draws."""

import pytest
import torch

from lecturelib.homework import close, has_shape


@pytest.mark.points(3)
def test_draws(student, checked):
    v = checked("2e")
    layers = [(v["first"], v["b1"], "A"), (v["second"], v["b2"], "B")]
    close(student.sample_images(layers, v["u"]), v["drawn"], name="sample_images")


@pytest.mark.points(3)
def test_large_pictures(student):
    """The size that the hidden test asks for, and the time that a call has here and there."""
    layers = [(torch.randn(96, 1, 7, 7), torch.zeros(96), "A")]
    layers += [(torch.randn(96, 96, 3, 3) / 30, torch.zeros(96), "B") for _ in range(3)]
    layers += [(torch.randn(1, 96, 1, 1), torch.zeros(1), "B")]
    has_shape(student.sample_images(layers, torch.rand(4, 1, 32, 32)), (4, 1, 32, 32), name="sample_images")
