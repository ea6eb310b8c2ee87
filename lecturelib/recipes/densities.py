"""What the recipes of all densities share: the loss, and the likelihood of a whole split."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from lecturelib.recipes.recipe import Budget, Published, Recipe

EVAL_BATCH_SIZE = 200  # images at a time, so that feature maps fit into a laptop's memory


def negative_log_likelihood(model: Any, x: Tensor, budget: Budget) -> Tensor:
    """Return the mean of -log p(x) in nats per image."""
    log_prob: Tensor = model.log_prob(x)
    return -log_prob.mean()


@torch.no_grad()
def mean_nats(model: Any, x: Tensor) -> float:
    """Return the mean of -log p(x) in nats per image over all of `x`, batch by batch."""
    return -sum(float(model.log_prob(batch).double().sum()) for batch in x.split(EVAL_BATCH_SIZE)) / len(x)


@torch.no_grad()
def mean_bits_per_dim(model: Any, x: Tensor) -> float:
    """Return the mean of -log₂ p(x) per pixel and channel over all of `x`, batch by batch."""
    return sum(float(model.bits_per_dim(batch).double().sum()) for batch in x.split(EVAL_BATCH_SIZE)) / len(x)


def density_recipe(
    name: str,
    title: str,
    dataset: str,
    build: Callable[..., Any],
    budgets: Mapping[str, Budget],
    *published: Published,
    prepare: Callable[[Any], Tensor],
    loss: Callable[[Any, Any, Budget], Tensor] = negative_log_likelihood,
    unit: str = "nats",
) -> Recipe:
    """Return a recipe for a density; `unit` is "nats" per image, or "bits/dim"."""
    return Recipe(
        name=name,
        title=title,
        dataset=dataset,
        metric="test negative log-likelihood",
        unit=unit,
        published=published,
        budgets=budgets,
        build=build,
        prepare=prepare,
        loss=loss,
        measure=mean_nats if unit == "nats" else mean_bits_per_dim,
    )
