"""2e: draws."""

import time

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
    """A quarter of the area that the hidden test asks for, in a quarter of the time."""
    layers = [(torch.randn(96, 1, 7, 7), torch.zeros(96), "A")]
    layers += [(torch.randn(96, 96, 3, 3) / 30, torch.zeros(96), "B") for _ in range(3)]
    layers += [(torch.randn(1, 96, 1, 1), torch.zeros(1), "B")]
    began = time.monotonic()
    has_shape(student.sample_images(layers, torch.rand(4, 1, 16, 16)), (4, 1, 16, 16), name="sample_images")
    seconds = time.monotonic() - began
    assert seconds < 2.5, f"sample_images: expected less than 2.5 s for 16 x 16 pixels, got {seconds:.1f} s"
