"""Rotation prediction: say by how much the image was turned.

Gidaris, Singh and Komodakis, "Unsupervised Representation Learning by Predicting Image Rotations", ICLR (2018):

    loss(x) = - 1/4 Σ_y log F^y(g(x | y)),   y = 0 … 3,

where g(x | y) is the image turned by y · 90 degrees, and F^y the probability that the network gives to y. All four
turns of an image are in the batch, which the paper found to help.

    >>> model = Rotation(ResNet(width=16))
    >>> model.loss(images), model.accuracy(images), model.features(images)
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lecturelib import checks
from lecturelib.backbones.encoder import length_of_features

TURNS = 4


def rotate(images: Float[Tensor, "n channels size size"], turns: int) -> Float[Tensor, "n channels size size"]:
    """Return g(x | y), turned anticlockwise: pixels move, and nothing is interpolated.

    Raises:
        TypeError, ValueError: `images` is not a batch of square images in [0, 1], or `turns` not from -4 to 4.

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

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.classifier = nn.Linear(length_of_features(encoder), TURNS)

    def logits(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, "n 4"]:
        """Return log F^y(x) up to a constant."""
        return self.classifier(self.encoder(images))

    forward = logits

    def loss(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, ""]:
        """Return the mean cross-entropy over images and turns, in nats; errors as for `rotate`."""
        return cross_entropy(*self._turned(images))

    def accuracy(self, images: Float[Tensor, "n channels size size"]) -> float:
        """Return the fraction of turns, of all four of every image, that are found."""
        logits, y = self._turned(images)
        return float((logits.argmax(dim=1) == y).float().mean())

    def features(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output."""
        return self.encoder(images)

    def _turned(self, images: Tensor) -> tuple[Float[Tensor, "m 4"], Int[Tensor, " m"]]:
        # x = [g(x | 0); g(x | 1); g(x | 2); g(x | 3)]
        x = torch.cat([rotate(images, y) for y in range(TURNS)])
        return self.logits(x), torch.arange(TURNS, device=x.device).repeat_interleave(len(images))
