"""Handwriting: the pen strokes of Omniglot's characters.

The offsets of the pen lie on a grid, and a quarter of them are exactly 0. With ever narrower peaks on such values a
density would grow without bound, so noise u, uniform over a cell of the grid, is added to each (dequantisation).
The probability of a cell is the mean of the density over it times its area, so by Jensen's inequality

    -log P(cell) ≤ E_u[-log p(x + u)] - log area

The metric is the expectation on the right: up to a constant that comes with the unit, an upper bound on the nats of the
drawing as it stands in the file. It can be compared with other densities on the same drawings only.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lecturelib import checks
from lecturelib.datasets import Split
from lecturelib.recipes.recipe import Budget, Published, Recipe, Run
from lecturelib.recipes.recipe import train as fit_budget
from lecturelib.recurrent.handwriting import HandwritingRNN, Mixture

GRID = 1 / 54.31  # a cell of Omniglot's grid, in the unit of the offsets
GRAVES = "Graves, 2013"
PADDING = -1.0  # pen value after the end of a drawing
BUCKETS = 4  # parts of a batch, by length
EVAL_BATCH_SIZE = 250  # drawings


def drawings(split: Any, grid: float = GRID) -> Tensor:
    """Turn a split into one tensor [drawings, steps, 3] with noise, always the same, and pen -1 after the end."""
    x: Tensor = dequantised(split.x, grid, torch.Generator().manual_seed(0))
    ended = torch.arange(x.shape[1]) >= split.lengths[:, None]
    x[ended] = torch.tensor([0.0, 0.0, PADDING])
    return x


def dequantised(x: Tensor, grid: float = GRID, generator: torch.Generator | None = None) -> Tensor:
    """Return a copy of `x` with its offsets put back on the grid and moved by noise uniform over a cell."""
    offsets = (x[..., :2] / grid).round()
    noise = torch.rand(offsets.shape, generator=generator, device=None if generator else x.device).to(x.device) - 0.5
    return torch.cat([(offsets + noise) * grid, x[..., 2:]], dim=-1)


def lengths(x: Tensor) -> Tensor:
    """Return the number of steps of each prepared drawing."""
    return (x[..., 2] != PADDING).sum(dim=1)


def log_prob(model: Any, x: Tensor) -> Tensor:
    """Return log p(x) of prepared drawings, in nats; only the steps of the longest are computed."""
    n = lengths(x)
    longest = int(n.max())
    nats: Tensor = model.log_prob(x[:, :longest], n)
    return nats


def negative_log_likelihood(model: Any, x: Tensor, budget: Budget, grid: float = GRID) -> Tensor:
    """Return the mean of -log p(x) in nats per drawing; while training, each time with new noise.

    Drawings of similar length are taken together, since the longest of a batch has three times as many steps as the
    mean. A GPU takes all at once: that is fewer steps in sequence, and the lengths need not be read back from it.
    """
    if model.training:
        x = dequantised(x, grid)
    if not checks.can_read(x):
        values: Tensor = model.log_prob(x, lengths(x))
        return -values.mean()
    buckets = x[lengths(x).argsort()].chunk(BUCKETS)
    return -torch.cat([log_prob(model, bucket) for bucket in buckets]).mean()


@torch.no_grad()
def mean_nats(model: Any, x: Tensor) -> float:
    """Return the mean of -log p(x) in nats per drawing over all of `x`, in batches."""
    batches = x[lengths(x).argsort()].split(EVAL_BATCH_SIZE)
    return -sum(float(log_prob(model, batch).double().sum()) for batch in batches) / len(x)


def build(train: Tensor, **sizes: Any) -> HandwritingRNN:
    """Return a HandwritingRNN; it does not depend on `train`."""
    return HandwritingRNN(**sizes)


def single_gaussian(x: Tensor) -> Mixture:
    """Return the baseline: one Gaussian for every offset and one probability of a lifted pen, fitted to prepared `x`.

    It is the mixture of a single step, with one component, whose likelihood on these drawings is the largest.
    """
    steps = x[x[..., 2] != PADDING].double()
    offsets, pen = steps[:, :2], steps[:, 2].mean()
    covariance = torch.cov(offsets.T, correction=0)
    sigma = covariance.diagonal().sqrt()
    rho = covariance[0, 1] / sigma.prod()
    return Mixture(
        e_hat=-torch.logit(pen),
        pi_hat=torch.zeros(1, dtype=torch.float64),
        mu=offsets.mean(dim=0, keepdim=True),
        sigma_hat=sigma.log()[None],
        rho_hat=torch.atanh(rho)[None],
    )


def baseline_nats(mixture: Mixture, x: Tensor) -> float:
    """Return the mean of -log p(x) in nats per drawing where every step has the same distribution."""
    steps = x[x[..., 2] != PADDING]
    return -float(mixture.log_prob(steps).double().sum()) / len(x)


def finished(points: Tensor, length: int) -> Tensor:
    """Cut a sample [steps, 3] where the pen is first lifted at or after step `length`, or nowhere if it never is.

    The network does not model where a drawing ends, only where a stroke does.
    """
    lifted = (points[length - 1 :, 2] == 1).nonzero()
    return points[: length + int(lifted[0])] if len(lifted) else points


def train_on(splits: Mapping[str, Split], unit: float, budget: Budget, *, seed: int = 0, **fit_arguments: Any) -> Run:
    """Train on strokes that `load` does not have, as `lecturelib.datasets.strokes.read_iam` returns them.

    Args:
        splits: "train", "valid" and "test".
        unit: number of cells of the pen's grid in one unit of the offsets.
        budget: sizes and length of the training, such as `RECIPES[0].budgets["gpu"]`.
        seed, fit_arguments: as for `recipes.run`.

    Raises:
        TypeError, ValueError: a split is missing or has no lengths, `unit` is not positive, or `budget` is not one.

    """
    if not isinstance(budget, Budget):
        raise TypeError(f"budget: expected a Budget, such as RECIPES[0].budgets['gpu'], got {budget!r}")
    if not unit > 0:
        raise ValueError(f"unit: expected a positive number of cells, got {unit}")
    for part in ("train", "valid", "test"):
        if part not in splits or splits[part].lengths is None:
            got = "no lengths" if part in splits else f"only {', '.join(splits) or 'nothing'}"
            raise ValueError(f"splits: expected strokes and their lengths for {part!r}, got {got}")
    train, valid, test = (drawings(splits[part], 1 / unit) for part in ("train", "valid", "test"))
    loss = partial(negative_log_likelihood, budget=budget, grid=1 / unit)
    model, history = fit_budget(
        lambda: build(train, **budget.sizes),
        loss,
        train,
        valid,
        budget,
        seed,
        tag=f"handwriting {unit} {budget}",
        **fit_arguments,
    )
    return Run(model, train, valid, test, history)


def recipe(name: str, title: str, nats: float, cpu: Budget, gpu: Budget, paper: Mapping[str, int]) -> Recipe:
    """Return the recipe of a HandwritingRNN on Omniglot's strokes; `nats` and sizes of the `paper` are Graves's."""
    source = f"{GRAVES}: {paper['num_layers']} x {paper['hidden_size']} cells, nats per line of handwriting, validation"
    return Recipe(
        name=name,
        title=title,
        dataset="omniglot-strokes",
        metric="test negative log-likelihood",
        unit="nats",
        published=(
            Published(
                nats,
                source,
                verified=True,
                comparable=False,
                ours="Ours has fewer cells, and draws single characters in another unit of length.",
            ),
        ),
        budgets={
            "smoke": Budget(
                epochs=4,
                learning_rate=1e-2,
                minutes=0.1,
                batch_size=20,
                examples=200,
                clip=20.0,
                sizes={**cpu.sizes, "hidden_size": 16, "components": 5},
            ),
            "cpu": cpu,
            "gpu": gpu,
            "paper": Budget(
                epochs=20,
                learning_rate=4e-3,
                minutes=600,
                batch_size=100,
                patience=3,
                clip=20.0,
                precision="bf16",
                sizes={"components": 20, **paper},
            ),
        },
        build=build,
        prepare=drawings,
        loss=negative_log_likelihood,
        measure=mean_nats,
    )


def live(**sizes: int) -> Budget:
    """Return the run that a chapter does live, with a GPU or without."""
    return Budget(
        epochs=1,
        learning_rate=2e-2,
        minutes=0.5,
        batch_size=25,
        examples=5000,
        clip=20.0,
        sizes={"components": 20} | sizes,
    )


RECIPES = (
    recipe(
        "handwriting-omniglot",
        "Handwriting RNN of three layers, Omniglot's strokes",
        -1041.0,
        live(num_layers=3, hidden_size=64),
        # A third of the paper's cells per layer: trained in a quarter of an hour on a CPU.
        Budget(
            epochs=5,
            learning_rate=1.5e-2,
            minutes=15,
            batch_size=100,
            clip=20.0,
            precision="bf16",
            sizes={"hidden_size": 128, "num_layers": 3},
        ),
        {"hidden_size": 400, "num_layers": 3},
    ),
    recipe(
        "handwriting-one-layer-omniglot",
        "Handwriting RNN of one layer, Omniglot's strokes",
        -1025.7,
        live(num_layers=1, hidden_size=148),
        live(num_layers=1, hidden_size=148),  # as many parameters as 3 x 64
        {"hidden_size": 900, "num_layers": 1},
    ),
)
