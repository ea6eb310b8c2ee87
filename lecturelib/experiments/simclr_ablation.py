"""What SimCLR's other settings do: temperature, batch size, projector, length of the training.

    python -m lecturelib experiment simclr-ablation       # to results/experiments/simclr-ablation.json

One setting at a time is changed; all else stays. Beside the probe of the features, which come before the projector,
stands one of what comes out of it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lecturelib.augment import compose
from lecturelib.experiments import runner
from lecturelib.recipes import contrastive, pretext
from lecturelib.recipes.probes import LABELS, probe
from lecturelib.recipes.recipe import Budget

SEEDS = (0, 1, 2)
BUDGETS = {
    "smoke": Budget(epochs=1, learning_rate=3e-3, minutes=0.1, batch_size=16, examples=64, sizes=pretext.TINY),
    "cpu": Budget(epochs=1, learning_rate=3e-3, minutes=1, batch_size=128, examples=15_000, sizes=pretext.SMALL),
    "gpu": Budget(epochs=100, learning_rate=1e-3, minutes=12, batch_size=512, precision="bf16", sizes=pretext.RESNET18),
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


def measure(
    path: Path, budget: str = "cpu", changes: Sequence[str] = tuple(CHANGES), seeds: Sequence[int] = SEEDS
) -> dict[str, Any]:
    """Train and probe: the usual setting with all seeds, each change with the first.

    Write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    usual, augment = BUDGETS[budget], compose(*contrastive.AUGMENTATIONS)
    content = runner.open_results(
        path, {"training": vars(usual), "simclr": contrastive.SIZES, "labels": LABELS[budget]}
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

    cases = [{"change": c, "seed": s} for c in changes for s in (seeds if c == USUAL else seeds[:1])]
    return runner.run_missing(path, content, cases, row)


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: the probe of the features, and of what the projector makes of them.

    Raises:
        ValueError: it has not been run.

    """
    content = runner.read(__name__)
    lines = []
    for change in CHANGES:
        mine = [row for row in content["rows"] if row["change"] == change]
        seconds = sum(row["cpu_seconds"] for row in mine) / len(mine)
        lines.append([change, *runner.means(mine, ["before the projector", "after"]), f"{seconds / 60:.1f}"])
    return ["setting", "probe of the features, %", "probe after the projector, %", "CPU minutes"], lines
