"""The recipes of the PixelCNN and its relatives: they learn, repeat, and their stored weights bear the numbers out."""

import math
from typing import Any

import pytest
import torch

from lecturelib import recipes
from lecturelib.datasets import load
from lecturelib.recipes import densities
from lecturelib.recipes.recipe import prepared
from lecturelib.recipes.weights import read_metadata

LIVE = [
    "pixelcnn-mnist-5k-14",
    "dilated-pixelcnn-mnist-5k-14",
    "gated-pixelcnn-mnist-5k-14",
    "row-lstm-mnist-5k-14",
    "multi-scale-pixelcnn-mnist-5k-14",
]
STORED = {"pixelcnn-binarized-mnist": 83.0, "gated-pixelcnn-binarized-mnist": 81.3}


@pytest.mark.slow
@pytest.mark.parametrize("name", LIVE)
def test_smoke_run_learns_and_repeats_with_its_seed(name):
    """Better than one probability for all pixels; same seed, same weights (other seeds: see test_recipes.py)."""
    first, again = (recipes.run(name, "smoke", seed=0) for _ in range(2))
    p = first.train.float().mean().item()
    ink = first.valid.float().mean().item()
    baseline = -first.valid[0].numel() * (ink * math.log(p) + (1 - ink) * math.log(1 - p))
    assert first.history.best_valid < baseline
    for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", LIVE)
def test_live_runs_see_the_same_digits_as_those_of_the_other_chapters(name):
    ours, theirs = prepared(recipes.get(name), "cpu"), prepared(recipes.get("nade-mnist-5k-14"), "cpu")
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == torch.uint8
        assert torch.equal(a.flatten(1).float(), b)


def test_three_seeds_bear_out_what_the_chapter_says():
    """Beyond the spread: dilation helps, the gated model does best, and all beat the FVSBN."""
    ours = {name: recipes.results(name)["budgets"]["cpu"] for name in [*LIVE, "fvsbn-mnist-5k-14", "nade-mnist-5k-14"]}
    plain, dilated, gated, row_lstm, multi_scale = (ours[name] for name in LIVE)
    assert all(len(entry["seeds"]) == 3 for entry in ours.values())
    assert dilated["mean"] + dilated["spread"] < plain["mean"] - plain["spread"]
    assert gated["mean"] + gated["spread"] < min(
        e["mean"] - e["spread"] for e in (plain, dilated, row_lstm, multi_scale)
    )
    assert max(e["mean"] for e in (plain, dilated, gated, row_lstm, multi_scale)) < ours["fvsbn-mnist-5k-14"]["mean"]


@pytest.mark.slow
@pytest.mark.needs_data("binarized-mnist")
@pytest.mark.parametrize("name", STORED)
def test_stored_weights_keep_their_promise_on_the_whole_test_set(name):
    recipe, stored = recipes.get(name), read_metadata(recipes.get(name))
    entry = recipes.results(name)["budgets"][stored["budget"]]
    row = next(row for row in entry["seeds"] if row["seed"] == stored["seed"])
    assert row["valid"] == min(r["valid"] for r in entry["seeds"])
    value = recipe.measure(recipes.load_model(name), prepared(recipe, stored["budget"])[2])
    assert value == pytest.approx(stored["metrics"]["test"], abs=2e-3)
    assert value == pytest.approx(row["test"], abs=0.05), "half precision costs little"
    assert value <= STORED[name]


@pytest.mark.slow
@pytest.mark.needs_data("binarized-mnist")
@pytest.mark.parametrize("name", STORED)
def test_smoke_on_the_real_digits(name):
    run = recipes.run(name, "smoke")
    assert run.train.shape == (500, 1, 28, 28)
    assert run.history.best_valid < 784 * math.log(2) / 2


@pytest.mark.needs_data("cifar10")
@pytest.mark.parametrize("name", ["pixelcnn-cifar10", "gated-pixelcnn-cifar10"])
def test_smoke_on_real_photographs(name):
    run = recipes.run(name, "smoke")
    assert run.train.shape == (16, 3, 32, 32)
    assert run.train.dtype == torch.uint8
    assert torch.equal(run.test, load("cifar10").test.x[torch.linspace(0, 9999, 16).long()])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        untrained = recipes.get(name).build(run.train, **recipes.get(name).budgets["smoke"].sizes)
    assert recipes.get(name).measure(run.model, run.train) < recipes.get(name).measure(untrained, run.train) - 0.01


@pytest.mark.needs_data("cifar10")
def test_stored_weights_predict_photographs():
    recipe = recipes.get("gated-pixelcnn-cifar10")
    x, stored = load("cifar10").test.x[::500], read_metadata(recipe)["metrics"]["test"]
    with torch.no_grad():
        bits = recipes.load_model(recipe.name).bits_per_dim(x)
    assert stored < 3.8
    assert abs(bits.mean() - stored) < 3 * bits.std() / len(x) ** 0.5


def test_bits_per_dim_are_a_mean_over_examples():
    model: Any = recipes.get("pixelcnn-cifar10").build(
        torch.zeros(1, 3, 4, 4), hidden_channels=6, num_layers=1, head_channels=6
    )
    x = torch.randint(0, 256, (densities.EVAL_BATCH_SIZE + 3, 3, 4, 4), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        nats = -model.log_prob(x).double().mean().item()
    assert densities.mean_bits_per_dim(model, x) == pytest.approx(nats / (48 * math.log(2)), rel=1e-5)
