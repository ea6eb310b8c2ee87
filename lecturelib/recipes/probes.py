"""A linear probe of any encoder of CIFAR-10: 20,000 labels, λ chosen on validation images, test images used once."""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from lecturelib.datasets import load
from lecturelib.pretext.jigsaw import normalised
from lecturelib.probing import PENALTIES, Labelled, frozen_features, linear_probe

LABELS = {"smoke": 300, "cpu": 20_000, "gpu": 45_000}
LAYERS = ("stage 1", "stage 2", "stage 3", "stage 4")


@cache
def splits(budget: str, labels: int | None = None) -> tuple[Labelled, Labelled, Labelled]:
    """Return images as bytes and their labels, of train (as many as the budget or `labels` says), valid and test."""
    data: Any = load("cifar10")
    few = LABELS["smoke"] if budget == "smoke" else None
    rows = torch.linspace(0, len(data.train) - 1, labels or LABELS[budget]).long()
    train = data.train.x[rows], data.train.y[rows]
    return train, (data.valid.x[:few], data.valid.y[:few]), (data.test.x[:few], data.test.y[:few])


def probe(model: Any, budget: str, features: Callable[[Tensor], Tensor] | None = None) -> float:
    """Return the accuracy in % of a linear probe of the frozen model's features."""
    train, valid, test = ((frozen_features(model, x, features), y) for x, y in splits(budget))
    return linear_probe(train, test, valid, PENALTIES).accuracy


def probes(model: Any, budget: str, labels: int | None = None) -> dict[str, float]:
    """Return the accuracy of a probe of the features, and of every stage, its map averaged to 2 x 2 positions.

    `labels` is the number of labels the probe learns from; default the budget's.
    """
    tiles = getattr(model, "normalise", False)  # a network of normalised tiles reads images normalised, too
    read: Callable[[Tensor], Tensor] = normalised if tiles else torch.nn.Identity()
    widths: list[int] = []

    def stages(x: Tensor) -> Tensor:
        pooled = [avg_pool2d(part, part.shape[-1] // 2).flatten(1) for part in model.encoder.feature_maps(read(x))]
        widths[:] = [part.shape[1] for part in pooled]
        return torch.cat(pooled, dim=1)

    found = [(frozen_features(model, x, stages), y) for x, y in splits(budget, labels)]
    columns = [x.split(widths, dim=1) for x, _ in found]
    result = {}
    for k, layer in enumerate(LAYERS):
        train, valid, test = ((part[k].contiguous(), y) for part, (_, y) in zip(columns, found, strict=True))
        result[layer] = linear_probe(train, test, valid, PENALTIES).accuracy
        if layer == LAYERS[-1]:  # the features are the mean over the positions of the last map
            mean = [(x.unflatten(1, (-1, 4)).mean(dim=2), y) for x, y in (train, valid, test)]
            result = {"probe": linear_probe(mean[0], mean[2], mean[1], PENALTIES).accuracy, **result}
    if tiles:
        result["probe, images as they are"] = probe(model, budget, model.encoder)
    return result
