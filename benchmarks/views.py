"""A view of SimCLR as torchvision makes it, image by image."""

from typing import Any

import torch
from torchvision.transforms import v2  # type: ignore[import-untyped]


def torchvision_view(s: float) -> Any:
    """Return the transform of a PIL image to a view [3, 32, 32], with colours changed by strength `s`."""
    return v2.Compose(
        [
            v2.RandomResizedCrop(32, antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], p=0.8),
            v2.RandomGrayscale(0.2),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )
