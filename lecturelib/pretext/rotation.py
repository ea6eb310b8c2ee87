"""Rotation prediction: say by how much the image was turned.

Gidaris, Singh and Komodakis, "Unsupervised Representation Learning by Predicting Image Rotations", ICLR (2018):

    loss(x) = - 1/4 Σ_y log F^y(g(x | y)),   y = 0 … 3,

where g(x | y) is the image turned by y · 90 degrees, and F^y the probability that the network gives to y. All four
turns of an image are in the batch, which the paper found to help.

    >>> model = Rotation(ResNet(width=16))
    >>> model.loss(images), model.accuracy(images), model.features(images)
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lecturelib import checks

TURNS = 4


def rotate(images: Float[Tensor, "n channels size size"], turns: int) -> Float[Tensor, "n channels size size"]:
    """Return g(x | y), turned anticlockwise: pixels move, and nothing is interpolated.

    Raises:
        TypeError, ValueError: `images` are none or not square, or `turns` is no integer.

    """
    checks.images("images", images)
    checks.integer_between("turns", turns, -TURNS, TURNS)
    if images.shape[2] != images.shape[3]:
        raise ValueError(f"images: expected square ones, got {list(images.shape[2:])}")
    return torch.rot90(images, turns, dims=(2, 3))


class Rotation(nn.Module):
    """An encoder and a linear classifier of the four turns.

    Args:
        encoder: from images to features [n, encoder.out_features].

    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.classifier = nn.Linear(encoder.out_features, TURNS)

    def logits(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, "n 4"]:
        """Return log F^y(x) up to a constant."""
        logits: Tensor = self.classifier(self.encoder(images))
        return logits

    def loss(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, ""]:
        """Return the mean cross-entropy over images and turns, in nats.

        Raises:
            TypeError, ValueError: as `rotate`.

        """
        return cross_entropy(*self._turned(images))

    def accuracy(self, images: Float[Tensor, "n channels size size"]) -> float:
        """Return the share of turns, of all four of every image, that are found.

        Raises:
            TypeError, ValueError: as `rotate`.

        """
        logits, y = self._turned(images)
        return float((logits.argmax(dim=1) == y).float().mean())

    def features(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output."""
        features: Tensor = self.encoder(images)
        return features

    def _turned(self, images: Tensor) -> tuple[Float[Tensor, "m 4"], Int[Tensor, " m"]]:
        # x = [g(x | 0); g(x | 1); g(x | 2); g(x | 3)]
        x = torch.cat([rotate(images, y) for y in range(TURNS)])
        return self.logits(x), torch.arange(TURNS, device=x.device).repeat_interleave(len(images))
