"""The PixelCNN and its relatives: on binary digits, and on CIFAR-10."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from lecturelib.autoregressive import GatedPixelCNN, MultiScalePixelCNN, PixelCNN, RowLSTM
from lecturelib.recipes.densities import density_recipe
from lecturelib.recipes.recipe import Budget, Published, Recipe

SMALL = {"hidden_channels": 4, "num_layers": 1}
LIVE: dict[str, Any] = {"hidden_channels": 12, "num_layers": 4}

PIXEL_RNN = "van den Oord et al., ICML 2016"
GATED = "van den Oord et al., NIPS 2016"
CHECK = "The cpu budget is a check of the code: a small network sees 1,000 images once and is tested on 1,000."


def digits(split: Any) -> Tensor:
    """Threshold the images of a split at one half: integers [examples, 1, 28, 28]."""
    x: Tensor = split.x
    return (x.reshape(-1, 1, 28, 28) > 0.5).to(torch.uint8)


def small_digits(split: Any) -> Tensor:
    """Average blocks of 2 x 2 pixels before the threshold: integers [examples, 1, 14, 14]."""
    return (avg_pool2d(split.x.reshape(-1, 1, 28, 28), 2) > 0.5).to(torch.uint8)


def colours(split: Any) -> Tensor:
    """Return the colour images of a split: integers [examples, 3, height, width] from 0 to 255."""
    images: Tensor = split.x
    return images


def build(train: Tensor, kind: Callable[..., Any], num_levels: int, **sizes: Any) -> Any:
    """Return a model of `kind` for images with the channels of `train`."""
    return kind(train.shape[1], num_levels, **sizes)


def binarized_mnist(
    name: str, title: str, kind: Callable[..., Any], cpu: Mapping[str, Any], gpu: Budget, *published: Published
) -> Recipe:
    """Return the recipe of a model on the static binarised MNIST."""
    return density_recipe(
        f"{name}-binarized-mnist",
        f"{title}, static binarised MNIST",
        "binarized-mnist",
        partial(build, kind=kind, num_levels=2),
        {
            "smoke": Budget(
                epochs=2,
                learning_rate=2e-2,
                minutes=0.2,
                batch_size=10,
                examples=500,
                sizes=SMALL,
            ),
            "cpu": Budget(epochs=1, learning_rate=8e-3, minutes=2, batch_size=16, examples=20_000, sizes=cpu),
            "gpu": gpu,
        },
        *published,
        prepare=digits,
    )


def mnist_5k_14(
    name: str, title: str, kind: Callable[..., Any], epochs: int, *published: Published, **sizes: Any
) -> Recipe:
    """Return the recipe of a model on MNIST-5k at 14 x 14, which a chapter trains live, with a GPU or without."""
    live = Budget(epochs=epochs, learning_rate=1e-2, minutes=0.4, batch_size=16, sizes=sizes)
    return density_recipe(
        f"{name}-mnist-5k-14",
        f"{title}, MNIST-5k at 14 x 14",
        "mnist-5k",
        partial(build, kind=kind, num_levels=2),
        {
            "smoke": Budget(
                epochs=3,
                learning_rate=2e-2,
                minutes=0.1,
                batch_size=10,
                examples=500,
                sizes=SMALL,
            ),
            "cpu": live,
            "gpu": live,
        },
        *published,
        prepare=small_digits,
    )


def cifar10(
    name: str, title: str, kind: Callable[..., Any], layers: int, *published: Published, **more: Budget
) -> Recipe:
    """Return the recipe of a model on CIFAR-10; its cpu budget sees 1,000 images once and proves nothing but the code.

    The gpu budget has the sizes of the first paper's PixelCNN, for both. `more` are budgets that only one has.
    """
    return density_recipe(
        f"{name}-cifar10",
        f"{title}, CIFAR-10",
        "cifar10",
        partial(build, kind=kind, num_levels=256),
        {
            "smoke": Budget(
                epochs=1,
                learning_rate=2e-2,
                minutes=0.2,
                batch_size=4,
                examples=16,
                sizes={"hidden_channels": 6, "num_layers": 1, "head_channels": 6},
            ),
            "cpu": Budget(
                epochs=1,
                learning_rate=4e-3,
                minutes=1,
                batch_size=4,
                examples=1000,
                sizes={"hidden_channels": 18, "num_layers": 2, "head_channels": 36},
            ),
            **{name: budget for name, budget in more.items() if name == "long"},
            "gpu": Budget(
                epochs=60,
                learning_rate=1e-3,
                minutes=600,
                batch_size=32,
                precision="bf16",
                sizes={"hidden_channels": 128, "num_layers": layers, "head_channels": 1024},
            ),
            **{name: budget for name, budget in more.items() if name == "paper"},
        },
        *published,
        prepare=colours,
        unit="bits/dim",
    )


WIDE = [1, 2, 4, 8]  # dilations: an image is 28 pixels wide, and eight plain 3 x 3 windows see 11 rows up

RECIPES = (
    binarized_mnist(
        "pixelcnn",
        "PixelCNN, dilated",
        PixelCNN,
        {"hidden_channels": 12, "num_layers": 8, "dilations": WIDE},
        Budget(
            epochs=6,
            learning_rate=8e-3,
            minutes=25,
            batch_size=16,
            precision="bf16",
            sizes={"hidden_channels": 24, "num_layers": 8, "dilations": WIDE},
        ),
        Published(81.30, PIXEL_RNN, verified=True, ours="Ours is small: eight dilated blocks with 24 feature maps."),
    ),
    binarized_mnist(
        "gated-pixelcnn",
        "Gated PixelCNN, dilated",
        GatedPixelCNN,
        {"hidden_channels": 12, "num_layers": 5, "dilations": WIDE},
        Budget(
            epochs=5,
            learning_rate=8e-3,
            minutes=25,
            batch_size=16,
            precision="bf16",
            sizes={"hidden_channels": 16, "num_layers": 9, "dilations": WIDE},
        ),
    ),
    mnist_5k_14("pixelcnn", "PixelCNN", PixelCNN, 3, **LIVE),
    mnist_5k_14("dilated-pixelcnn", "PixelCNN, dilated", PixelCNN, 3, **LIVE, dilations=[1, 2, 4]),
    mnist_5k_14("gated-pixelcnn", "Gated PixelCNN", GatedPixelCNN, 3, **LIVE, dilations=[1, 2, 4]),
    mnist_5k_14(
        "row-lstm",
        "Row LSTM",
        RowLSTM,
        2,
        Published(
            3.07,
            PIXEL_RNN + ": CIFAR-10, bits/dim",
            verified=True,
            comparable=False,
            ours="The paper's is a large network for colour images; ours is in nats per image, of binarised digits.",
        ),
        hidden_channels=8,
        num_layers=2,
    ),
    mnist_5k_14(
        "multi-scale-pixelcnn", "Multi-scale PixelCNN", MultiScalePixelCNN, 2, hidden_channels=12, num_layers=3
    ),
    cifar10("pixelcnn", "PixelCNN", PixelCNN, 15, Published(3.14, PIXEL_RNN, verified=True, ours=CHECK)),
    cifar10(
        "gated-pixelcnn",
        "Gated PixelCNN",
        GatedPixelCNN,
        15,
        Published(
            3.03, GATED, verified=True, ours=CHECK + " The long budget trains a small network on all images, six times."
        ),
        long=Budget(
            epochs=6,
            learning_rate=2e-3,
            minutes=90,
            batch_size=8,
            precision="bf16",
            sizes={"hidden_channels": 48, "num_layers": 4, "head_channels": 96},
        ),
    ),
)
