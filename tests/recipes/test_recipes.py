"""Recipes: a smoke run end to end, the JSON file, the weights, and what can go wrong."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

from lecturelib import paths, recipes
from lecturelib.__main__ import main
from lecturelib.datasets import available, checksum, load, names
from lecturelib.recipes import densities, fvsbn_nade
from lecturelib.recipes.recipe import BUDGETS, BY_SIZE, prepared
from lecturelib.recipes.reproduce import reproduce, settings
from lecturelib.recipes.weights import read_metadata, reproduce_command, store_weights, weights_path

EMBEDDED = ["fvsbn-mnist-5k", "fvsbn-mnist-5k-14", "nade-mnist-5k-14", "nade-untied-mnist-5k-14"]
STORED = ["fvsbn-binarized-mnist", "nade-binarized-mnist"]
WITH_WEIGHTS = sorted(path.stem for path in (paths.data_dir() / "weights").glob("*.safetensors"))


@pytest.fixture
def own_data_dir(tmp_path, monkeypatch):
    """A copy of the data folder without its weights, so that a test can write there."""
    copy = tmp_path / "data"
    shutil.copytree(paths.data_dir(), copy, ignore=shutil.ignore_patterns("weights"))
    monkeypatch.setattr(paths, "data_dir", lambda: copy)
    monkeypatch.setattr("lecturelib.recipes.weights.data_dir", lambda: copy)
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("name", EMBEDDED)
def test_smoke_run_learns_and_repeats_with_its_seed(name):
    """Better than the unigram-per-pixel baseline it starts from; same seed same weights, another seed not."""
    first, again, other = (recipes.run(name, "smoke", seed=seed) for seed in (0, 0, 1))
    x = first.train
    p = x.mean(0).clamp(1e-3, 1 - 1e-3)
    baseline = -(first.valid * p.log() + (1 - first.valid) * (1 - p).log()).sum(1).mean().item()
    assert first.history.best_valid < baseline
    for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert any(not torch.equal(a, b) for a, b in zip(first.model.parameters(), other.model.parameters(), strict=True))


def test_a_run_leaks_no_random_state():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    recipes.run("fvsbn-mnist-5k", "smoke", seed=1)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.slow
def test_reproduce_writes_numbers_that_the_model_bears_out(tmp_path, own_data_dir):
    recipe = recipes.get("nade-mnist-5k-14")
    entry = reproduce(recipe, "smoke", 2, results=tmp_path / "results", runs=tmp_path / "runs", store=True)
    content = json.loads((tmp_path / "results/nade-mnist-5k-14.json").read_text())
    assert content["budgets"]["smoke"] == json.loads(json.dumps(entry))
    assert content["dataset"] == {"name": "mnist-5k", "sha256": checksum("mnist-5k")}
    tests = [row["test"] for row in entry["seeds"]]
    assert entry["mean"] == pytest.approx(sum(tests) / 2, abs=1e-4)
    assert entry["spread"] == pytest.approx(abs(tests[0] - tests[1]) / 2**0.5, abs=1e-4)
    assert entry["command"] == "python -m lecturelib reproduce nade-mnist-5k-14 --budget smoke --seeds 2 --store"
    assert entry["hardware"]
    assert entry["versions"]["torch"] == torch.__version__.split("+")[0]
    run = recipes.run("nade-mnist-5k-14", "smoke", seed=1)
    assert entry["seeds"][1]["test"] == pytest.approx(recipe.measure(run.model, run.test), abs=1e-3)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["progress.json"]

    stored = read_metadata(recipe)
    best = min(entry["seeds"], key=lambda row: row["valid"])
    assert stored["seed"] == best["seed"]
    assert stored["metrics"]["test"] == pytest.approx(best["test"], abs=0.05), "half precision costs little"
    assert recipes.evaluate("nade-mnist-5k-14") == pytest.approx(stored["metrics"]["test"], abs=1e-3)


def test_budgets_share_one_file(tmp_path, own_data_dir):
    recipe = recipes.get("fvsbn-mnist-5k")
    (tmp_path / "fvsbn-mnist-5k.json").write_text('{"budgets": {"gpu": {"mean": 1}}}')
    reproduce(recipe, "smoke", 1, results=tmp_path, runs=tmp_path / "runs")
    budgets = json.loads((tmp_path / "fvsbn-mnist-5k.json").read_text())["budgets"]
    assert list(budgets) == ["smoke", "gpu"]
    assert budgets["gpu"] == {"mean": 1}
    assert budgets["smoke"]["spread"] is None


def test_measure_is_the_mean_over_examples_not_over_batches():
    model = fvsbn_nade.build_fvsbn(torch.tensor([[0.0, 1, 1], [1.0, 0, 1]]))
    x = torch.randint(0, 2, (1500, 3), generator=torch.Generator().manual_seed(0)).float()
    assert densities.mean_nats(model, x) == pytest.approx(-model.log_prob(x).mean().item(), abs=1e-5)


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_has_the_three_budgets_and_a_known_data_set(name):
    recipe = recipes.get(name)
    assert tuple(budget for budget in BY_SIZE if budget in recipe.budgets) == tuple(recipe.budgets)
    assert set(BUDGETS) <= set(recipe.budgets)
    assert recipe.dataset in names()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if recipe.dataset == "wikipedia-2014" else ())
        for name, recipe in recipes.RECIPES.items()
    ],
)
def test_results_are_the_recipes_own(name):
    """Command, published numbers and, rebuilt from the settings, the number of parameters."""
    recipe, results = recipes.get(name), recipes.results(name)
    assert results["recipe"] == name
    assert results["title"] == recipe.title
    assert results["published"] == [vars(number) for number in recipe.published]
    train = prepared(recipe, "smoke")[0] if available(recipe.dataset) else None
    for budget, entry in results["budgets"].items():
        assert entry["command"].startswith(f"python -m lecturelib reproduce {name} --budget {budget} ")
        assert entry["hardware"]
        if train is not None:
            model = recipe.build(train, **entry["settings"]["sizes"])
            assert entry["parameters"] == recipes.parameter_count(model)


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_stored_weights_keep_their_promise(name):
    """Metadata complete, and equal to the results file's best seed up to half precision."""
    recipe, stored, results = recipes.get(name), read_metadata(recipes.get(name)), recipes.results(name)
    entry = results["budgets"][stored["budget"]]
    row = next(row for row in entry["seeds"] if row["seed"] == stored["seed"])
    assert row["valid"] == min(r["valid"] for r in entry["seeds"])
    assert stored["metrics"]["test"] == pytest.approx(row["test"], abs=0.05)
    assert stored["hardware"] == entry["hardware"]
    assert results["dataset"]["sha256"] == checksum(recipe.dataset), "the data changed since the run"


