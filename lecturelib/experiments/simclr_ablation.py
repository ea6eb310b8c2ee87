"""What SimCLR's other settings do: temperature, batch size, projector, length of the training.

    python -m lecturelib.experiments.simclr_ablation       # to results/experiments/simclr-ablation.json

One setting at a time is changed; all else stays. Beside the probe of the features, which come before the projector,
stands one of what comes out of it.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from lecturelib.augment import compose
from lecturelib.experiments import runner
from lecturelib.recipes import contrastive, pretext
from lecturelib.recipes.contrastive import Settings
from lecturelib.recipes.probes import LABELS, probe

MODULE, SEEDS = "simclr_ablation", (0, 1, 2)
BUDGETS = {
    "smoke": Settings(64, 1, 16, 3e-3, pretext.TINY),
    "cpu": Settings(15_000, 1, 128, 3e-3, pretext.SMALL),
    "gpu": Settings(None, 100, 512, 1e-3, pretext.RESNET18, "bf16"),
}
USUAL = "as usual"
CHANGES: Mapping[str, Mapping[str, Any]] = {
    USUAL: {},
    "temperature 1": {"temperature": 1.0},
    "temperature 0.5": {"temperature": 0.5},
    "temperature 0.1": {"temperature": 0.1},
    "batch of 64": {"batch_size": 64},
    "batch of 256": {"batch_size": 256},
    "batch of 512": {"batch_size": 512},
    "no projector": {"projection_dim": None},
    "linear projector": {"hidden_layer": False},
    "twice as long": {"epochs": 2},
    "four times as long": {"epochs": 4},
}
TRAINING = ("batch_size", "epochs")


def measure(path: Path, budget: str = "cpu", changes: Sequence[str] = tuple(CHANGES)) -> dict[str, Any]:
    """Train and probe with each change; write `path` after each, and go on where it was stopped.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    usual, augment = BUDGETS[budget], compose(*contrastive.AUGMENTATIONS)
    content = runner.begin(
        path, {"training": vars(usual), "simclr": contrastive.SIZES, "labels": LABELS[budget]}, MODULE
    )

    def row(change: str, seed: int) -> dict[str, Any]:
        began, changed = time.process_time(), dict(CHANGES[change])
        settings = replace(usual, **{name: changed.pop(name) for name in TRAINING if name in changed})
        if "epochs" in CHANGES[change]:
            settings = replace(settings, epochs=usual.epochs * CHANGES[change]["epochs"])
        model: Any = contrastive.train(augment, settings, budget, seed, **changed)
        seconds = round(time.process_time() - began, 1)
        scores = {
            "before the projector": probe(model, budget),
            "after": probe(model, budget, lambda x: model.projector(model.encoder(x))),
        }
        return {"cpu_seconds": seconds, "scores": {name: round(value, 2) for name, value in scores.items()}}

    seeds = {change: SEEDS if change == USUAL else SEEDS[:1] for change in changes}
    return runner.go_on(path, content, [{"change": c, "seed": s} for c in changes for s in seeds[c]], row)


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: the probe of the features, and of what the projector makes of them.

    Raises:
        ValueError: it has not been run.

    """
    content = runner.read(default_path(), MODULE)
    lines = []
    for change in CHANGES:
        mine = [row for row in content["rows"] if row["change"] == change]
        seconds = sum(row["cpu_seconds"] for row in mine) / len(mine)
        lines.append([change, *runner.means(mine, ["before the projector", "after"]), f"{seconds / 60:.1f}"])
    return ["setting", "probe of the features, %", "probe after the projector, %", "CPU minutes"], lines


def default_path(budget: str = "cpu") -> Path:
    """Return the file of a budget's results."""
    return runner.default_path("simclr-ablation" if budget == "cpu" else f"simclr-ablation-{budget}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m lecturelib.experiments.simclr_ablation", description=__doc__)
    parser.add_argument("--results", type=Path, help="the JSON file to write and to go on with")
    parser.add_argument("--budget", choices=list(BUDGETS), default="cpu", help="gpu: a ResNet-18, on all images")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    measure(arguments.results or default_path(arguments.budget), arguments.budget)
