"""What a recipe is: a model, a data set and a training run, at three budgets or more, beside the paper's number."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lecturelib import __version__, checks
from lecturelib.datasets import checksum, load
from lecturelib.training import History, fit
from lecturelib.training.batches import Batch

BUDGETS = ("smoke", "cpu", "gpu")  # which every recipe has
BY_SIZE = ("smoke", "cpu", "long", "gpu", "paper")


@dataclass(frozen=True)
class Published:
    """A number from the literature.

    Attributes:
        value: as it is printed there.
        source: who measured it and, where that is not the recipe's own metric, what.
        verified: whether it was checked against a written source.
        comparable: whether ours is the same measure of the same data.
        ours: one sentence on what ours does otherwise.

    """

    value: float
    source: str
    verified: bool
    comparable: bool = True
    ours: str = ""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How a model is trained: its sizes, and how long with which step size.

    Attributes:
        epochs, batch_size: as for `training.fit`.
        learning_rate: Adam's largest step size; see the recipe's schedule.
        minutes: what it takes, about.
        examples: so many of each split, evenly spaced, since a split may be sorted; default all.
        patience, clip: as for `training.fit`.
        sparsity: factor λ of the sum of the absolute weights, in losses that have such a penalty.
        precision: "bf16" halves the time where the processor has bfloat16 in hardware, and is slow elsewhere.
        sizes: arguments of the recipe's `build`.

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


def linear_decay(progress: float) -> float:
    """Return the factor on the step size at a progress in [0, 1): linearly from 1 down to 0."""
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
        budgets: one `Budget` for each of smoke (seconds), cpu (minutes on two cores) and gpu (towards the paper's
            number); where it differs from these, also long (hours on one core) and paper (the paper's sizes).
        build: makes the model from a budget's sizes and the training split.
        prepare: turns a split into what the model reads, a tensor or a tuple of them.
        loss: called with model, batch and budget; a mean over the batch.
        measure: the metric over a prepared split, in `unit`.
        held_out: False when the training images define the classes (exemplars): validation and test then use new
            views of the training images.
        extra_metrics: what else to measure of a trained model, given it and the budget's name; a number for each name.
        schedule: factor on the step size as a function of progress in [0, 1).

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
    extra_metrics: Callable[[Any, str], Mapping[str, float]] | None = None
    schedule: Callable[[float], float] = linear_decay


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
    train, valid, test = (_subsample(recipe.prepare(split), recipe.budgets[budget].examples) for split in splits)
    return train, valid, test


def head(batch: Batch, n: int) -> Any:
    """Return the first `n` examples."""
    return batch[:n] if isinstance(batch, Tensor) else tuple(part[:n] for part in batch)


def example_count(batch: Batch) -> int:
    """Return how many examples there are."""
    return len(batch if isinstance(batch, Tensor) else batch[0])


def _subsample(x: Batch, examples: int | None) -> Any:
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
        ValueError: `recipe` has no such budget.
        DatasetError: the data set can neither be found nor downloaded.

    """
    checks.one_of(f"budget of {recipe.name}", budget, tuple(recipe.budgets))
    settings = recipe.budgets[budget]
    data = prepared(recipe, budget)
    model, history = train(
        lambda: recipe.build(data[0], **settings.sizes),
        lambda model, batch: recipe.loss(model, batch, settings),
        data[0],
        data[1],
        settings,
        seed,
        schedule=recipe.schedule,
        tag=f"{recipe.name} {settings} {checksum(recipe.dataset)} lecturelib {__version__}",
        **fit_arguments,
    )
    return Run(model, *data, history)


def adam(parameters: Iterable[nn.Parameter], learning_rate: float) -> torch.optim.Adam:
    """Return Adam, on CUDA as one operator for all parameters."""
    parameters = list(parameters)
    return torch.optim.Adam(parameters, learning_rate, fused=parameters[0].is_cuda or None)


def train(
    build: Callable[[], Any],
    loss: Callable[[Any, Any], Tensor],
    train: Batch,
    valid: Batch | None,
    budget: Budget,
    seed: int,
    *,
    schedule: Callable[[float], float] = linear_decay,
    **fit_arguments: Any,
) -> tuple[Any, History]:
    """Build a model and train it with Adam as `budget` says; the seed decides initial weights, order and noise.

    The model is returned in eval mode. `fit_arguments` are further ones of `training.fit`. No random state leaks out.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = build()
        history = fit(
            model,
            loss,
            train,
            valid,
            epochs=budget.epochs,
            batch_size=budget.batch_size,
            optimizer=lambda parameters: adam(parameters, budget.learning_rate),
            schedule=schedule,
            patience=budget.patience,
            clip=budget.clip,
            precision=budget.precision,
            seed=seed,
            **fit_arguments,
        )
    return model.eval(), history
