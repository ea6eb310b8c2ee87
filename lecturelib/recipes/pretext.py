"""The pretext tasks of vision on CIFAR-10, each with the same small encoder, and rotation on MNIST-5k for live runs.

A recipe is measured by its task's own error. What the features are good for stands beside it: a linear probe, in
`extra_metrics`. All cpu budgets take about the same time on a processor, so that the probes can be compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from lecturelib.backbones import ResNet
from lecturelib.datasets import load
from lecturelib.pretext import ContextEncoder, Exemplar, Jigsaw, RelativePatch, Rotation
from lecturelib.pretext.jigsaw import permutations
from lecturelib.recipes.pretext_measures import error_rate, loss, reconstruction_rmse
from lecturelib.recipes.probes import probes
from lecturelib.recipes.recipe import Budget, Published, Recipe
from lecturelib.recipes.supervised import Supervised
from lecturelib.training.batches import Batch

SMALL: dict[str, Any] = {"width": 16, "blocks": (1, 1, 1, 1)}
TINY: dict[str, Any] = {"width": 4, "blocks": (1, 1, 1, 1)}
RESNET18: dict[str, Any] = {"width": 64, "blocks": (2, 2, 2, 2)}
EXEMPLARS = 1000
FEATURES = (
    "The paper measures what the features of a far larger network are good for; so do our linear probes, which have a "
    "table of their own. Here stands the error of the task itself."
)


def of_features(value: float, source: str, ours: str = FEATURES) -> Published:
    """Return a paper's number that measures features, by a classifier or another task, and not the pretext task."""
    return Published(value, source, verified=True, comparable=False, ours=ours)


CONTEXT_ENCODER = of_features(30.0, "Pathak et al., CVPR 2016: segmentation of PASCAL VOC 2012, mean IoU, %")
RELATIVE = of_features(46.3, "Doersch et al., ICCV 2015: detection on PASCAL VOC 2007, mean average precision, %")
PUZZLE = of_features(53.2, "Noroozi and Favaro, ECCV 2016: detection on PASCAL VOC 2007, mean average precision, %")
ROTNET = of_features(89.06, "Gidaris et al., ICLR 2018: classifier of three layers on block 2, % right")
SURROGATE = of_features(84.3, "Dosovitskiy et al., TPAMI 2016: linear classifier, % right")
LABELLED = of_features(
    92.80,
    "Gidaris et al., ICLR 2018: network in network with all labels, % right",
    "The paper's network is far larger and saw all labels for long; ours is the small encoder of the pretext tasks.",
)


def images_of(split: Any) -> Tensor:
    """Return the colour images of a split, as bytes."""
    x: Tensor = split.x
    return x


def labelled(split: Any) -> Batch:
    """Return images and their labels."""
    return split.x, split.y


def with_surrogate_labels(split: Any, classes: int = EXEMPLARS) -> Batch:
    """Return evenly spaced images, and their surrogate labels: every image is a class of its own."""
    rows = torch.linspace(0, len(split.x) - 1, classes).long()
    return split.x[rows], torch.arange(classes)


def digits(split: Any) -> Tensor:
    """Return digits with a margin of two pixels: [examples, 1, 32, 32] in [0, 1]."""
    return pad(split.x, (2, 2, 2, 2))


def build(
    train: Any,
    kind: Callable[..., Any],
    width: int,
    blocks: Sequence[int],
    *,
    backbone: Callable[..., nn.Module] = ResNet,
    **sizes: Any,
) -> Any:
    """Return a task with an encoder for the images of `train`."""
    channels = (train if isinstance(train, Tensor) else train[0]).shape[1]
    return kind(backbone(channels, width, blocks), **sizes)


def build_jigsaw(train: Any, width: int, blocks: Sequence[int], orders: int, **sizes: Any) -> Jigsaw:
    """Return a jigsaw with `orders` permutations, the same for every seed."""
    chosen = permutations(orders, generator=torch.Generator().manual_seed(0))
    model: Jigsaw = build(train, partial(Jigsaw, orders=chosen), width, blocks, **sizes)
    return model


def build_inpainting(train: Tensor, width: int, blocks: Sequence[int], region: str, **sizes: Any) -> ContextEncoder:
    """Return a context encoder; its silhouettes are those of the embedded set."""
    shapes = load("silhouettes").train.x if region == "silhouettes" else None
    model: ContextEncoder = build(train, ContextEncoder, width, blocks, region=region, shapes=shapes, **sizes)
    return model


