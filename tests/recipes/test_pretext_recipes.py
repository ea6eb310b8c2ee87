"""The pretext tasks' recipes: they run, repeat, are measured alike, and their results bear out the book."""

import json
from typing import Any

import pytest
import torch

from lecturelib import recipes
from lecturelib.backbones import NetworkInNetwork
from lecturelib.datasets import load
from lecturelib.experiments import patch_shortcuts, pretext_table, runner
from lecturelib.recipes import pretext, pretext_measures, probes, rotnet
from lecturelib.recipes.recipe import example_count, head, prepared
from lecturelib.recipes.weights import read_metadata

NAMES = [recipe.name for recipe in pretext.RECIPES if recipe.dataset == "cifar10"]
STORED = ["rotation-cifar10", "relative-patch-cifar10", "inpainting-centre-cifar10", "inpainting-joint-cifar10"]
TASKS = ["rotation", "exemplar", "relative patch", "jigsaw", "inpainting, centre", "inpainting, blocks"]
TASKS += ["inpainting, silhouettes"]


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
@pytest.mark.parametrize("name", NAMES)
def test_a_smoke_run_repeats_with_its_seed_and_is_measured_alike(name):
    first, again = (recipes.run(name, "smoke", seed=0) for _ in range(2))
    for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(a, b)
    few = head(first.test, 40)
    measure = recipes.get(name).measure
    assert measure(first.model, few) == measure(first.model, few)
    assert 0 <= measure(first.model, few) <= 255


def test_rotations_of_digits_are_learnt_live():
    run = recipes.run("rotation-mnist-5k", "smoke")
    assert run.train.shape == (64, 1, 32, 32)
    assert torch.equal(run.train[:, :, 2:30, 2:30], load("mnist-5k").train.x[torch.linspace(0, 3999, 64).long()])
    assert recipes.results("rotation-mnist-5k")["budgets"]["cpu"]["mean"] < 5


@pytest.mark.needs_data("cifar10")
def test_exemplars_are_measured_on_their_own_images_and_no_others():
    train, valid, test = prepared(pretext.EXEMPLAR, "cpu")
    assert example_count(train) == pretext.EXEMPLARS
    assert torch.equal(train[1], torch.arange(pretext.EXEMPLARS))
    assert torch.equal(train[0], test[0])
    assert torch.equal(train[1], valid[1])
    x, _, held_out = prepared(pretext.ROTATION, "cpu")
    assert x.shape == (25_000, 3, 32, 32)
    assert torch.equal(held_out, load("cifar10").test.x)


def test_error_counts_what_is_wrong():
    """Three of eight wrong, in two pieces, whatever form the batch has."""

    class Known:
        def eval(self) -> None: ...

        def accuracy(self, batch: Any) -> float:
            images, y = batch
            return float((images[:, 0, 0, 0].round() == y).float().mean())

    images = torch.tensor([0.0, 0, 0, 0, 1, 1, 1, 1])[:, None, None, None].expand(8, 1, 2, 2)
    y = torch.tensor([0, 1, 0, 0, 1, 1, 0, 0])
    assert pretext_measures.error_rate(Known(), (images, y)) == pytest.approx(100 * 3 / 8)


@pytest.mark.needs_data("cifar10")
def test_gray_levels_are_the_root_of_the_mean_square():
    model = recipes.run("inpainting-centre-cifar10", "smoke").model
    images = load("cifar10").test.x[:30]
    with torch.no_grad():
        mask = model.mask(30)
        painted = model((1 - mask) * images / 255)
        expected = ((images / 255 - painted) * mask).square().sum() / (3 * mask.sum())
    assert pretext_measures.reconstruction_rmse(model, images) == pytest.approx(255 * float(expected) ** 0.5, rel=1e-4)


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
def test_probes_read_every_stage_and_the_mean_of_the_last():
    model = pretext_table.untrained(0)
    found = probes.probes(model, "smoke")
    assert list(found) == ["probe", *probes.LAYERS]
    assert found["probe"] == pytest.approx(probes.probe(model, "smoke"), abs=1.5)
    assert all(10 < value < 60 for value in found.values())
    tiles = recipes.run("jigsaw-normalised-cifar10", "smoke").model
    assert "probe, images as they are" in probes.probes(tiles, "smoke")


