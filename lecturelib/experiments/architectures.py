"""Tasks x architectures x widths, in the form of Table 1 of Kolesnikov, Zhai and Beyer (2019), at CIFAR-10's scale.

    python -m lecturelib experiment architectures                          # to results/experiments/architectures.json
    python -m lecturelib experiment architectures --budget gpu --processes 8       # so many cells at once, a GPU each

Every cell is one network: trained by one task, as its recipe says but for a quarter of the steps, and read by a
linear probe from 5,000 labels, after each of its four stages and after the last. Widths are those of the first stage.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from torch import nn

from lecturelib.backbones import VGG, ResNet, ResNetV2, RevNet
from lecturelib.experiments import runner
from lecturelib.recipes import contrastive, pretext, recipe
from lecturelib.recipes.probes import LAYERS, probes
from lecturelib.recipes.recipe import Recipe

SEEDS = (0, 1, 2)
LABELS = {"smoke": 300, "cpu": 5000, "gpu": 45_000}
BACKBONES: Mapping[str, Callable[..., nn.Module]] = {
    "RevNet": RevNet,
    "ResNet v2": ResNetV2,
    "ResNet v1": ResNet,
    "RevNet (-)": partial(RevNet, final_relu=False),
    "ResNet v2 (-)": partial(ResNetV2, final_relu=False),
    "VGG-BN": VGG,
}
TASKS = {
    "rotation": pretext.ROTATION,
    "exemplar": pretext.EXEMPLAR,
    "relative patch": pretext.RELATIVE_PATCH,
    "jigsaw": pretext.JIGSAW,
    "SimCLR": contrastive.SIMCLR_CIFAR10,
}
NOTHING = "random weights"
# Their Table 1: accuracies in % of a linear classifier of ImageNet. Widths are factors: a ResNet's first stage has 16
# times so many channels, so 4 is the usual ResNet-50.
PAPER_WIDTHS = {"rotation": (4, 8, 12, 16), "exemplar": (4, 8, 12), "relative patch": (4, 8), "jigsaw": (4, 8)}
PAPER: Mapping[str, Sequence[float]] = {
    "RevNet50": (47.3, 50.4, 53.1, 53.7, 42.4, 45.6, 46.4, 40.6, 45.0, 40.1, 43.7),
    "ResNet50 v2": (43.8, 47.5, 47.2, 47.6, 43.0, 45.7, 46.6, 42.2, 46.7, 38.4, 41.3),
    "ResNet50 v1": (41.7, 43.4, 43.3, 43.2, 42.8, 46.9, 47.7, 46.8, 50.5, 42.2, 45.4),
    "RevNet50 (-)": (45.2, 51.0, 52.8, 53.7, 38.0, 42.6, 44.3, 33.8, 43.5, 36.1, 41.5),
    "ResNet50 v2 (-)": (38.6, 44.5, 47.3, 48.2, 33.7, 36.7, 38.2, 38.6, 43.4, 32.5, 34.4),
    "VGG19-BN": (16.8, 14.6, 16.6, 22.7, 26.4, 28.3, 29.0, 28.5, 29.4, 19.8, 21.1),
}


@dataclass(frozen=True)
class Grid:
    """Which cells there are, all tasks at all widths, and how deep the networks: `blocks` a stage, for VGG `layers`."""

    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    layers: tuple[int, ...]


GRIDS = {
    "smoke": Grid((4,), (1, 1, 1, 1), (1, 1, 1, 1)),
    "cpu": Grid((8, 16), (1, 1, 1, 1), (2, 2, 4, 4)),
    "gpu": Grid((32, 64, 128), (2, 2, 2, 2), (2, 2, 4, 4)),
}
# so many epochs and examples of each task take a quarter of its recipe's steps
SHORTER = {
    "rotation": (1, 6250),
    "exemplar": (25, 1000),
    "relative patch": (4, 25_000),
    "jigsaw": (3, 12_500),
    "SimCLR": (1, 12_500),
}


def shortened(task: str, budget: str) -> Recipe:
    """Return the recipe of a task, at the cpu budget with fewer steps, elsewhere as it is."""
    usual = TASKS[task]
    if budget != "cpu":
        return usual
    epochs, examples = SHORTER[task]
    return replace(usual, budgets={"cpu": replace(usual.budgets["cpu"], epochs=epochs, examples=examples)})


def cell(task: str, backbone: str, width: int, seed: int, *, budget: str) -> dict[str, Any]:
    """Train one network, and return its probes.

    Raises:
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    grid, began = GRIDS[budget], time.process_time()
    mine = shortened("rotation" if task == NOTHING else task, budget)
    sizes = {"width": width, "blocks": grid.layers if backbone == "VGG-BN" else grid.blocks}
    build = partial(mine.build, backbone=BACKBONES[backbone])
    settings = replace(mine.budgets[budget], sizes={**mine.budgets[budget].sizes, **sizes})
    mine = replace(mine, build=build, budgets={budget: settings})
    if task == NOTHING:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = build(torch.zeros(1, 3, 32, 32), **settings.sizes)
    else:
        model = recipe.run(mine, budget, seed=seed).model
    seconds = round(time.process_time() - began, 1)
    found = probes(model, budget, labels=LABELS[budget])
    return {"cpu_seconds": seconds, "scores": {name: round(value, 2) for name, value in found.items()}}


