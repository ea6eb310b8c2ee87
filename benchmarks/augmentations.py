"""SimCLR's views of CIFAR-10 against torchvision's, image by image: `python benchmarks/augmentations.py`."""

import numpy as np
import torch
from PIL import Image
from timing import cpu_seconds, report, row
from views import torchvision_view

from lecturelib.augment import color_jitter, fast_color_jitter, random_grayscale, random_resized_crop
from lecturelib.datasets import load

VIEWS, STRENGTH = 512, 0.5


def main() -> None:
    """Crop, mirror, change colours, turn gray: the same laws of chance, as many views, in one run."""
    pictures = load("cifar10").train.x[:VIEWS]
    images = pictures / 255
    loaded = [Image.fromarray(np.asarray(x.permute(1, 2, 0))) for x in pictures]
    theirs = torchvision_view(STRENGTH)

    def exact() -> torch.Tensor:
        return random_grayscale(color_jitter(random_resized_crop(images, 32), strength=STRENGTH), p=0.2)

    def matrix() -> torch.Tensor:
        return fast_color_jitter(random_resized_crop(images, 32), strength=STRENGTH, gray=0.2)

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
