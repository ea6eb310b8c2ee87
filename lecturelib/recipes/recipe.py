"""What a recipe is: a model, a data set and a training run, at three budgets, beside the paper's number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lecturelib import __version__, checks
from lecturelib.datasets import checksum, load
from lecturelib.training import History, fit

BUDGETS = ("smoke", "cpu", "gpu")


@dataclass(frozen=True)
class Published:
    """A number from the literature; `verified` tells whether it was checked against a written source."""

    value: float
    source: str
    verified: bool


@dataclass(frozen=True)
class Budget:
    """How long to train: sizes, epochs, and Adam's step size, which falls linearly to 0.

    `sparsity` is the factor λ on the sum of the absolute weights, for the losses that have such a penalty.
    `clip` is the largest norm of the gradient.
    `precision` "bf16" halves the time where the processor has bfloat16 in hardware, and is slow elsewhere.
    `examples` takes that many from each split, evenly spaced, since a split may be sorted.
    """

    epochs: int
    learning_rate: float
    minutes: float
    batch_size: int = 100
    examples: int | None = None
    patience: int | None = None
    sparsity: float = 0.0
    clip: float | None = None
    precision: Literal["no", "bf16"] = "no"
    sizes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A paper's number and the run that reproduces it.

    Args:
        name: what `python -m lecturelib reproduce` calls it.
        title: model and data in words.
        dataset: name for `lecturelib.datasets.load`.
        metric, unit: what is measured on the test split; lower is better.
        published: the literature's numbers.
        budgets: one `Budget` for each of smoke (seconds), cpu (minutes on two cores) and gpu (the paper's number).
        build: makes the model from a budget's sizes and the training split.
        prepare: turns a split into the tensor that the model reads.
        loss: called with model, batch and budget; a mean over the batch.
        measure: the metric over a prepared split, in `unit`.

    """

    name: str
    title: str
    dataset: str
    metric: str
    unit: str
    published: tuple[Published, ...]
    budgets: Mapping[str, Budget]
    build: Callable[..., nn.Module]
    prepare: Callable[[Any], Tensor]
    loss: Callable[[Any, Any, Budget], Tensor]
    measure: Callable[[Any, Any], float]


@dataclass(frozen=True)
class Run:
    """A trained model, the prepared splits it was trained and chosen on, and the history of the training."""

    model: Any
    train: Tensor
    valid: Tensor
    test: Tensor
    history: History


def prepared(recipe: Recipe, budget: str) -> tuple[Tensor, Tensor, Tensor]:
    """Return the train, valid and test tensors of `recipe` at `budget`."""
    data = load(recipe.dataset)
    train, valid, test = (
        _thinned(recipe.prepare(split), recipe.budgets[budget].examples)
        for split in (data.train, data.valid, data.test)
    )
    return train, valid, test


def _thinned(x: Tensor, examples: int | None) -> Tensor:
    if examples is None or examples >= len(x):
        return x
    return x[torch.linspace(0, len(x) - 1, examples).long()]


def parameter_count(model: nn.Module) -> int:
    """Return how many parameters the model has: what it says itself, else what its tensors hold."""
    return int(getattr(model, "parameter_count", sum(p.numel() for p in model.parameters())))


def run(recipe: Recipe, budget: str = "cpu", *, seed: int = 0, **fit_arguments: Any) -> Run:
    """Train `recipe` once; the seed decides initial weights, order and noise, and no random state leaks out.

    Raises:
        ValueError: `budget` is not one of smoke, cpu, gpu.
        DatasetError: the data set can neither be found nor downloaded.

    """
    checks.one_of("budget", budget, BUDGETS)
    settings = recipe.budgets[budget]
    train, valid, test = prepared(recipe, budget)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = recipe.build(train, **settings.sizes)
        history = fit(
            model,
            lambda model, batch: recipe.loss(model, batch, settings),
            train,
            valid,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            optimizer=lambda parameters: torch.optim.Adam(parameters, settings.learning_rate),
            schedule=lambda progress: 1 - progress,
            patience=settings.patience,
            clip=settings.clip,
            precision=settings.precision,
            seed=seed,
            tag=f"{recipe.name} {settings} {checksum(recipe.dataset)} lecturelib {__version__}",
            **fit_arguments,
        )
    return Run(model, train, valid, test, history)