def task(
    name: str,
    title: str,
    make: Callable[..., Any],
    epochs: int,
    minutes: float,
    *,
    examples: int = 25_000,
    learning_rate: float = 3e-3,
    prepare: Callable[[Any], Batch] = images_of,
    measure: Callable[[Any, Any], float] = error_rate,
    sizes: Mapping[str, Any] | None = None,
    held_out: bool = True,
    gpu_epochs: int = 100,
    published: tuple[Published, ...] = (),
) -> Recipe:
    """Return the recipe of a task on CIFAR-10; the gpu budget trains a ResNet-18 on all images."""
    sizes = dict(sizes or {})
    return Recipe(
        name=f"{name}-cifar10",
        title=f"{title}, CIFAR-10",
        dataset="cifar10",
        metric="error of the pretext task" if measure is error_rate else "error of the pixels left out",
        unit="%" if measure is error_rate else "gray levels",
        published=published,
        budgets={
            "smoke": Budget(epochs=2, learning_rate=3e-3, minutes=0.1, batch_size=16, examples=64, sizes=TINY | sizes),
            "cpu": Budget(
                epochs=epochs,
                learning_rate=learning_rate,
                minutes=minutes,
                batch_size=64,
                examples=examples,
                sizes=SMALL | sizes,
            ),
            "gpu": Budget(
                epochs=gpu_epochs,
                learning_rate=1e-3,
                minutes=60,
                batch_size=256,
                examples=None if held_out else examples,
                precision="bf16",
                sizes=RESNET18 | sizes,
            ),
        },
        build=make,
        prepare=prepare,
        loss=loss,
        measure=measure,
        held_out=held_out,
        extra_metrics=probes,
    )


def inpainting(name: str, title: str, minutes: float = 2.5, **sizes: Any) -> Recipe:
    """Return the recipe of a context encoder."""
    return task(
        f"inpainting-{name}",
        title,
        build_inpainting,
        3,
        minutes,
        measure=reconstruction_rmse,
        sizes=sizes,
        published=(CONTEXT_ENCODER,),
    )


SUPERVISED = replace(
    task(
        "supervised",
        "labels",
        partial(build, kind=Supervised),
        4,
        2.5,
        prepare=labelled,
        sizes={"classes": 10},
        published=(LABELLED,),
    ),
    metric="error",
)
ROTATION = task("rotation", "rotation", partial(build, kind=Rotation), 1, 2.5, published=(ROTNET,))
EXEMPLAR = task(
    "exemplar",
    f"exemplars, {EXEMPLARS} classes",
    partial(build, kind=Exemplar),
    100,
    2.5,
    prepare=with_surrogate_labels,
    sizes={"classes": EXEMPLARS},
    held_out=False,
    examples=EXEMPLARS,
    gpu_epochs=1000,
    published=(SURROGATE,),
)
RELATIVE_PATCH = task(
    "relative-patch", "relative patch", partial(build, kind=RelativePatch), 17, 2.5, published=(RELATIVE,)
)
# Whether tiles are normalised was chosen by the probe of validation images, which the colours help.
JIGSAW = task(
    "jigsaw",
    "jigsaw, 24 permutations",
    build_jigsaw,
    6,
    2.5,
    sizes={"orders": 24, "normalise": False},
    published=(PUZZLE,),
)
NORMALISED_JIGSAW = task(
    "jigsaw-normalised",
    "jigsaw, normalised tiles",
    build_jigsaw,
    6,
    2.5,
    sizes={"orders": 24, "normalise": True},
    published=(PUZZLE,),
)
INPAINTING = tuple(
    inpainting(region, f"context encoder, {region}", region=region) for region in ("centre", "blocks", "silhouettes")
)
# The adversarial game needs smaller steps, and more of them.
JOINT = task(
    "inpainting-joint",
    "context encoder, centre, joint loss",
    build_inpainting,
    4,
    3.5,
    learning_rate=1e-3,
    measure=reconstruction_rmse,
    sizes={"region": "centre", "adversarial": 0.01},
    published=(CONTEXT_ENCODER,),
)

LIVE = Budget(epochs=3, learning_rate=3e-3, minutes=0.3, batch_size=64, sizes={"width": 8, "blocks": (1, 1, 1, 1)})
DIGITS = Recipe(
    name="rotation-mnist-5k",
    title="rotation, MNIST-5k",
    dataset="mnist-5k",
    metric="error of the pretext task",
    unit="%",
    published=(),
    budgets={
        "smoke": Budget(epochs=2, learning_rate=3e-3, minutes=0.1, batch_size=16, examples=64, sizes=TINY),
        "cpu": LIVE,
        "gpu": LIVE,
    },
    build=partial(build, kind=Rotation),
    prepare=digits,
    loss=loss,
    measure=error_rate,
)

RECIPES = (SUPERVISED, ROTATION, EXEMPLAR, RELATIVE_PATCH, JIGSAW, NORMALISED_JIGSAW, *INPAINTING, JOINT, DIGITS)
