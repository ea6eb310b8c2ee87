"""Relative patches: say where the second patch lies, seen from the first.

Doersch, Gupta and Efros, "Unsupervised Visual Representation Learning by Context Prediction", ICCV (2015): one network
reads both patches, and a classifier of the two features says in which of eight directions the second lies,

    p(y | x1, x2) = softmax(MLP([E(x1), E(x2)])),   y = 0 (above left) … 7 (below right).

    >>> model = RelativePatch(ResNet(width=16), patch=8, gap=2, jitter=1, color="drop")
    >>> model.loss(images), model.accuracy(images), model.features(images)

What the network could see instead of the content, and what is done against it: texture that goes on over the border
(a gap), long lines (jitter), and colours that a lens has shifted against each other (two of the three channels are
dropped, or the green-magenta axis is projected away).
"""

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lecturelib import checks
from lecturelib.augment import channel_drop, patch_pairs, project_colors
from lecturelib.backbones.encoder import length_of_features
from lecturelib.pretext.batches import check_for_normalisation, check_gap

DIRECTIONS = 8


def check_patches(x1: object, x2: object) -> None:
    """Raise unless both are batches of patches of one shape."""
    checks.images("x1", x1)
    checks.images("x2", x2)
    assert isinstance(x1, Tensor)
    assert isinstance(x2, Tensor)
    if x1.shape != x2.shape:
        raise ValueError(f"x2: expected the shape of x1, {list(x1.shape)}, got {list(x2.shape)}")
    if x1.device != x2.device:
        raise ValueError(f"x2: expected a tensor on {x1.device}, as x1 is, got one on {x2.device}")


class RelativePatch(nn.Module):
    """An encoder of patches and a classifier of the direction.

    Args:
        encoder: from patches to features [n, encoder.out_features].
        patch: edge of a patch in pixels.
        gap: pixels between two patches that are not jittered.
        jitter: largest move of a patch in pixels, both ways; 2 jitter <= gap, or patches could overlap.
        color: "drop" or "project" for the paper's two cures of chromatic aberration, else "keep".
        hidden_size: units of the classifier's hidden layer.

    Raises:
        ValueError: patches could overlap.

    """

    def __init__(
        self,
        encoder: nn.Module,
        *,
        patch: int = 8,
        gap: int = 2,
        jitter: int = 1,
        color: Literal["keep", "drop", "project"] = "keep",
        hidden_size: int = 128,
    ) -> None:
        super().__init__()
        checks.one_of("color", color, ["keep", "drop", "project"])
        self.patch, hidden_size = checks.positive_int("patch", patch), checks.positive_int("hidden_size", hidden_size)
        self.jitter = checks.integer_between("jitter", jitter, 0, patch)
        self.gap = check_gap(gap, jitter)
        self.encoder, self.color = encoder, color
        self.classifier = nn.Sequential(
            nn.Linear(2 * length_of_features(encoder), hidden_size),
            nn.BatchNorm1d(hidden_size),
            nn.ReLU(),
            nn.Linear(hidden_size, DIRECTIONS),
        )

    def pair(
        self, images: Float[Tensor, "n channels height width"], generator: torch.Generator | None = None
    ) -> tuple[Float[Tensor, "n channels p p"], Float[Tensor, "n channels p p"], Int[Tensor, " n"]]:
        """Return two patches of every image and the direction from the first to the second.

        Raises:
            TypeError, ValueError: `images` is not a batch of images in [0, 1], they are too small for 3 x 3 patches, or
                do not have the three channels that `color` needs.

        """
        self._check(images)
        place = dict(patch=self.patch, pitch=self.patch + self.gap, jitter=self.jitter)
        x1, x2, y = patch_pairs(images, **place, generator=generator)
        return self.recolor(x1, generator), self.recolor(x2, generator), y

    def recolor(
        self, patches: Float[Tensor, "n channels p p"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n channels p p"]:
        """Return the patches as the network sees them: as they are, or without what a lens adds to their colours."""
        checks.floats("patches", patches, "n", "channels", "edge", "edge")
        checks.generator("generator", generator)
        if self.color == "drop":
            return channel_drop(patches, generator=generator).clamp(0, 1)
        return project_colors(patches).clamp(0, 1) if self.color == "project" else patches

    def logits(self, x1: Float[Tensor, "n channels p p"], x2: Float[Tensor, "n channels p p"]) -> Float[Tensor, "n 8"]:
        """Return log p(y | x1, x2) up to a constant.

        Raises:
            TypeError, ValueError: not two batches of patches of one shape, or what the encoder refuses.

        """
        check_patches(x1, x2)
        # both patches go through the same network, in one batch
        e1, e2 = self.encoder(torch.cat([x1, x2])).chunk(2)
        return self.classifier(torch.cat([e1, e2], dim=1))

    forward = logits

    def loss(
        self, images: Float[Tensor, "n channels height width"], generator: torch.Generator | None = None
    ) -> Float[Tensor, ""]:
        """Return the mean cross-entropy in nats of one pair per image.

        Raises:
            TypeError, ValueError: as for `pair`, or there is one image only in training.

        """
        check_for_normalisation(self, images)
        x1, x2, y = self.pair(images, generator)
        return cross_entropy(self.logits(x1, x2), y)

    def accuracy(
        self, images: Float[Tensor, "n channels height width"], generator: torch.Generator | None = None
    ) -> float:
        """Return the fraction of directions that are found; chance is 1/8."""
        x1, x2, y = self.pair(images, generator)
        return float((self.logits(x1, x2).argmax(dim=1) == y).float().mean())

    def features(self, images: Float[Tensor, "n channels height width"]) -> Float[Tensor, "n features"]:
        """Return the encoder's output for whole images, which are patches of any size to it."""
        return self.encoder(images)

    def _check(self, images: Tensor) -> None:
        checks.images("images", images)
        if self.color != "keep" and images.shape[1] != 3:
            raise ValueError(
                f"images: expected 3 channels for color={self.color!r}, got {images.shape[1]}; use color='keep'"
            )
