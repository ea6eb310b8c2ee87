"""Which augmentations teach SimCLR something: each alone and in pairs, after SimCLR's Figure 5.

    python -m lecturelib experiment augmentation-pairs  # --budget gpu: all 7

Both views go through the same augmentations, and images of 32 pixels need no crop to be of one size; in the paper only
one view is distorted, and all images are cropped first. What counts is a linear probe of the frozen features. The cells
of the map are trained for a short time, with one seed; crop and colour, each alone, also as SimCLR's recipe says, with
three, to stand beside that recipe's own results.
"""

import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lecturelib import recipes
from lecturelib.augment import APPEARANCE, AUGMENTATIONS, GEOMETRIC, compose
from lecturelib.experiments import runner
from lecturelib.recipes import contrastive, pretext
from lecturelib.recipes.probes import LABELS, probe
from lecturelib.recipes.recipe import Budget

SEEDS = (0, 1, 2)
SHORT, LONG = "a cell", "the recipe"
ALONE: tuple[tuple[str, ...], ...] = (("crop",), ("color",))  # these also as the recipe says, with all seeds


BUDGETS = {
    "smoke": Budget(epochs=1, learning_rate=3e-3, minutes=0.1, batch_size=16, examples=64, sizes=pretext.TINY),
    "cpu": Budget(epochs=1, learning_rate=3e-3, minutes=1, batch_size=128, examples=15_000, sizes=pretext.SMALL),
    "gpu": Budget(epochs=100, learning_rate=1e-3, minutes=12, batch_size=512, precision="bf16", sizes=pretext.RESNET18),
}
NAMES: dict[str, tuple[str, ...]] = {
    "smoke": ("crop", "color"),
    "cpu": ("crop", "cutout", "rotation", "color", "blur", "noise"),
    "gpu": tuple(AUGMENTATIONS),
}


def cases(names: Sequence[str], seeds: Sequence[int] = SEEDS) -> list[dict[str, Any]]:
    """Return what to train: each augmentation and each pair for a short time; then those of `ALONE` longer."""
    sets = [(name,) for name in names] + list(itertools.combinations(names, 2))
    cells = [{"augmentations": list(chosen), "seed": seeds[0], "training": SHORT} for chosen in sets]
    return cells + [{"augmentations": list(c), "seed": seed, "training": LONG} for seed in seeds for c in ALONE]


def measure(path: Path, budget: str = "cpu", seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train and probe with all sets of augmentations; write `path` after each, and resume an interrupted run.

    Raises:
        ValueError: `path` holds results of other settings.
        DatasetError: CIFAR-10 can neither be found nor downloaded.

    """
    settings, usual = BUDGETS[budget], contrastive.SIMCLR_CIFAR10
    used = {"training": vars(settings), "simclr": contrastive.SIZES, "labels": LABELS[budget]}
    content = runner.open_results(path, used | {"recipe": vars(usual.budgets[budget])})

    def row(augmentations: Sequence[str], seed: int, training: str) -> dict[str, Any]:
        began, augment = time.process_time(), compose(*augmentations)
        if training == SHORT:
            model: Any = contrastive.train(augment, settings, budget, seed)
        else:
            varied = replace(usual, loss=partial(contrastive.view_loss, augment))
            model = recipes.run(varied, budget, seed=seed).model
        seconds = round(time.process_time() - began, 1)
        return {"cpu_seconds": seconds, "scores": {"probe": round(probe(model, budget), 2)}}

    return runner.run_missing(path, content, cases(NAMES[budget], seeds), row)


def heat_map() -> tuple[list[str], list[list[float]]]:
    """Return names, geometric ones first, and a symmetric table of probes in %: alone on the diagonal, else the pair.

    Raises:
        ValueError: it has not been run.

    """
    rows = runner.read(__name__)["rows"]
    names = [name for name in (*GEOMETRIC, *APPEARANCE) if any(name in row["augmentations"] for row in rows)]
    table = [[0.0] * len(names) for _ in names]
    for i, j in itertools.combinations_with_replacement(range(len(names)), 2):
        cell = [row for row in rows if row["training"] == SHORT and set(row["augmentations"]) == {names[i], names[j]}]
        table[i][j] = table[j][i] = cell[0]["scores"]["probe"]
    return names, table


def by_kind() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: the mean probe of the map's pairs, by the kinds of their two augmentations.

    Beside it stands what the second augmentation adds: the pair's probe less that of the better one alone.

    Raises:
        ValueError: it has not been run.

    """
    names, table = heat_map()
    found: dict[str, list[tuple[float, float]]] = {"two geometric": [], "one of each": [], "two of appearance": []}
    for i, j in itertools.combinations(range(len(names)), 2):
        kind = list(found)[(names[i] in APPEARANCE) + (names[j] in APPEARANCE)]
        found[kind].append((table[i][j], table[i][j] - max(table[i][i], table[j][j])))
    lines = [
        [kind, *(f"{statistics.mean(column):z.1f}" for column in zip(*pairs, strict=True)), str(len(pairs))]
        for kind, pairs in found.items()
    ]
    return ["augmentations", "linear probe, %", "above the better one, points", "pairs"], lines


def summary() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table: mean and spread for crop, colour, and both, trained as the recipe says.

    Raises:
        ValueError: it has not been run.

    """
    rows = runner.read(__name__)["rows"]
    found = {
        chosen: [r for r in rows if r["training"] == LONG and r["augmentations"] == list(chosen)] for chosen in ALONE
    }
    seeds = recipes.results("simclr-cifar10")["budgets"]["cpu"]["seeds"]
    found[contrastive.AUGMENTATIONS] = [{"scores": seed["extra_metrics"]} for seed in seeds]
    lines = [[" and ".join(c), *runner.means(mine, ["probe"]), str(len(mine))] for c, mine in found.items()]
    return ["augmentations", "linear probe, %", "seeds"], lines
