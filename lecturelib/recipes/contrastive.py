"""SimCLR and CPC on CIFAR-10 with the encoder of the pretext tasks, at their cost.

SimCLR's error is the task's own: among two views of 500 images, the percentage not nearest to their positive.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lecturelib.augment import compose
from lecturelib.augment.named import Augmentation
from lecturelib.backbones import ResNet
from lecturelib.contrastive import CPC, RowContext, SimCLR
from lecturelib.recipes import pretext, pretext_measures, recipe
from lecturelib.recipes.probes import probe, probes, splits
from lecturelib.recipes.recipe import Budget, Recipe

AUGMENTATIONS = ("crop", "color")
SIZES: dict[str, Any] = {"temperature": 0.2, "projection_dim": 64}


def two_views(augment: Augmentation, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return two augmented views of each image."""
    return augment(images), augment(images)


def view_loss(augment: Augmentation, model: Any, images: Tensor, budget: Budget | None = None) -> Tensor:
    """Return the model's loss of two augmented views of every image."""
    value: Tensor = model.loss(two_views(augment, pretext_measures.to_float(images)))
    return value


def train(augment: Augmentation, settings: Budget, budget: str, seed: int = 0, **sizes: Any) -> SimCLR:
    """Return a SimCLR trained on images of CIFAR-10, with `sizes` in place of the recipes' own.

    Raises:
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    images = splits("smoke" if budget == "smoke" else "gpu")[0][0]
    rows = torch.linspace(0, len(images) - 1, settings.examples or len(images)).long()
    build = partial(pretext.build, images, SimCLR, **{**settings.sizes, **SIZES, **sizes})
    model: SimCLR = recipe.train(build, partial(view_loss, augment), images[rows], None, settings, seed)[0]
    return model.eval()


def build_cpc(train: Tensor, width: int, blocks: Sequence[int], **sizes: Any) -> CPC:
    """Return CPC on patches of the images of `train`."""
    encoder = ResNet(train.shape[1], width, blocks)
    return CPC(encoder, RowContext(encoder.out_features), encoder.out_features, **sizes)


@torch.no_grad()
def infonce(model: Any, images: Tensor) -> float:
    """Return InfoNCE among 500 images, the mean over their positions and the distances."""
    model.eval()
    losses = [
        (len(x), float(model.loss(pretext_measures.to_float(x))))
        for x in images.split(pretext_measures.EVAL_BATCH_SIZE)
    ]
    return sum(n * loss for n, loss in losses) / len(images)


def cpc_probes(model: Any, budget: str) -> dict[str, float]:
    """Return a probe of the features, which are means over patches, and those of the encoder that sees whole images."""
    whole = probes(model, budget)
    return {"probe": probe(model, budget), "probe, whole images": whole.pop("probe"), **whole}


USUAL = compose(*AUGMENTATIONS)
SIMCLR_CIFAR10 = Recipe(
    name="simclr-cifar10",
    title="SimCLR, CIFAR-10",
    dataset="cifar10",
    metric="error of the pretext task",
    unit="%",
    published=(
        pretext.of_features(94.0, "Chen et al., ICML 2020: linear classifier on ResNet-50's features, % right"),
    ),
    budgets={
        "smoke": Budget(
            epochs=2, learning_rate=3e-3, minutes=0.1, batch_size=16, examples=64, sizes=pretext.TINY | SIZES
        ),
        "cpu": Budget(
            epochs=2, learning_rate=3e-3, minutes=2.5, batch_size=128, examples=25_000, sizes=pretext.SMALL | SIZES
        ),
        "gpu": Budget(
            epochs=500,
            learning_rate=1e-3,
            minutes=60,
            batch_size=512,
            precision="bf16",
            sizes=pretext.RESNET18 | SIZES | {"projection_dim": 128},
        ),
    },
    build=partial(pretext.build, kind=SimCLR),
    prepare=pretext.images_of,
    loss=partial(view_loss, USUAL),
    measure=partial(pretext_measures.error_rate, transform=partial(two_views, USUAL)),
    extra_metrics=probes,
)
CPC_OURS = pretext.FEATURES.replace("error of", "loss of") + " Our images are smaller, too."
PATCHES: dict[str, Any] = {"steps": (2, 3, 4), "patch": 8, "stride": 4}
CPC_CIFAR10 = Recipe(
    name="cpc-cifar10",
    title="CPC, rows of patches, CIFAR-10",
    dataset="cifar10",
    metric="InfoNCE among 500",
    unit="nats",
    published=(
        pretext.of_features(48.7, "van den Oord et al., 2018: linear classifier, ImageNet, % right", ours=CPC_OURS),
    ),
    budgets={
        "smoke": Budget(
            epochs=2, learning_rate=3e-3, minutes=0.1, batch_size=16, examples=64, sizes=pretext.TINY | PATCHES
        ),
        "cpu": Budget(
            epochs=1, learning_rate=3e-3, minutes=2.5, batch_size=64, examples=25_000, sizes=pretext.SMALL | PATCHES
        ),
        "gpu": Budget(
            epochs=100,
            learning_rate=1e-3,
            minutes=60,
            batch_size=256,
            precision="bf16",
            sizes=pretext.RESNET18 | PATCHES,
        ),
    },
    build=build_cpc,
    prepare=pretext.images_of,
    loss=pretext_measures.loss,
    measure=infonce,
    extra_metrics=cpc_probes,
)
RECIPES = (SIMCLR_CIFAR10, CPC_CIFAR10)
