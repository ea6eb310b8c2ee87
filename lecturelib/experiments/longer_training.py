"""What four times the training does for rotations, exemplars and SimCLR.

    python -m lecturelib experiment longer-training       # to results/experiments/longer-training.json

The question is whether their order stays. Each is trained as its recipe says, but for four times as many steps, on more
images. An exemplar network, whose images are classes, also on as few as before.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lecturelib.experiments import pretext_table, runner
from lecturelib.recipes import contrastive, pretext, recipe
from lecturelib.recipes.probes import LABELS, probes
from lecturelib.recipes.recipe import Recipe

SEEDS, FACTOR = (0, 1, 2), 4
# task, images and passes over them: four times as many steps as the recipe of the table's row
LONGER: Mapping[str, tuple[str, Recipe, int, int]] = {
    "rotation": ("rotation", pretext.ROTATION, 33_333, 3),
    "exemplar": ("exemplar", pretext.EXEMPLAR, 1000, 400),
    "exemplar, 4,000 classes": ("exemplar", pretext.EXEMPLAR, 4000, 100),
    "SimCLR": ("SimCLR", contrastive.SIMCLR_CIFAR10, 40_000, 5),
}


def longer(name: str, budget: str) -> Recipe:
    """Return the recipe of a row, with the row's images and passes at the cpu budget; elsewhere as it is."""
    _, usual, images, passes = LONGER[name]
    settings, prepare = usual.budgets[budget], usual.prepare
    if usual is pretext.EXEMPLAR:
        classes = images if budget == "cpu" else pretext.EXEMPLARS
        prepare = partial(pretext.with_surrogate_labels, classes=classes)
        settings = replace(settings, sizes={**settings.sizes, "classes": classes})
    if budget == "cpu":
        settings = replace(settings, epochs=passes, examples=images)
    return replace(usual, prepare=prepare, budgets={budget: settings})


def measure(path: Path, budget: str = "cpu", seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train and probe all rows; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    tasks = {name: vars(longer(name, budget).budgets[budget]) for name in LONGER}
    content = runner.open_results(path, {"tasks": tasks, "labels": LABELS[budget]})

    def row(name: str, seed: int) -> dict[str, Any]:
        began = time.process_time()
        model = recipe.run(longer(name, budget), budget, seed=seed).model
        seconds = round(time.process_time() - began, 1)
        scores = {key: round(value, 2) for key, value in probes(model, budget).items()}
        return {"cpu_seconds": seconds, "scores": scores}

    return runner.run_missing(path, content, [{"name": name, "seed": seed} for seed in seeds for name in LONGER], row)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each name, one per seed.

    Raises:
        ValueError: it has not been run.

    """
    found = runner.read(__name__)["rows"]
    return {name: [row for row in found if row["name"] == name] for name in LONGER}


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: the probe after the recipe's training, and after four times as much.

    Raises:
        ValueError: it has not been run.

    """
    before, lines = pretext_table.rows(contrastive=True), []
    for name, mine in rows().items():
        minutes = sum(row["cpu_seconds"] for row in mine) / len(mine) / 60
        usual = runner.means(before[LONGER[name][0]], ["probe"])
        lines.append([name, *usual, *runner.means(mine, ["probe"]), f"{minutes:.1f}", str(len(mine))])
    return ["task", "as in the table above, %", "four times as long, %", "CPU minutes", "seeds"], lines
