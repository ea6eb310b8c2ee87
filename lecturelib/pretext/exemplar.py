"""Exemplars: every image is a class of its own, and its examples are distorted copies of it.

Dosovitskiy, Springenberg, Riedmiller and Brox, "Discriminative Unsupervised Feature Learning with Convolutional Neural
Networks", NIPS (2014):

    loss = - Σ_i Σ_T log softmax(f(T x_i))_i,

over N surrogate classes i, one for each seed image x_i, and random transformations T: crops, mirror images, colours.

    >>> model = Exemplar(ResNet(width=16), classes=2000)
    >>> model.loss((images, classes)), model.accuracy((images, classes)), model.features(images)
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lecturelib import checks
from lecturelib.augment import color_jitter, random_resized_crop
from lecturelib.backbones.encoder import length_of_features
from lecturelib.pretext.batches import check_for_normalisation

Batch = tuple[Float[Tensor, "n channels size size"], Integer[Tensor, " n"]]


class Exemplar(nn.Module):
    """An encoder and a linear classifier of the surrogate classes.

    Args:
        encoder: from images to features [n, encoder.out_features].
        classes: N, the number of images.
        scale: smallest fraction of the image's area that a crop has.
        strength: of the changes of colour, as for `augment.color_jitter`; images of one channel have none.

    """

    def __init__(self, encoder: nn.Module, classes: int, *, scale: float = 0.3, strength: float = 0.5) -> None:
        super().__init__()
        self.classes = checks.positive_int("classes", classes)
        self.scale, self.strength = checks.probability("scale", scale), checks.probability("strength", strength)
        self.encoder, d = encoder, length_of_features(encoder)
        # Without normalised features, the classes are so alike at the start that learning takes long to begin.
        self.classifier = nn.Sequential(nn.BatchNorm1d(d), nn.Linear(d, self.classes))

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # the order of its changes is drawn
    def transform(
        self, images: Float[Tensor, "n channels size size"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n channels size size"]:
        """Return T x, one random transformation for each image."""
        checks.images("images", images)
        x = random_resized_crop(images, images.shape[-1], scale=(self.scale, 1.0), generator=generator)
        return color_jitter(x, strength=self.strength, generator=generator) if x.shape[1] == 3 else x

    def logits(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, "n classes"]:
        """Return log softmax(f(x)) up to a constant, of images as they are."""
        return self.classifier(self.encoder(images))

    forward = logits

    def loss(self, batch: Batch, generator: torch.Generator | None = None) -> Float[Tensor, ""]:
        """Return the mean cross-entropy in nats of one distorted copy of every image.

        Args:
            batch: images, and their classes 0 … N - 1, integers of any width.
            generator: of the transformations; default torch's own.

        Raises:
            TypeError, ValueError: images or classes are off, or there is one image only in training.

        """
        images, i = self._checked(batch)
        return cross_entropy(self.logits(self.transform(images, generator)), i.long())

    def accuracy(self, batch: Batch, generator: torch.Generator | None = None) -> float:
        """Return the fraction of distorted copies whose image is found among all N."""
        images, i = self._checked(batch)
        found = self.logits(self.transform(images, generator)).argmax(dim=1)
        return float((found == i).float().mean())

    def features(self, images: Float[Tensor, "n channels size size"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output."""
        return self.encoder(images)

    def _checked(self, batch: Batch) -> Batch:
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            got = f"{len(batch)} parts" if isinstance(batch, tuple | list) else type(batch).__name__
            raise TypeError(f"batch: expected images and their classes, got {got}")
        images, i = batch
        checks.images("images", images)
        check_for_normalisation(self, images)
        right = isinstance(i, Tensor) and i.shape == (len(images),) and i.dtype in checks.INTEGERS
        if not right or (checks.can_read(i) and not 0 <= int(i.min()) <= int(i.max()) < self.classes):
            got = f"{i.dtype} {list(i.shape)}" if isinstance(i, Tensor) else type(i).__name__
            between = f" from {i.min()} to {i.max()}" if right else ""
            raise ValueError(f"batch: expected {len(images)} classes from 0 to {self.classes - 1}, got {got}{between}")
        if i.device != images.device:
            raise ValueError(f"batch: expected classes on {images.device}, as the images are, got some on {i.device}")
        return images, i
