"""No sampler waits for the host at a pixel, a character or a point: each runs on the meta device, without values.

What a sampler writes stands in tensors that it makes before the loop, so a step allocates nothing that grows.
"""

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lecturelib.autoregressive import (
    FVSBN,
    NADE,
    GatedPixelCNN,
    MultiScalePixelCNN,
    OrderAgnosticNADE,
    PixelCNN,
    RowLSTM,
)
from lecturelib.recurrent import CharRNN, HandwritingRNN

IMAGES: dict[str, Any] = {
    "PixelCNN": PixelCNN(3, 4, 6, 2, head_channels=6),
    "GatedPixelCNN": GatedPixelCNN(3, 4, 6, 2, head_channels=6),
    "RowLSTM": RowLSTM(3, 4, 6, 2, head_channels=6),
    "MultiScalePixelCNN": MultiScalePixelCNN(3, 4, 6, 2, head_channels=6),
}


@pytest.mark.parametrize("model", [FVSBN(6), NADE(6, 4)], ids=["FVSBN", "NADE"])
def test_bits_are_drawn_without_values(model):
    assert model.to("meta").sample(2).shape == (2, 6)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("name", IMAGES)
def test_images_are_drawn_without_values(name, fast):
    assert IMAGES[name].to("meta").sample(2, (4, 3), fast=fast).shape == (2, 3, 4, 3)


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_characters_are_drawn_without_values(cell):
    prompt = torch.zeros(2, 3, dtype=torch.long, device="meta")
    assert CharRNN(5, 4, 2, cell=cell).to("meta").sample(prompt, 4).shape == (2, 7)


def test_pen_points_are_drawn_without_values():
    assert HandwritingRNN(4, 2, 3).to("meta").sample(2, 5).shape == (2, 5, 3)


class Reads(TorchDispatchMode):
    """Counts how often a single value is read out of a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        self.number += operator is torch.ops.aten._local_scalar_dense.default
        return operator(*args, **(kwargs or {}))


def test_the_order_of_the_pixels_is_read_once():
    """Which pixels are hidden decides how many steps there are: one read, however many pixels are drawn."""
    numbers = []
    for dim in (4, 12):
        with Reads() as reads:
            OrderAgnosticNADE(dim, (5,)).sample(2)
        numbers.append(reads.number)
    assert numbers[0] == numbers[1]