def measure(path: Path, budget: str = "cpu", processes: int = 1, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train and probe all cells; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    grid = GRIDS[budget]
    tasks = {task: vars(shortened(task, budget).budgets[budget]) for task in TASKS}
    # Seeds, widths and tasks set rows apart; a file goes on when there are more of them.
    sizes = {"blocks": grid.blocks, "layers": grid.layers}
    content = runner.open_results(path, {"sizes": sizes, "tasks": tasks, "labels": LABELS[budget]})
    cases = [
        {"task": task, "backbone": backbone, "width": width, "seed": seed}
        for seed in seeds
        for task, width in columns(grid)
        for backbone in BACKBONES
    ]
    return runner.run_missing(path, content, cases, partial(cell, budget=budget), processes=processes)


def columns(grid: Grid) -> list[tuple[str, int]]:
    """Return the columns of the table, tasks and widths: first those of the first width."""
    return [(task, width) for width in grid.widths for task in (*TASKS, NOTHING)]


def rows() -> list[dict[str, Any]]:
    """Return the cells: `task`, `backbone`, `width`, `seed`, `scores` and `cpu_seconds`.

    Raises:
        ValueError: it has not been run.

    """
    found: list[dict[str, Any]] = runner.read(__name__)["rows"]
    return found


def of_cell(task: str, backbone: str, width: int) -> list[dict[str, Any]]:
    """Return the rows of a cell, one per seed.

    Raises:
        ValueError: there is no such cell, or nothing has been run.

    """
    place = {"task": task, "backbone": backbone, "width": width}
    cell = [row for row in rows() if row.items() >= place.items()]
    if not cell:
        raise ValueError(f"task, backbone, width: expected a cell of the grid, got {task!r}, {backbone!r}, {width}")
    return cell


def score(task: str, backbone: str, width: int, name: str = "probe") -> float:
    """Return a cell's mean over seeds of one of its scores."""
    return mean(float(row["scores"][name]) for row in of_cell(task, backbone, width))


def by_task(width: int) -> dict[str, dict[str, float]]:
    """Return for each architecture the score of each task, and of random weights, at one of the widths.

    Raises:
        ValueError: a cell has not been run.

    """
    return {name: {task: score(task, name, width) for task in (*TASKS, NOTHING)} for name in BACKBONES}


def gains() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: points that the largest width gains on the smallest, pair by pair of a seed.

    Raises:
        ValueError: it has not been run.

    """
    grid = GRIDS["cpu"]
    order, lines = [*TASKS, NOTHING], []
    probe = {(r["task"], r["backbone"], r["width"], r["seed"]): r["scores"]["probe"] for r in rows()}
    for name in BACKBONES:
        won = [
            {
                task: probe[task, name, max(grid.widths), seed] - probe[task, name, min(grid.widths), seed]
                for task in order
            }
            for seed in SEEDS
        ]
        lines.append([name, *runner.means([{"scores": scores} for scores in won], order)])
    return ["network", *order], lines


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: a row for each task and width, a column for each network; mean ± spread.

    Raises:
        ValueError: it has not been run.

    """
    order = [*TASKS, NOTHING]
    found = sorted(columns(GRIDS["cpu"]), key=lambda column: (order.index(column[0]), column[1]))
    lines = [
        [f"{task}, {width}", *(runner.means(of_cell(task, name, width), ["probe"])[0] for name in BACKBONES)]
        for task, width in found
    ]
    return ["task, channels", *BACKBONES], lines


def paper_table() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the paper's Table 1; bold: the best network of a row, italic: a network's best task."""
    columns = [(task, factor) for task, factors in PAPER_WIDTHS.items() for factor in factors]
    best = {name: max(values) for name, values in PAPER.items()}
    lines = []
    for k, (task, factor) in enumerate(columns):
        row = {name: values[k] for name, values in PAPER.items()}
        marks = {name: "**" * (v == max(row.values())) + "*" * (v == best[name]) for name, v in row.items()}
        lines.append([f"{task}, {factor}x", *(f"{marks[name]}{value:.1f}{marks[name]}" for name, value in row.items())])
    return ["task, width", *PAPER], lines


def interaction(first: str, second: str, one: str, other: str, width: int) -> list[float]:
    """Return for each seed by how much `first` gains on `second` more with the architecture `one` than with `other`.

    It is zero where the difference between two tasks does not depend on the architecture.

    Raises:
        ValueError: there is no such cell, or nothing has been run.

    """
    cells = [
        {row["seed"]: row["scores"]["probe"] for row in of_cell(task, name, width)}
        for name in (one, other)
        for task in (first, second)
    ]
    a, b, c, d = cells
    return [a[seed] - b[seed] - (c[seed] - d[seed]) for seed in sorted(a)]


def layers() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: the probe after each stage at the largest width, the mean over the tasks.

    Then what the last stage loses on the best one, after training and as initialised, and what training gains there.

    Raises:
        ValueError: it has not been run.

    """
    width, lines = max(GRIDS["cpu"].widths), []
    for name in BACKBONES:
        trained = [mean(score(task, name, width, layer) for task in TASKS) for layer in LAYERS]
        random = [score(NOTHING, name, width, layer) for layer in LAYERS]
        more = (trained[-1] - max(trained), random[-1] - max(random), trained[-1] - random[-1])
        lines.append([name, *(f"{value:z.1f}" for value in (*trained, *more))])
    return ["network", *LAYERS, "last - best", "last - best, random weights", "gain of the last"], lines


def paper(width: int) -> dict[str, dict[str, float]]:
    """Return the paper's scores at a widening factor, for each architecture those of the tasks that have it."""
    columns = [(task, factor) for task, factors in PAPER_WIDTHS.items() for factor in factors]
    return {
        name: {task: value for (task, factor), value in zip(columns, values, strict=True) if factor == width}
        for name, values in PAPER.items()
    }
