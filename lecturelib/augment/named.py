"""The augmentations of SimCLR's Figures 4 and 5 by name, one after the other.

Chen, Kornblith, Norouzi and Hinton, ICML (2020), Section 3: it matters which ones come together.

>>> augment = compose("crop", "color")
>>> views = augment(images), augment(images)             # two of every image
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from lecturelib import checks
from lecturelib.augment.colors import color_jitter, random_grayscale
from lecturelib.augment.crops import random_resized_crop
from lecturelib.augment.filters import cutout, gaussian_blur, gaussian_noise, random_rot90, sobel
from lecturelib.sampling import uniform

Images = Float[Tensor, "n channels size size"]


@runtime_checkable
class Augmentation(Protocol):
    """Images in, as many images out, of the same size, values in [0, 1]; the generator decides how."""

    def __call__(self, images: Images, *, generator: torch.Generator | None = None) -> Images:
        """Return the images distorted, each in its own way."""


def crop(images: Images, *, generator: torch.Generator | None = None) -> Images:
    """Return a crop of at least 8% of each image, at its full size again, mirrored or not."""
    checks.images("images", images)
    return random_resized_crop(images, images.shape[-1], generator=generator)


def plain_crop(images: Images, *, generator: torch.Generator | None = None) -> Images:
    """Return a crop of at least 8% of each image, at its full size again, never mirrored."""
    checks.images("images", images)
    return random_resized_crop(images, images.shape[-1], flip=0.0, generator=generator)


def color(images: Images, *, generator: torch.Generator | None = None) -> Images:
    """Return colours changed with probability 0.8, then gray with 0.2: the paper's augmentation, half as strong."""
    return random_grayscale(color_jitter(images, generator=generator), generator=generator)


def blur(images: Images, *, generator: torch.Generator | None = None) -> Images:
    """Return half of the images blurred."""
    return gaussian_blur(images, p=0.5, generator=generator)


def edges(images: Images, *, generator: torch.Generator | None = None) -> Images:
    """Return half of the images as Sobel's gradients."""
    checks.images("images", images)
    chosen = uniform((len(images),), like=images, generator=generator) < 0.5
    return torch.where(chosen[:, None, None, None], sobel(images), images)


# what Figure 5 combines
AUGMENTATIONS: Mapping[str, Augmentation] = {
    "crop": crop,
    "cutout": cutout,
    "rotation": random_rot90,
    "color": color,
    "blur": blur,
    "noise": gaussian_noise,
    "edges": edges,
}
# Figure 4 shows two of them in parts: a crop with and without mirroring, and colours jittered, and dropped
PARTS: Mapping[str, Augmentation] = {"plain crop": plain_crop, "jitter": color_jitter, "gray": random_grayscale}
COLORFUL = ("color", "jitter", "gray")  # what changes colours, and needs three channels
GEOMETRIC, APPEARANCE = ("crop", "cutout", "rotation"), ("color", "blur", "noise", "edges")


def compose(*names: str) -> Augmentation:
    """Return the augmentation that applies those called `names`, in this order.

    Images of one channel have no colours to change, so "color", "jitter" and "gray" leave them as they are.

    Raises:
        ValueError: no name, or one that is neither of `AUGMENTATIONS` nor of `PARTS`.

    """
    known = {**AUGMENTATIONS, **PARTS}
    if not names or not all(isinstance(name, str) and name in known for name in names):
        raise ValueError(f"names: expected some of {', '.join(known)}, got {', '.join(map(str, names)) or 'none'}")

    def augment(images: Images, *, generator: torch.Generator | None = None) -> Images:
        for name in names:
            if not (name in COLORFUL and isinstance(images, Tensor) and images.dim() == 4 and images.shape[1] == 1):
                images = known[name](images, generator=generator)
        return images

    return augment
