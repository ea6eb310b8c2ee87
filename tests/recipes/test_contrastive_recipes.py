"""SimCLR's and CPC's recipes and experiments: they run, repeat and go on, and their results bear out the book."""

import json
from typing import Any

import pytest
import torch

from lecturelib import recipes
from lecturelib.augment import compose
from lecturelib.contrastive import CPC, SimCLR
from lecturelib.datasets import load
from lecturelib.experiments import (
    architectures,
    augmentation_pairs,
    longer_training,
    pretext_table,
    simclr_ablation,
)
from lecturelib.recipes import contrastive, pretext
from lecturelib.recipes.recipe import head
from lecturelib.recipes.weights import read_metadata

PAIRED = list(zip(architectures.BACKBONES, [*architectures.TASKS, "relative patch"], strict=True))
NAMES = [recipe.name for recipe in contrastive.RECIPES]


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
@pytest.mark.parametrize("name", NAMES)
def test_a_smoke_run_repeats_with_its_seed_and_is_measured_alike(name):
    first, again = (recipes.run(name, "smoke", seed=0) for _ in range(2))
    for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(a, b)
    few, measure = head(first.test, 40), recipes.get(name).measure
    assert measure(first.model, few) == measure(first.model, few)


@pytest.mark.needs_data("cifar10")
def test_the_loss_is_that_of_two_different_views():
    seen: list[torch.Tensor] = []

    class Watching(SimCLR):
        def loss(self, views: Any) -> torch.Tensor:
            seen.extend(views)
            return super().loss(views)

    images = load("cifar10").test.x[:8]
    model = pretext.build(images, Watching, **pretext.TINY)
    value = contrastive.view_loss(compose("crop", "color"), model, images)
    assert value.isfinite()
    assert len(seen) == 2
    assert seen[0].shape == (8, 3, 32, 32)
    assert not torch.equal(seen[0], seen[1])


@pytest.mark.needs_data("cifar10")
def test_nats_are_cpcs_loss():
    model = recipes.run("cpc-cifar10", "smoke").model
    images = load("cifar10").test.x[:30]
    assert isinstance(model, CPC)
    with torch.no_grad():
        assert contrastive.infonce(model, images) == pytest.approx(float(model.loss(images / 255)))


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
def test_interrupted_experiments_are_resumed(tmp_path):
    path = tmp_path / "augmentation-pairs.json"
    first = augmentation_pairs.measure(path, "smoke", seeds=(0,))
    cells, longer = ([row for row in first["rows"] if row["training"] == kind] for kind in ("a cell", "the recipe"))
    assert [row["augmentations"] for row in cells] == [["crop"], ["color"], ["crop", "color"]]
    assert [row["augmentations"] for row in longer] == [["crop"], ["color"]]
    again = augmentation_pairs.measure(path, "smoke", seeds=(0, 1))
    assert again["rows"][:5] == json.loads(json.dumps(first["rows"]))
    assert [(row["seed"], row["training"]) for row in again["rows"][5:]] == 2 * [(1, "the recipe")]
    changes = [simclr_ablation.USUAL, "linear projector", "no projector", "batch of 64", "twice as long"]
    found = simclr_ablation.measure(tmp_path / "settings.json", "smoke", changes)
    assert [row["change"] for row in found["rows"]] == [simclr_ablation.USUAL] * 3 + changes[1:]
    bare = next(row for row in found["rows"] if row["change"] == "no projector")
    assert bare["scores"]["before the projector"] == bare["scores"]["after"]


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
@pytest.mark.parametrize(("backbone", "task"), PAIRED)
def test_a_cell_of_the_grid_for_every_architecture_and_every_task(backbone, task):
    """Training changes every architecture's features, and so its probes."""
    trained, random = (
        architectures.cell(what, backbone, 4, 0, budget="smoke")["scores"] for what in (task, architectures.NOTHING)
    )
    assert trained.keys() == random.keys() == {"probe", "stage 1", "stage 2", "stage 3", "stage 4"}
    assert trained != random


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
def test_a_cell_of_the_grid_repeats():
    first, again = (architectures.cell("exemplar", "ResNet v2", 4, 0, budget="smoke")["scores"] for _ in range(2))
    assert first == again


