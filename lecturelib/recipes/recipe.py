"""What a recipe is: a model, a data set and a training run, at three budgets, beside the paper's number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lecturelib import __version__, checks
from lecturelib.datasets import checksum, load
from lecturelib.training import Batch, History, fit

BUDGETS = ("smoke", "cpu", "gpu")


@dataclass(frozen=True)
class Published:
    """A number from the literature; `verified` tells whether it was checked against a written source."""

    value: float
    source: str
    verified: bool


@dataclass(frozen=True)
class Budget:
    """How long to train: sizes, epochs, and Adam's largest step size; see the recipe's schedule.

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


def falling(progress: float) -> float:
    """Return the step size, relative to the first, when this part of the training is done: linearly down to 0."""
    return 1 - progress


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
        prepare: turns a split into what the model reads, a tensor or a tuple of them.
        loss: called with model, batch and budget; a mean over the batch.
        measure: the metric over a prepared split, in `unit`.
        held_out: False where the training examples are themselves the classes, so that there are no others to be
            measured on; valid and test are then the training examples, in new views.
        also: what else to measure of a trained model, called with it and the budget's name; a number for each name.
        schedule: what the step size is multiplied by when this part of the training is done, from 0 to 1.

    """

    name: str
    title: str
    dataset: str
    metric: str
    unit: str
    published: tuple[Published, ...]
    budgets: Mapping[str, Budget]
    build: Callable[..., nn.Module]
    prepare: Callable[[Any], Batch]
    loss: Callable[[Any, Any, Budget], Tensor]
    measure: Callable[[Any, Any], float]
    held_out: bool = True
    also: Callable[[Any, str], Mapping[str, float]] | None = None
    schedule: Callable[[float], float] = falling


@dataclass(frozen=True)
class Run:
    """A trained model, the prepared splits it was trained and chosen on, and the history of the training."""

    model: Any
    train: Any
    valid: Any
    test: Any
    history: History


def prepared(recipe: Recipe, budget: str) -> tuple[Any, Any, Any]:
    """Return what `recipe` at `budget` makes of train, valid and test."""
    data = load(recipe.dataset)
    splits = (data.train, data.valid, data.test) if recipe.held_out else 3 * (data.train,)
    train, valid, test = (_thinned(recipe.prepare(split), recipe.budgets[budget].examples) for split in splits)
    return train, valid, test


def head(batch: Batch, n: int) -> Any:
    """Return the first `n` examples."""
    return batch[:n] if isinstance(batch, Tensor) else tuple(part[:n] for part in batch)


def example_count(batch: Batch) -> int:
    """Return how many examples there are."""
    return len(batch if isinstance(batch, Tensor) else batch[0])


def _thinned(x: Batch, examples: int | None) -> Any:
    n = example_count(x)
    if examples is None or examples >= n:
        return x
    rows = torch.linspace(0, n - 1, examples).long()
    return x[rows] if isinstance(x, Tensor) else tuple(part[rows] for part in x)


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
            schedule=recipe.schedule,
            patience=settings.patience,
            clip=settings.clip,
            precision=settings.precision,
            seed=seed,
            tag=f"{recipe.name} {settings} {checksum(recipe.dataset)} lecturelib {__version__}",
            **fit_arguments,
        )
    return Run(model, train, valid, test, history)
