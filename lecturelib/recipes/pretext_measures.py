"""How the pretext tasks are trained and measured: their loss on bytes or floats, their error, in pieces that fit."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lecturelib.recipes.recipe import Budget

EVAL_BATCH_SIZE = 500  # images at a time


def to_float(batch: Any) -> Any:
    """Return the batch with its images in [0, 1]."""
    if isinstance(batch, tuple):
        return (to_float(batch[0]), *batch[1:])
    return batch if batch.is_floating_point() else batch / 255


def loss(model: Any, batch: Any, budget: Budget) -> Tensor:
    """Return the model's loss."""
    value: Tensor = model.loss(to_float(batch))
    return value


def _pieces(batch: Any) -> Any:
    parts = (batch,) if isinstance(batch, Tensor) else batch
    for pieces in zip(*(part.split(EVAL_BATCH_SIZE) for part in parts), strict=True):
        yield len(pieces[0]), to_float(pieces[0] if isinstance(batch, Tensor) else pieces)


@torch.no_grad()
def error_rate(model: Any, batch: Any, transform: Callable[[Any], Any] = lambda batch: batch) -> float:
    """Return the percentage of a task's answers that are wrong, with the same random crops at every call.

    Args:
        model: has `accuracy`.
        batch: prepared examples.
        transform: what the model is shown of a batch of them.

    """
    right, count = 0.0, 0
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model.eval()
        for n, piece in _pieces(batch):
            right, count = right + n * model.accuracy(transform(piece)), count + n
    return 100 * (1 - right / count)


@torch.no_grad()
def reconstruction_rmse(model: Any, images: Tensor) -> float:
    """Return the root mean squared error inside the masks, in gray levels of 0 … 255; the masks stay the same."""
    generator, total, count = torch.Generator().manual_seed(0), 0.0, 0
    model.eval()
    for n, x in _pieces(images):
        total, count = total + n * float(model.reconstruction_loss(x, model.mask(n, generator))), count + n
    return float(255 * (total / count) ** 0.5)