def test_the_papers_table_is_that_of_the_lecture():
    """Its bold and underlined numbers, by what they mean."""
    tasks = [task for task, widths in architectures.PAPER_WIDTHS.items() for _ in widths]
    best = {name: tasks[max(range(11), key=values.__getitem__)] for name, values in architectures.PAPER.items()}
    assert best.pop("ResNet50 v1") == best.pop("VGG19-BN") == "relative patch"
    assert set(best.values()) == {"rotation"}
    assert all(len(values) == 11 for values in architectures.PAPER.values())
    ours = [name.replace("50", "").replace("19", "") for name in architectures.PAPER]
    assert ours == list(architectures.BACKBONES), "in the same order"
    header, lines = architectures.paper_table()
    table = {line[0]: dict(zip(header, line, strict=True)) for line in lines}
    assert table["rotation, 16x"]["RevNet50"] == table["rotation, 16x"]["RevNet50 (-)"] == "***53.7***"
    assert table["relative patch, 8x"]["ResNet50 v1"] == "***50.5***"
    assert (table["jigsaw, 8x"]["ResNet50 v1"], table["jigsaw, 8x"]["RevNet50"]) == ("**45.4**", "43.7")


def test_an_interaction_is_a_difference_of_differences():
    found = architectures.interaction("jigsaw", "rotation", "ResNet v1", "RevNet", 16)
    score = architectures.score
    means = [score(task, name, 16) for name in ("ResNet v1", "RevNet") for task in ("jigsaw", "rotation")]
    assert sum(found) / 3 == pytest.approx(means[0] - means[1] - (means[2] - means[3]), abs=1e-6)
    assert all(value > 0 for value in found), "what the chapter says of it"


def test_the_grid_is_complete():
    grid = architectures.GRIDS["cpu"]
    columns = architectures.columns(grid)
    assert len(columns) == (len(architectures.TASKS) + 1) * len(grid.widths)
    cells = {(row["task"], row["backbone"], row["width"], row["seed"]) for row in architectures.rows()}
    assert cells == {(t, b, w, s) for t, w in columns for b in architectures.BACKBONES for s in architectures.SEEDS}
    header, lines = architectures.summary()
    assert header[1:] == list(architectures.BACKBONES)
    assert [line[0] for line in lines][:2] == ["rotation, 8", "rotation, 16"]


@pytest.mark.needs_data("cifar10")
@pytest.mark.parametrize("name", longer_training.LONGER)
def test_longer_training_takes_four_times_as_many_steps(name):
    task, usual, images, passes = longer_training.LONGER[name]
    before, after = usual.budgets["cpu"], longer_training.longer(name, "cpu").budgets["cpu"]
    assert before.examples is not None
    assert images * passes == pytest.approx(longer_training.FACTOR * before.examples * before.epochs, rel=1e-3)
    assert (after.examples, after.epochs, after.batch_size) == (images, passes, before.batch_size)
    assert len(load("cifar10").train) >= images
    assert task in pretext_table.TASKS | pretext_table.CONTRASTIVE


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
def test_longer_training_goes_on_row_by_row(tmp_path):
    path = tmp_path / "rows.json"
    names = [row["name"] for row in longer_training.measure(path, "smoke", seeds=(0,))["rows"]]
    assert names == list(longer_training.LONGER)
    written = path.read_bytes()
    longer_training.measure(path, "smoke", seeds=(0,))
    assert path.read_bytes() == written
    with pytest.raises(ValueError, match=r"settings: expected those of rows\.json"):
        longer_training.measure(path, "cpu", seeds=(0,))


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
def test_stored_weights_find_partners():
    recipe, metadata = recipes.get("simclr-cifar10"), read_metadata(recipes.get("simclr-cifar10"))
    few = load("cifar10").test.x[:2000]
    assert recipe.measure(recipes.load_model(recipe.name), few) == pytest.approx(metadata["metrics"]["test"], abs=3)
