"""What a network sees instead of content when it places patches: borders, lines, and the colours of a lens.

    python -m lecturelib experiment patch-shortcuts       # three seeds, to results/experiments/patch-shortcuts.json

Doersch, Gupta and Efros (2015) name three shortcuts. Each set-up here takes one of them away or puts it in: the patches
are equally large in all of them, and all are trained alike. For the lens, the images go through
`augment.chromatic_aberration` before they are cut. Then three things are measured on test images:

    direction       the task's own accuracy, in %; chance is 12.5
    place           whether a linear classifier reads from one patch's features in which of the nine cells it lay; 11.1
    probe           a linear probe of whole images, without the lens, from 5,000 labels
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from lecturelib.augment import chromatic_aberration, patch_grid
from lecturelib.experiments import runner
from lecturelib.pretext import RelativePatch
from lecturelib.probing import frozen_features, linear_probe
from lecturelib.recipes import pretext, pretext_measures, recipe
from lecturelib.recipes.probes import splits
from lecturelib.recipes.recipe import Budget

SEEDS, LENS, PENALTY = (0, 1, 2), 0.2, 1e-3
NAMES = ("direction", "place", "probe")


@dataclass(frozen=True)
class SetUp:
    """How patches of 8 x 8 pixels are cut; `lens` is the strength of the chromatic aberration."""

    gap: int = 2
    jitter: int = 1
    color: Literal["keep", "drop", "project"] = "keep"
    lens: float = 0.0


SETUPS = {
    "no gap": SetUp(gap=0, jitter=0),
    "gap": SetUp(gap=3, jitter=0),
    "gap and jitter": SetUp(gap=2, jitter=1),
    "lens": SetUp(lens=LENS),
    "lens, colours dropped": SetUp(lens=LENS, color="drop"),
    "lens, colours projected": SetUp(lens=LENS, color="project"),
}


# How every network is trained.
BUDGET = Budget(epochs=5, learning_rate=3e-3, minutes=1, batch_size=64, examples=20_000, sizes=pretext.SMALL)


def train(setup: SetUp, *, seed: int = 0, budget: Budget = BUDGET) -> Any:
    """Return a network trained on patches of the training images, cut as `setup` says.

    Raises:
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    kind = partial(RelativePatch, gap=setup.gap, jitter=setup.jitter, color=setup.color)
    model, _ = recipe.train(
        partial(pretext.build, torch.zeros(1, 3, 32, 32), kind, **budget.sizes),
        lambda model, x: model.loss(x / 255),
        through(setup.lens, splits("cpu")[0][0][: budget.examples]),
        None,
        budget,
        seed,
    )
    return model.eval()


def through(lens: float, images: Tensor) -> Tensor:
    """Return bytes, seen through the lens."""
    if not lens:
        return images
    return torch.cat([(255 * chromatic_aberration(x / 255, lens)).round().byte() for x in images.split(1000)])


def scores(model: Any, lens: float, images: int = 5000) -> dict[str, float]:
    """Return what is measured of a trained network, in %, on `images` test images; positions are learnt from others."""
    train, _, test = ((x[:images], y[:images]) for x, y in splits("cpu"))
    known, asked = ((frozen_features(model, x), y) for x, y in (train, test))
    return {
        "direction": 100 - pretext_measures.error_rate(model, through(lens, test[0])),
        "place": place(model, lens, images),
        "probe": linear_probe(known, asked, penalties=[PENALTY]).accuracy,
    }


def place(model: Any, lens: float, images: int = 5000) -> float:
    """Return the percentage of patches whose cell a linear classifier reads from their features."""
    parts = []
    for x, seed in ((splits("cpu")[0][0][:images], 0), (splits("cpu")[2][0][:images], 1)):
        generator = torch.Generator().manual_seed(seed)
        tiles = patch_grid(through(lens, x) / 255, patch=8, pitch=10, jitter=1, generator=generator)
        cell = torch.randint(9, (len(x),), generator=generator)
        patches = model.recolor(tiles[torch.arange(len(x)), cell], generator)
        parts.append((frozen_features(model, patches), cell))
    return linear_probe(parts[0], parts[1], penalties=[PENALTY]).accuracy


def measure(path: Path, setups: Sequence[str] = tuple(SETUPS), seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train every set-up with all seeds; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    content = runner.open_results(
        path, {"training": vars(BUDGET), "setups": {name: vars(setup) for name, setup in SETUPS.items()}}
    )

    def row(setup: str, seed: int) -> dict[str, Any]:
        began = time.process_time()
        model = train(SETUPS[setup], seed=seed)
        seconds = round(time.process_time() - began, 1)
        found = scores(model, SETUPS[setup].lens)
        return {"cpu_seconds": seconds, "scores": {key: round(value, 2) for key, value in found.items()}}

    return runner.run_missing(path, content, [{"setup": name, "seed": s} for s in seeds for name in setups], row)


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: mean and spread of each score.

    Raises:
        ValueError: it has not been run.

    """
    rows = runner.read(__name__)["rows"]
    lines = [[name, *runner.means([row for row in rows if row["setup"] == name], NAMES)] for name in SETUPS]
    return ["patches", "direction found, %", "place read from one patch, %", "linear probe, %"], lines
