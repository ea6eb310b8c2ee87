"""The order-agnostic NADE on static binarised MNIST, by the mixture of the densities that several orders give."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from lecturelib.autoregressive import OrderAgnosticNADE
from lecturelib.recipes.fvsbn_nade import JMLR, bits, start_at_pixel_means
from lecturelib.recipes.recipe import Budget, Published, Recipe, prepared

EVAL_BATCH_SIZE = 1000
COUNTS = (1, 2, 4, 8)  # of orders in a mixture
EVERY = 4  # a quarter of the test images, which are sorted, for mixtures: an order of all takes 80 CPU seconds
SIZES = (500, 500)  # as the paper's network with two layers

ONE_ORDER = "The paper's numbers are those of mixtures of 128 orders, ours is that of one; see the mixtures of up to 8."


def build(train: Tensor, hidden_sizes: Sequence[int]) -> OrderAgnosticNADE:
    """Return a network over the pixels of `train`."""
    return start_at_pixel_means(OrderAgnosticNADE(train.shape[1], hidden_sizes), train)


def any_order_loss(model: OrderAgnosticNADE, x: Tensor, budget: Budget) -> Tensor:
    """Return the estimate of -log p(x; o) in nats, mean over the batch and all orders o.

    Validation always hides the same pixels, so that one epoch can be compared with another.
    """
    generator = None if model.training else torch.Generator().manual_seed(0)
    loss: Tensor = model(x, generator=generator)
    return loss


def draw_orders(dim: int, count: int) -> Tensor:
    """Return `count` orders of the pixels, the same ones in every call."""
    generator = torch.Generator().manual_seed(0)
    return torch.stack([torch.randperm(dim, generator=generator) for _ in range(count)])


@torch.no_grad()
def order_log_probs(model: OrderAgnosticNADE, x: Tensor, count: int) -> Tensor:
    """Return log p(x; o) in nats for the first `count` orders: [count, examples]."""
    orders = draw_orders(model.dim, count)
    batches = [torch.stack([model.log_prob(batch, order) for order in orders]) for batch in x.split(EVAL_BATCH_SIZE)]
    return torch.cat(batches, dim=1)


def mean_nats(model: OrderAgnosticNADE, x: Tensor) -> float:
    """Return the mean of -log p(x; o) in nats for one random order o."""
    return -float(order_log_probs(model, x, 1).double().mean())


def ensembles(model: OrderAgnosticNADE, budget: str) -> dict[str, float]:
    """Return the mean of -log (1/K) Σ_o p(x; o) in nats over every fourth test image for K = 1, 2, 4 and 8 orders."""
    _, _, test = prepared(RECIPES[0], budget)
    log_p = order_log_probs(model, test[::EVERY], max(COUNTS)).double()
    nats = {k: float(math.log(k) - log_p[:k].logsumexp(dim=0).mean()) for k in COUNTS}
    return {f"{k} order{'s' * (k > 1)}": value for k, value in nats.items()}


RECIPES = (
    Recipe(
        name="order-agnostic-nade-binarized-mnist",
        title="Order-agnostic NADE, two layers of 500 hidden units, static binarised MNIST",
        dataset="binarized-mnist",
        metric="test negative log-likelihood, one order",
        unit="nats",
        published=(
            Published(87.71, JMLR + ", one hidden layer, 128 orders", verified=True, comparable=False, ours=ONE_ORDER),
            Published(85.10, JMLR + ", two hidden layers, 128 orders", verified=True, comparable=False, ours=ONE_ORDER),
        ),
        budgets={
            "smoke": Budget(epochs=1, learning_rate=1e-3, minutes=0.1, examples=200, sizes={"hidden_sizes": (20, 20)}),
            "cpu": Budget(
                epochs=10,
                learning_rate=1e-3,
                minutes=3,
                batch_size=250,
                precision="bf16",
                sizes={"hidden_sizes": SIZES},
            ),
            "gpu": Budget(
                epochs=60,
                learning_rate=1.5e-3,
                minutes=25,
                batch_size=250,
                precision="bf16",
                sizes={"hidden_sizes": SIZES},
            ),
        },
        build=build,
        prepare=bits,
        loss=any_order_loss,
        measure=mean_nats,
        extra_metrics=ensembles,
    ),
)
