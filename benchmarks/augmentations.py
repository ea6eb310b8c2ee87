"""SimCLR's views of CIFAR-10 against torchvision's, image by image: `python benchmarks/augmentations.py`."""

import numpy as np
import torch
from PIL import Image
from timing import cpu_seconds, report, row
from torchvision.transforms import v2  # type: ignore[import-untyped]

from lecturelib.augment import color_jitter, fast_color_jitter, random_grayscale, random_resized_crop
from lecturelib.datasets import load

VIEWS, STRENGTH = 512, 0.5


def main() -> None:
    """Crop, mirror, change colours, turn gray: the same laws of chance, as many views, in one run."""
    pictures = load("cifar10").train.x[:VIEWS]
    images = pictures / 255
    loaded = [Image.fromarray(np.asarray(x.permute(1, 2, 0))) for x in pictures]
    s = STRENGTH
    theirs = v2.Compose(
        [
            v2.RandomResizedCrop(32, antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], p=0.8),
            v2.RandomGrayscale(0.2),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )

    def exact() -> torch.Tensor:
        return random_grayscale(color_jitter(random_resized_crop(images, 32), strength=s), p=0.2)

    def matrix() -> torch.Tensor:
        return fast_color_jitter(random_resized_crop(images, 32), strength=s, gray=0.2)

    seconds = cpu_seconds(
        {
            "exact": exact,
            "matrix": matrix,
            "torchvision": lambda: torch.stack([theirs(x) for x in loaded]),
        },
        repeats=9,
    )
    other = "torchvision v2, one PIL image at a time"
    report(
        "augmentations",
        [
            row(f"{VIEWS} views, exact hue", other, "s", seconds["exact"], seconds["torchvision"], ">= 8"),
            row(f"{VIEWS} views, colour matrix", other, "s", seconds["matrix"], seconds["torchvision"], ">= 20"),
        ],
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