@pytest.mark.slow
@pytest.mark.needs_data("binarized-mnist")
@pytest.mark.parametrize(("name", "at_most"), [("fvsbn-binarized-mnist", 97.6), ("nade-binarized-mnist", 88.9)])
def test_stored_weights_reach_the_papers_number_on_the_whole_test_set(name, at_most):
    value = recipes.evaluate(name)
    assert value == pytest.approx(read_metadata(recipes.get(name))["metrics"]["test"], abs=2e-3)
    assert value <= at_most


@pytest.mark.slow
@pytest.mark.needs_data("binarized-mnist")
@pytest.mark.parametrize("name", STORED)
def test_smoke_on_the_real_set(name):
    run = recipes.run(name, "smoke")
    p = run.train.mean(0).clamp(1e-3, 1 - 1e-3)
    baseline = -(run.valid * p.log() + (1 - run.valid) * (1 - p).log()).sum(1).mean().item()
    assert run.history.best_valid < baseline
    assert run.train.shape == (500, 784)


def test_mnist_5k_is_thresholded_at_one_half():
    train, _, _ = prepared(recipes.get("fvsbn-mnist-5k"), "cpu")
    assert torch.equal(train, (load("mnist-5k").train.x.flatten(1) > 0.5).float())


def test_damaged_and_absent_weights(own_data_dir, plain_errors):
    recipe = recipes.get("fvsbn-mnist-5k")
    made = r"run `python -m lecturelib reproduce fvsbn-mnist-5k --budget cpu --store` to make it$"
    with pytest.raises(ValueError, match=r"^weights: expected a file fvsbn-mnist-5k.safetensors .*got none; " + made):
        recipes.load_model("fvsbn-mnist-5k")
    run = recipes.run("fvsbn-mnist-5k", "smoke")
    path = store_weights(recipe, run.model, {"budget": "smoke", "seed": 0, "hardware": "a test"})
    assert path == weights_path(recipe)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:4], b""):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"^weights: expected a complete file .* got a damaged one .*; " + made):
            recipes.load_model("fvsbn-mnist-5k")


