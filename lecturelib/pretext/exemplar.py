"""Exemplars: every image is a class of its own, and its examples are distorted copies of it.

Dosovitskiy, Springenberg, Riedmiller and Brox, "Discriminative Unsupervised Feature Learning with Convolutional Neural
Networks", NIPS (2014):

    loss = - Σ_i Σ_T log softmax(f(T x_i))_i,

over N surrogate classes i, one for each seed image x_i, and random transformations T: crops, mirror images, colours.

    >>> model = Exemplar(ResNet(width=16), classes=2000)
    >>> model.loss((images, classes)), model.accuracy((images, classes)), model.features(images)
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lecturelib import checks
from lecturelib.augment import color_jitter, random_resized_crop

Batch = tuple[Float[Tensor, "n channels size size"], Int[Tensor, " n"]]


class Exemplar(nn.Module):
    """An encoder and a linear classifier of the surrogate classes.

    Args:
        encoder: from images to features [n, encoder.out_features].
        classes: N, how many images there are.
        scale: smallest share of the image that a crop has.
        strength: of the changes of colour, as for `augment.color_jitter`; images of one channel have none.

    Raises:
        TypeError, ValueError: a number is out of its range.

    """

    def __init__(self, encoder: Any, classes: int, *, scale: float = 0.3, strength: float = 0.5) -> None:
        super().__init__()
        checks.positive_int("classes", classes)
        checks.probability("scale", scale)
        checks.probability("strength", strength)
        self.encoder, self.classes, self.scale, self.strength = encoder, classes, scale, strength
        # Normalised features: without, the classes are so alike at the start that learning takes ages to begin.
        d = encoder.out_features
        self.classifier = nn.Sequential(nn.BatchNorm1d(d), nn.Linear(d, classes))

    def transform(
        self, images: Float[Tensor, "n channels size size"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n channels size size"]:
        """Return T x, one random transformation for each image."""
        checks.images("images", images)
        x = random_resized_crop(images, images.shape[-1], scale=(self.scale, 1.0), generator=generator)
        return color_jitter(x, strength=self.strength, generator=generator) if x.shape[1] == 3 else x

    def loss(self, batch: Batch, generator: torch.Generator | None = None) -> Float[Tensor, ""]:
        """Return the mean cross-entropy in nats of one distorted copy of every image.

        Args:
            batch: images, and their classes 0 … N - 1.
            generator: of the transformations; default torch's own.

        Raises:
            TypeError, ValueError: images or classes are off.

        """
        return cross_entropy(self._logits(batch, generator), batch[1])

    def accuracy(self, batch: Batch, generator: torch.Generator | None = None) -> float:
        """Return the share of distorted copies whose image is found among all N."""
        return float((self._logits(batch, generator).argmax(dim=1) == batch[1]).float().mean())

    def features(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output."""
        features: Tensor = self.encoder(images)
        return features

    def _logits(self, batch: Batch, generator: torch.Generator | None) -> Float[Tensor, "n classes"]:
        images, i = batch
        checks.images("images", images)
        if i.shape != (len(images),) or i.is_floating_point() or not 0 <= int(i.min()) <= int(i.max()) < self.classes:
            raise ValueError(
                f"batch: expected {len(images)} classes from 0 to {self.classes - 1}, got {i.dtype} {list(i.shape)}"
                + (f" from {i.min()} to {i.max()}" if i.numel() else "")
            )
        logits: Tensor = self.classifier(self.encoder(self.transform(images, generator)))
        return logits
