"""FVSBN and NADE on binary digits: Larochelle's static binarised MNIST, and an embedded set for live runs."""

from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from lecturelib.autoregressive import FVSBN, NADE, OrderAgnosticNADE
from lecturelib.recipes.densities import density_recipe, negative_log_likelihood
from lecturelib.recipes.recipe import Budget, Published

JMLR = "Uria et al., JMLR 17 (2016)"
NADE_OURS = "Ours has as many hidden units, and is trained by Adam with a falling step size."
Model = TypeVar("Model", FVSBN, NADE, OrderAgnosticNADE)


def bits(split: Any) -> Tensor:
    """Flatten the images of a split to [examples, pixels] and threshold them at one half."""
    x: Tensor = split.x
    return (x.flatten(1) > 0.5).float()


def small_bits(split: Any) -> Tensor:
    """Average blocks of 2 x 2 pixels before the threshold: a quarter of the pixels."""
    return (avg_pool2d(split.x, 2).flatten(1) > 0.5).float()


def sparse_negative_log_likelihood(model: Any, x: Tensor, budget: Budget) -> Tensor:
    """Return the mean of -log p(x) in nats plus, while training, λ Σ |θ_ij|: most pixels say nothing about a given one.

    For binarised MNIST, λ = 2e-4 was chosen on the validation split among 0, 3e-5, 1e-4 and 2e-4; a penalty on the
    squares helped less.
    """
    nats = negative_log_likelihood(model, x, budget)
    return nats + budget.sparsity * model.theta.abs().sum() if model.training else nats


def start_at_pixel_means(model: Model, train: Tensor) -> Model:
    """Set the output biases so that the untrained model nearly is the baseline of independent pixels."""
    with torch.no_grad():
        model.b.copy_(torch.logit(train.mean(0).clamp(1e-3, 1 - 1e-3)))
    return model


def build_fvsbn(train: Tensor) -> FVSBN:
    """Return an FVSBN over the pixels of `train`."""
    return start_at_pixel_means(FVSBN(train.shape[1]), train)


def build_nade(train: Tensor, hidden_size: int, tied: bool = True) -> NADE:
    """Return a NADE over the pixels of `train`."""
    return start_at_pixel_means(NADE(train.shape[1], hidden_size, tied=tied), train)


RECIPES = (
    density_recipe(
        "fvsbn-binarized-mnist",
        "FVSBN, static binarised MNIST",
        "binarized-mnist",
        build_fvsbn,
        {
            "smoke": Budget(epochs=2, learning_rate=1e-2, minutes=0.1, examples=500),
            "cpu": Budget(epochs=10, learning_rate=5e-3, minutes=1, sparsity=2e-4),
            "gpu": Budget(epochs=45, learning_rate=5e-3, minutes=4, sparsity=2e-4),
        },
        loss=sparse_negative_log_likelihood,
        prepare=bits,
    ),
    density_recipe(
        "nade-binarized-mnist",
        "NADE, 500 hidden units, static binarised MNIST",
        "binarized-mnist",
        build_nade,
        {
            "smoke": Budget(epochs=2, learning_rate=1e-2, minutes=0.1, examples=500, sizes={"hidden_size": 20}),
            "cpu": Budget(epochs=2, learning_rate=6e-3, minutes=2, sizes={"hidden_size": 200}),
            "gpu": Budget(epochs=15, learning_rate=6e-3, minutes=15, sizes={"hidden_size": 500}),
        },
        *(
            Published(nats, source, verified=True, ours=NADE_OURS)
            for nats, source in ((88.86, "Larochelle and Murray, AISTATS 2011"), (88.33, JMLR))
        ),
        prepare=bits,
    ),
    density_recipe(
        "fvsbn-mnist-5k",
        "FVSBN, MNIST-5k thresholded at one half",
        "mnist-5k",
        build_fvsbn,
        {
            "smoke": Budget(epochs=2, learning_rate=1e-2, minutes=0.1, examples=500),
            "cpu": Budget(epochs=12, learning_rate=2e-2, minutes=0.2, batch_size=50),
            "gpu": Budget(epochs=12, learning_rate=2e-2, minutes=0.2, batch_size=50),
        },
        prepare=bits,
    ),
    density_recipe(
        "fvsbn-mnist-5k-14",
        "FVSBN, MNIST-5k at 14 x 14",
        "mnist-5k",
        build_fvsbn,
        {
            "smoke": Budget(epochs=2, learning_rate=2e-2, minutes=0.1, batch_size=50, examples=500),
            "cpu": Budget(epochs=15, learning_rate=2e-2, minutes=0.1, batch_size=50),
            "gpu": Budget(epochs=15, learning_rate=2e-2, minutes=0.1, batch_size=50),
        },
        prepare=small_bits,
    ),
    density_recipe(
        "nade-mnist-5k-14",
        "NADE, 50 hidden units, MNIST-5k at 14 x 14",
        "mnist-5k",
        build_nade,
        {
            "smoke": Budget(
                epochs=3, learning_rate=2e-2, minutes=0.1, batch_size=50, examples=500, sizes={"hidden_size": 20}
            ),
            "cpu": Budget(epochs=15, learning_rate=2e-2, minutes=0.3, batch_size=50, sizes={"hidden_size": 50}),
            "gpu": Budget(epochs=15, learning_rate=2e-2, minutes=0.3, batch_size=50, sizes={"hidden_size": 50}),
        },
        prepare=small_bits,
    ),
    density_recipe(
        "nade-untied-mnist-5k-14",
        "untied NADE, 50 hidden units, MNIST-5k at 14 x 14",
        "mnist-5k",
        partial(build_nade, tied=False),
        {
            "smoke": Budget(
                epochs=2, learning_rate=5e-3, minutes=0.1, batch_size=50, examples=200, sizes={"hidden_size": 5}
            ),
            "cpu": Budget(epochs=15, learning_rate=5e-3, minutes=0.8, batch_size=50, sizes={"hidden_size": 50}),
            "gpu": Budget(epochs=15, learning_rate=5e-3, minutes=0.8, batch_size=50, sizes={"hidden_size": 50}),
        },
        prepare=small_bits,
    ),
)
