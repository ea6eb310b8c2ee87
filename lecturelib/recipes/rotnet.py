"""RotNet by its own protocol: a classifier of three layers on the feature maps of a frozen network, CIFAR-10.

Gidaris, Singh and Komodakis (2018), Tables 1 and 3: the second of four blocks gives the best features, 89.06%. That is
no linear probe: the classifier sees all positions of the map, and has two hidden layers of 200 units.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lecturelib.backbones import NetworkInNetwork
from lecturelib.pretext import Rotation
from lecturelib.recipes import recipe
from lecturelib.recipes.pretext import ROTNET, images_of
from lecturelib.recipes.pretext_measures import error_rate, loss, to_float
from lecturelib.recipes.probes import splits
from lecturelib.recipes.recipe import Budget, Recipe

HIDDEN, BLOCKS = 200, 4
EPOCHS = {"smoke": 1, "cpu": 2, "gpu": 100}
LABELS = {"smoke": 64, "cpu": 2000, "gpu": None}  # of the training images; None: all


class BlockClassifier(nn.Module):
    """A frozen encoder and a classifier of one of its feature maps, all positions side by side."""

    def __init__(self, encoder: Any, block: int, places: int, classes: int = 10) -> None:
        super().__init__()
        self.frozen: tuple[Any] = (encoder,)  # in a tuple: its parameters are not this module's, and are not trained
        self.block = block
        self.layers = nn.Sequential(nn.Flatten(), *_hidden(places), *_hidden(HIDDEN), nn.Linear(HIDDEN, classes))

    def forward(self, images: Tensor) -> Tensor:
        """Return log-probabilities of the classes up to a constant."""
        with torch.no_grad():
            x = self.frozen[0].eval().to(images.device).feature_maps(images)[self.block]
        logits: Tensor = self.layers(x)
        return logits

    def accuracy(self, batch: tuple[Tensor, Tensor]) -> float:
        """Return the fraction of images whose label is found."""
        return float((self(batch[0]).argmax(dim=1) == batch[1]).float().mean())


def block_accuracies(model: Any, budget: str) -> dict[str, float]:
    """Return the test accuracy in % of a classifier on each block; its last epoch counts."""
    (x, y), _, (test_x, test_y) = splits("smoke" if budget == "smoke" else "gpu")
    x, y = x[: LABELS[budget]], y[: LABELS[budget]]
    result = {}
    for block in range(BLOCKS):
        with torch.no_grad():
            places = model.encoder.eval().feature_maps(to_float(x[:1]))[block].numel()
        top, _ = recipe.train(
            partial(BlockClassifier, model.encoder, block, places),
            lambda top, batch: cross_entropy(top(to_float(batch[0])), batch[1]),
            (x, y),
            None,
            Budget(epochs=EPOCHS[budget], learning_rate=1e-3, minutes=1, batch_size=128),
            seed=0,
        )
        top.frozen[0].cpu()
        result[f"block {block + 1}"] = 100 - error_rate(top, (test_x, test_y))
    return result


def build(train: Tensor, width: int) -> Rotation:
    """Return a rotation network on four blocks."""
    return Rotation(NetworkInNetwork(train.shape[1], width))


def _hidden(inner: int) -> list[nn.Module]:
    return [nn.Linear(inner, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU()]


RECIPES = (
    Recipe(
        name="rotnet-cifar10",
        title="RotNet, network in network, CIFAR-10",
        dataset="cifar10",
        metric="error of the pretext task",
        unit="%",
        published=(
            replace(
                ROTNET,
                ours="The cpu budget is a check of the code, on 2,000 images; the classifiers' errors are in its JSON.",
            ),
        ),
        budgets={
            "smoke": Budget(epochs=1, learning_rate=3e-3, minutes=0.1, batch_size=16, examples=64, sizes={"width": 6}),
            "cpu": Budget(epochs=1, learning_rate=3e-3, minutes=2, batch_size=64, examples=2000, sizes={"width": 24}),
            "gpu": Budget(
                epochs=200, learning_rate=1e-3, minutes=120, batch_size=128, precision="bf16", sizes={"width": 192}
            ),
        },
        build=build,
        prepare=images_of,
        loss=loss,
        measure=error_rate,
        extra_metrics=block_accuracies,
    ),
)