def test_a_classifier_on_a_block_reads_its_map_and_leaves_the_network_frozen():
    encoder = NetworkInNetwork(width=6)
    images = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    top = rotnet.BlockClassifier(encoder, 1, 6 * 8 * 8).train()
    torch.nn.functional.cross_entropy(top(images), torch.arange(8)).backward()
    assert all(p.grad is not None for p in top.parameters())
    assert all(p.grad is None for p in encoder.parameters())
    for name, value in encoder.state_dict().items():
        assert torch.equal(value, before[name])
    top.eval()
    torch.testing.assert_close(top(images), top.layers(encoder.eval().feature_maps(images)[1]))
    assert not any("frozen" in name for name in top.state_dict())


@pytest.mark.needs_data("cifar10")
def test_rotnet_runs_by_its_protocol():
    run = recipes.run("rotnet-cifar10", "smoke")
    assert list(rotnet.block_accuracies(run.model, "smoke")) == ["block 1", "block 2", "block 3", "block 4"]


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
def test_interrupted_baselines_are_resumed(tmp_path):
    path = tmp_path / "baselines.json"
    first = pretext_table.measure(path, seeds=[0], budget="smoke")
    assert [row["features"] for row in first["rows"]] == [pretext_table.PIXELS, pretext_table.RANDOM]
    second = pretext_table.measure(path, seeds=[0, 1], budget="smoke")
    assert second["rows"][:2] == first["rows"]
    assert len(second["rows"]) == 3
    assert json.loads(path.read_text())["rows"] == second["rows"]
    with pytest.raises(ValueError, match=r"^settings: "):
        pretext_table.measure(path, seeds=[0], budget="cpu")


@pytest.mark.needs_data("cifar10")
def test_a_lens_tells_the_place_of_a_patch():
    """Of the pixels themselves: with the lens a linear classifier reads the cell, without it hardly."""

    class Fringes(torch.nn.Module):
        """How red moves against green: their difference, along green's gradient."""

        def recolor(self, patches, generator=None):
            return patches

        def features(self, x):
            dy, dx = x[:, :, 1:, :-1] - x[:, :, :-1, :-1], x[:, :, :-1, 1:] - x[:, :, :-1, :-1]
            shift = x[:, 0] - x[:, 1]
            parts = [(shift[:, :-1, :-1] * d[:, 1]).mean(dim=(1, 2)) / (d[:, 1].square().mean(dim=(1, 2)) + 1e-3)
                     for d in (dy, dx)]  # fmt: skip
            return torch.stack(parts, dim=1)

    with_lens, without = (patch_shortcuts.place(Fringes(), lens, 2000) for lens in (patch_shortcuts.LENS, 0.0))
    assert with_lens > without + 4
    assert without < 20


def test_three_seeds_bear_out_what_the_chapters_say():
    rows = pretext_table.rows()
    mean = {title: sum(row["scores"]["probe"] for row in mine) / len(mine) for title, mine in rows.items()}
    few = (pretext_table.PIXELS, "inpainting, centre, joint loss")
    assert all(len(mine) == (1 if title in few else 3) for title, mine in rows.items())
    for task in TASKS:
        assert min(row["scores"]["probe"] for row in rows[task]) > max(
            row["scores"]["probe"] for row in rows[pretext_table.RANDOM]
        )
        assert mean[task] < mean["labels"]
    assert mean["rotation"] >= mean[pretext_table.RANDOM] + 8


def test_the_experiments_on_shortcuts_bear_out_what_the_chapter_says():
    rows = runner.read(patch_shortcuts.__name__)["rows"]
    found = {
        name: {key: [row["scores"][key] for row in rows if row["setup"] == name] for key in patch_shortcuts.NAMES}
        for name in patch_shortcuts.SETUPS
    }
    assert all(len(scores["probe"]) == 3 for scores in found.values())
    assert min(found["no gap"]["direction"]) > max(found["gap"]["direction"])
    assert min(found["lens"]["direction"]) > max(found["gap and jitter"]["direction"])
    for cured in ("lens, colours dropped", "lens, colours projected"):
        assert min(found["lens"]["place"]) > max(found[cured]["place"])


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
@pytest.mark.parametrize("name", STORED)
def test_stored_weights_have_the_error_that_stands_beside_them(name):
    recipe, metadata = recipes.get(name), read_metadata(recipes.get(name))
    _, _, test = prepared(recipe, metadata["budget"])
    few = head(test, 2000)
    model = recipes.load_model(name)
    assert recipe.measure(model, few) == pytest.approx(metadata["metrics"]["test"], abs=3 if recipe.unit == "%" else 2)
    assert abs(metadata["metrics"]["test"] - recipes.results(name)["budgets"]["cpu"]["mean"]) < 3
