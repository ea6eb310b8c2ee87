"""The pretext tasks side by side: what a linear probe reads from each, beside untrained features and labels.

    python -m lecturelib experiment pretext-table         # the baselines, to results/experiments/pretext-table.json

The tasks' own rows come from their recipes (`python -m lecturelib reproduce rotation-cifar10 --seeds 3` and so on).
The baselines have nothing to train: the same encoder as it is initialised, and the pixels themselves.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import avg_pool2d

from lecturelib import recipes
from lecturelib.backbones import ResNet
from lecturelib.experiments import runner
from lecturelib.probing import PENALTIES
from lecturelib.recipes import pretext
from lecturelib.recipes.probes import LABELS, LAYERS, probe, probes
from lecturelib.recipes.supervised import Supervised

SEEDS = (0, 1, 2)
TASKS = {
    "inpainting, centre": "inpainting-centre-cifar10",
    "inpainting, blocks": "inpainting-blocks-cifar10",
    "inpainting, silhouettes": "inpainting-silhouettes-cifar10",
    "inpainting, centre, joint loss": "inpainting-joint-cifar10",
    "exemplar": "exemplar-cifar10",
    "relative patch": "relative-patch-cifar10",
    "jigsaw": "jigsaw-cifar10",
    "jigsaw, normalised tiles": "jigsaw-normalised-cifar10",
    "rotation": "rotation-cifar10",
    "labels": "supervised-cifar10",
}
CONTRASTIVE = {"CPC": "cpc-cifar10", "SimCLR": "simclr-cifar10"}
RANDOM, PIXELS = "random weights", "raw pixels, 16 x 16"


def untrained(seed: int) -> Any:
    """Return the encoder as a seed initialises it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Supervised(ResNet(**pretext.SMALL), 10)


def measure(path: Path, seeds: Sequence[int] = SEEDS, budget: str = "cpu") -> dict[str, Any]:
    """Probe the baselines; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    settings = {"labels": LABELS[budget], "penalties": PENALTIES, "encoder": pretext.SMALL}
    content = runner.open_results(path, settings)

    def row(features: str, seed: int) -> dict[str, Any]:
        if features == PIXELS:
            scores = {"probe": probe(torch.nn.Identity(), budget, lambda x: avg_pool2d(x, 2))}
        else:
            scores = probes(untrained(seed), budget)
        return {"scores": {key: round(value, 2) for key, value in scores.items()}}

    cases = [{"features": PIXELS, "seed": 0}, *({"features": RANDOM, "seed": seed} for seed in seeds)]
    return runner.run_missing(path, content, cases, row)


def rows(*, contrastive: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Return for each task and baseline one row per seed: `scores`, and for tasks `test`, `unit` and `cpu_seconds`.

    With `contrastive`, CPC and SimCLR are among them.

    Raises:
        ValueError: something has not been run.

    """
    found: dict[str, list[dict[str, Any]]] = {RANDOM: [], PIXELS: []}
    for row in runner.read(__name__)["rows"]:
        found[row["features"]].append(row)
    for title, name in (TASKS | CONTRASTIVE if contrastive else TASKS).items():
        content = recipes.results(name)
        seeds = content["budgets"]["cpu"]["seeds"]
        found[title] = [{**row, "scores": row["extra_metrics"], "unit": content["unit"]} for row in seeds]
    return found


def summary(*titles: str, contrastive: bool = False) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table, from the lowest probe to the highest; of all, or of those with `titles`.

    With `contrastive`, CPC and SimCLR are among them.

    Raises:
        ValueError: a title is unknown, or something has not been run.

    """
    lines = []
    for title, mine in _chosen(titles, contrastive).items():
        own, minutes = "—", "0"
        if "test" in mine[0]:
            own = f"{_mean([row['test'] for row in mine]):.1f} {mine[0]['unit']}"
            minutes = f"{_mean([row['cpu_seconds'] for row in mine]) / 60:.1f}"
        score = _mean([row["scores"]["probe"] for row in mine])
        lines.append((score, [title, own, *runner.means(mine, ["probe"]), minutes]))
    header = ["features", "test error of the task itself", "linear probe, %", "CPU minutes"]
    return header, [cells for _, cells in sorted(lines, key=lambda line: line[0])]


def layers(*titles: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: the probe of every stage, each map averaged to 2 x 2 positions."""
    chosen = {title: mine for title, mine in _chosen(titles).items() if title != PIXELS}
    return ["features", *LAYERS], [[title, *runner.means(mine, LAYERS)] for title, mine in chosen.items()]


def _chosen(titles: Sequence[str], contrastive: bool = False) -> dict[str, list[dict[str, Any]]]:
    every = rows(contrastive=contrastive)
    for title in titles:
        if title not in every:
            raise ValueError(f"titles: expected some of {', '.join(every)}, got {title!r}")
    return {title: every[title] for title in titles or every}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
