"""The recipe on pen strokes: its noise, its measure, its baseline, and what is stored."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.distributions import Bernoulli, MultivariateNormal

from lecturelib import checks, recipes
from lecturelib.datasets import Split, load
from lecturelib.recipes import handwriting
from lecturelib.recipes.handwriting import GRID, PADDING
from lecturelib.recipes.recipe import prepared
from lecturelib.recipes.weights import read_metadata
from lecturelib.recurrent.handwriting import HandwritingRNN, Mixture

NAMES = [recipe.name for recipe in handwriting.RECIPES]


def strokes(n: int = 12, steps: int = 9, seed: int = 0) -> Split:
    """Drawings on the grid, of 1 to `steps` steps, zero behind, the pen lifted at the end."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, steps + 1, (n,), generator=generator)
    lengths[0] = steps
    x = torch.zeros(n, steps, 3)
    for k, length in enumerate(lengths.tolist()):
        x[k, :length, :2] = torch.randint(-60, 61, (length, 2), generator=generator) * GRID
        x[k, :length, 2] = (torch.rand(length, generator=generator) < 0.2).float()
        x[k, length - 1, 2] = 1
    return Split(x, lengths=lengths)


def model(**sizes: int) -> HandwritingRNN:
    torch.manual_seed(3)
    return handwriting.build(torch.zeros(0), **({"hidden_size": 6, "num_layers": 2, "components": 3} | sizes)).double()


def test_prepared_drawings_are_the_files_moved_within_a_cell_and_always_the_same():
    split = strokes(500)
    assert split.lengths is not None
    x = handwriting.drawings(split)
    assert torch.equal(x, handwriting.drawings(split))
    assert torch.equal(handwriting.lengths(x), split.lengths)
    real = torch.arange(9) < split.lengths[:, None]
    assert torch.equal(x[real][:, 2], split.x[real][:, 2])
    assert torch.equal(x[~real], torch.tensor([0.0, 0.0, PADDING]).expand(int((~real).sum()), 3))
    noise = (x - split.x)[real][:, :2] / GRID
    assert noise.abs().max() <= 0.5 + 1e-4
    assert noise.mean().abs() < 0.03
    assert noise.var().item() == pytest.approx(1 / 12, rel=0.05)  # a uniform density's
    assert torch.corrcoef(noise.T)[0, 1].abs() < 0.1


def test_training_draws_the_noise_anew_and_from_the_global_generator():
    x = handwriting.drawings(strokes())
    network, budget = model(), handwriting.RECIPES[0].budgets["smoke"]

    def loss(seed: int, training: bool) -> float:
        torch.manual_seed(seed)
        return handwriting.negative_log_likelihood(network.train(training), x.double(), budget).item()

    assert loss(0, True) == loss(0, True) != loss(1, True)
    assert loss(0, False) == loss(1, False)
    again = handwriting.dequantised(x)
    assert torch.equal((again[..., :2] / GRID).round(), (x[..., :2] / GRID).round())  # the cell is not left
    assert not torch.equal(again[..., :2], x[..., :2])


@pytest.mark.parametrize("batch_size", [1, 5, 1000])
def test_loss_and_measure_equal_drawing_by_drawing(batch_size, monkeypatch):
    monkeypatch.setattr(handwriting, "EVAL_BATCH_SIZE", batch_size)
    split, network = strokes(17), model().eval()
    assert split.lengths is not None
    x = handwriting.drawings(split).double()
    with torch.no_grad():
        one_by_one = [network.log_prob(row[None, :n]).item() for row, n in zip(x, split.lengths.tolist(), strict=True)]
        loss = handwriting.negative_log_likelihood(network, x, handwriting.RECIPES[0].budgets["smoke"]).item()
    expected = -sum(one_by_one) / 17
    assert handwriting.mean_nats(network, x) == pytest.approx(expected, rel=1e-9)
    assert loss == pytest.approx(expected, rel=1e-9)


def test_where_values_cannot_be_read_the_loss_is_the_same(monkeypatch):
    x, network, budget = handwriting.drawings(strokes(17)).double(), model().eval(), handwriting.live()
    expected = handwriting.negative_log_likelihood(network, x, budget)
    monkeypatch.setattr(checks, "can_read", lambda x: False)
    torch.testing.assert_close(handwriting.negative_log_likelihood(network, x, budget), expected, rtol=1e-9, atol=0)
    on_meta = handwriting.negative_log_likelihood(network.to("meta").train(), x.to("meta"), budget)
    assert on_meta.device.type == "meta"


def test_the_loss_computes_no_more_steps_than_a_bucket_needs():
    seen: list[tuple[int, int]] = []

    class Spy:
        training = False

        def log_prob(self, x: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
            seen.append((x.shape[1], int(n.max())))
            return n.double()

    handwriting.negative_log_likelihood(Spy(), handwriting.drawings(strokes(40)), handwriting.live())
    assert len(seen) == handwriting.BUCKETS
    assert all(width == longest for width, longest in seen)
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]


def test_the_baseline_equals_torch_distributions_and_no_other_gaussian_does_better():
    split = strokes(200)
    assert split.lengths is not None
    x = handwriting.drawings(split).double()
    steps = x[torch.arange(9) < split.lengths[:, None]]
    fitted = handwriting.single_gaussian(x)
    offsets, pen = steps[:, :2], steps[:, 2]
    gaussian = MultivariateNormal(offsets.mean(0), torch.cov(offsets.T, correction=0))
    log_prob = gaussian.log_prob(offsets) + Bernoulli(pen.mean()).log_prob(pen)
    nats = handwriting.baseline_nats(fitted, x)
    assert nats == pytest.approx(-log_prob.sum().item() / 200, rel=1e-9)
    for change in (0.02, -0.02):
        for name in ("e_hat", "mu", "sigma_hat", "rho_hat"):
            other = replace(fitted, **{name: getattr(fitted, name) + change})
            assert handwriting.baseline_nats(other, x) > nats


