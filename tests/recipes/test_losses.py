"""No forward and no loss waits for the host: every recipe's loss runs on the meta device, where no value can be read.

What reads a value there (`.item()`, `.tolist()`, a branch on a tensor) raises; on a GPU it would wait for the device.
"""

from dataclasses import replace
from typing import Any

import pytest
import torch

from lecturelib import recipes
from lecturelib.datasets import load
from lecturelib.recipes.recipe import head

WIKIPEDIA = "wikipedia-2014"  # 17 million words to read


def batch_of(name: str, n: int = 8):
    """Return a few prepared examples; of a text, from its beginning."""
    recipe = recipes.get(name)
    data: Any = load(recipe.dataset)
    split = data.train
    rows = {part: getattr(split, part)[:2000] for part in ("x", "y", "lengths") if getattr(split, part) is not None}
    return head(recipe.prepare(replace(split, **rows)), n)


def on_meta(batch):
    return batch.to("meta") if isinstance(batch, torch.Tensor) else tuple(part.to("meta") for part in batch)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.needs_data(of.dataset), *[pytest.mark.slow] * (of.dataset == WIKIPEDIA)])
        for name, of in recipes.RECIPES.items()
    ],
)
def test_the_loss_runs_without_values(name):
    """Forward, in training and out of it, and backward."""
    recipe = recipes.get(name)
    settings, batch = recipe.budgets["smoke"], batch_of(name)
    with torch.random.fork_rng():
        model = recipe.build(batch, **settings.sizes).to("meta")
        value = recipe.loss(model.train(), on_meta(batch), settings)
        value.backward()
        with torch.no_grad():
            other = recipe.loss(model.eval(), on_meta(batch), settings)
    for got in (value, other):
        assert got.shape == ()
        assert got.device.type == "meta"
    assert any(p.grad is not None for p in model.parameters())