def test_weights_are_made_again_at_the_largest_budget_with_results():
    assert "--budget gpu" in reproduce_command("nade-binarized-mnist")
    assert "--budget cpu" in reproduce_command("rotation-cifar10")
    assert "--budget cpu" in reproduce_command("never-run")


COMMANDS = [
    ("reproduce nade-binarised-mnist", "recipe: expected one of ", "did you mean 'nade-binarized-mnist'?"),
    (
        "reproduce fvsbn-mnist-5k --budget huge",
        "budget of fvsbn-mnist-5k: expected one of smoke, cpu, gpu",
        "got 'huge'",
    ),
    ("reproduce fvsbn-mnist-5k --seeds 0", "seeds: expected a positive integer, got 0", ""),
    ("evaluate pixelrnn", "recipe: expected one of ", "got 'pixelrnn'"),
]


@pytest.mark.parametrize(("line", "start", "rest"), COMMANDS)
def test_command_line_errors_are_one_line(capsys, plain_errors, line, start, rest):
    assert main(line.split()) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {start}")
    assert rest in err
    assert err.count("\n") == 1


def test_command_line_reproduces_and_evaluates(tmp_path, own_data_dir, capsys):
    line = f"reproduce fvsbn-mnist-5k --budget smoke --store --results {tmp_path}/r --runs {tmp_path}/runs"
    assert main(line.split()) == 0
    assert "fvsbn-mnist-5k (smoke): test negative log-likelihood" in capsys.readouterr().out
    assert main(["evaluate", "fvsbn-mnist-5k"]) == 0
    assert "(stored: " in capsys.readouterr().out


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_results_are_of_the_recipe_as_it_is(name):
    recipe = recipes.get(name)
    for budget, entry in recipes.results(name)["budgets"].items():
        assert entry["settings"] == json.loads(json.dumps(settings(recipe.budgets[budget]))), "run it anew"


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    recipe, path = recipes.get("fvsbn-mnist-5k-14"), tmp_path / "a.checkpoint"
    recipes.run(recipe, "smoke", checkpoint=path)
    changed = replace(recipe, budgets={"smoke": replace(recipe.budgets["smoke"], sparsity=1.0)})
    with pytest.raises(ValueError, match=r"^checkpoint: expected .* to be of a run with .*sparsity=1.0"):
        recipes.run(changed, "smoke", checkpoint=path)


def test_weights_of_a_smaller_budget_replace_none_of_a_larger(own_data_dir, tmp_path):
    recipe = recipes.get("fvsbn-mnist-5k-14")
    run = recipes.run(recipe, "smoke")
    store_weights(recipe, run.model, {"budget": "cpu", "seed": 0, "hardware": "a test"})
    with pytest.raises(ValueError, match=r"^store: expected a budget of at least 'cpu', .* got 'smoke'"):
        reproduce(recipe, "smoke", 1, store=True)
    reproduce(recipe, "smoke", 1, results=tmp_path, runs=tmp_path / "runs", weights=tmp_path / "weights")
    assert (tmp_path / "weights/fvsbn-mnist-5k-14.safetensors").exists()
    assert read_metadata(recipe)["budget"] == "cpu"


def test_weights_of_another_model(own_data_dir):
    recipe = recipes.get("fvsbn-mnist-5k-14")
    nade = recipes.run("nade-mnist-5k-14", "smoke")
    store_weights(recipe, nade.model, {"budget": "smoke", "seed": 0, "hardware": "a test"})
    with pytest.raises(ValueError, match=r"^weights: expected weights that fit fvsbn-mnist-5k-14, got: .*to make it$"):
        recipes.load_model("fvsbn-mnist-5k-14")