def test_the_nats_bound_those_of_the_grid_from_above():
    """-log of the probability of a cell ≤ the mean of -log p(x + u) - log of its area, here by quadrature."""
    torch.manual_seed(0)
    cell, n = 0.5, 200
    u = (torch.arange(n).double() + 0.5) / n - 0.5
    places = torch.stack(torch.meshgrid(u, u, indexing="ij"), dim=-1) * cell
    for _ in range(5):
        log_p = Mixture.from_outputs(torch.randn(1 + 6 * 3).double()).log_density(places + torch.randn(2))
        exact = -(log_p.exp().mean() * cell**2).log().item()
        bound = -log_p.mean().item() - 2 * math.log(cell)
        assert exact < bound < exact + 2


@pytest.mark.needs_data("omniglot-strokes")
def test_offsets_of_the_set_lie_on_the_grid():
    data = load("omniglot-strokes")
    cells = data.train.x[..., :2] / GRID
    assert (cells - cells.round()).abs().max() < 0.1
    train, _, test = prepared(recipes.get(NAMES[0]), "cpu")
    assert (len(train), len(test)) == (5000, 1000)
    assert torch.equal((test[..., :2] / GRID).round(), (data.test.x[..., :2] / GRID).round())


@pytest.mark.slow
@pytest.mark.needs_data("omniglot-strokes")
@pytest.mark.parametrize("name", NAMES)
def test_smoke_run_beats_one_gaussian_and_repeats_with_its_seed(name):
    first, again = (recipes.run(name, "smoke", seed=0) for _ in range(2))
    baseline = handwriting.baseline_nats(handwriting.single_gaussian(first.train), first.valid)
    assert first.history.best_valid < baseline
    assert recipes.get(name).measure(first.model, first.valid) == pytest.approx(first.history.best_valid, abs=1e-3)
    for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_live_networks_are_of_one_size():
    three, one = (
        recipes.parameter_count(recipe.build(torch.zeros(0), **recipe.budgets["cpu"].sizes))
        for recipe in handwriting.RECIPES
    )
    assert one == pytest.approx(three, rel=0.02)


def test_a_sample_ends_with_a_stroke():
    points = torch.zeros(6, 3)
    points[[1, 4], 2] = 1
    assert [len(handwriting.finished(points, n)) for n in (1, 2, 3, 5, 6)] == [2, 2, 5, 5, 6]


@pytest.mark.slow
def test_own_strokes_are_trained_on_in_their_own_grid(tmp_path):
    splits = {part: strokes(40, seed=seed) for seed, part in enumerate(("train", "valid", "test"))}
    for split in splits.values():
        split.x[..., :2] *= 54.31 / 40  # whole numbers of 1/40
    budget = replace(handwriting.RECIPES[0].budgets["smoke"], epochs=3, batch_size=10)
    run = handwriting.train_on(splits, 40, budget, seed=1, checkpoint=tmp_path / "own.checkpoint")
    assert (tmp_path / "own.checkpoint").exists()
    assert torch.equal((run.test[..., :2] * 40).round(), (splits["test"].x[..., :2] * 40).round())
    assert run.history.train[-1] < run.history.train[0]
    assert run.history.best_valid == pytest.approx(handwriting.mean_nats(run.model, run.valid), abs=1e-3)
    again: Any = handwriting.train_on(splits, 40, budget, seed=1)
    assert again.history.train == run.history.train


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"splits": {}}, ValueError, "splits: expected strokes and their lengths for 'train', got only nothing"),
        ({"unit": 0}, ValueError, "unit: expected a positive number of cells, got 0"),
        ({"budget": "gpu"}, TypeError, r"budget: expected a Budget, such as RECIPES\[0\].budgets\['gpu'\], got 'gpu'"),
    ],
)
def test_bad_input_of_own_strokes(plain_errors, change, error, message):
    splits = {part: strokes(4, seed=seed) for seed, part in enumerate(("train", "valid", "test"))}
    given = {"splits": splits, "unit": 40, "budget": handwriting.RECIPES[0].budgets["smoke"]} | change
    with pytest.raises(error, match=message):
        handwriting.train_on(**given)


@pytest.mark.slow
@pytest.mark.needs_data("omniglot-strokes")
def test_stored_weights_keep_their_promise_on_the_whole_test_set():
    recipe = recipes.get(NAMES[0])
    stored, network = read_metadata(recipe), recipes.load_model(recipe.name)
    entry = recipes.results(recipe.name)["budgets"][stored["budget"]]
    row = next(row for row in entry["seeds"] if row["seed"] == stored["seed"])
    assert row["valid"] == min(r["valid"] for r in entry["seeds"])
    train, _, test = prepared(recipe, stored["budget"])
    value = recipe.measure(network, test)
    assert value == pytest.approx(stored["metrics"]["test"], abs=2e-2)
    assert value == pytest.approx(row["test"], abs=0.5), "half precision costs little"
    assert value < handwriting.baseline_nats(handwriting.single_gaussian(train), test) - 80
