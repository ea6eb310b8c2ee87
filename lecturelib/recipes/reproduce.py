"""Run a recipe with several seeds, write its numbers to results/NAME.json and its weights to data/weights."""

import json
import os
import platform
import statistics
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from lecturelib import __version__, checks
from lecturelib.atomic import atomic_write
from lecturelib.datasets import checksum
from lecturelib.paths import results_dir
from lecturelib.recipes.recipe import BUDGETS, Budget, Recipe, example_count, head, parameter_count, run
from lecturelib.recipes.weights import check_budget_not_smaller, store_weights


def reproduce(
    recipe: Recipe,
    budget: str,
    seeds: int,
    *,
    results: Path | None = None,
    runs: Path = Path("runs"),
    store: bool = False,
) -> dict[str, Any]:
    """Train `recipe` with the seeds 0 … `seeds`-1, write and return the entry for `budget` in results/NAME.json.

    Every seed is chosen on the validation split and tested once. An interrupted call is resumed from the checkpoints in
    `runs`.

    Args:
        recipe, budget: what to run.
        seeds: how many.
        results: folder of the JSON file; default the repo's `results`.
        runs: folder of the checkpoints, which are removed once the file is written, as is the folder where it is empty.
        store: also write the weights of the seed with the best validation loss to data/weights.

    Raises:
        TypeError, ValueError: unknown budget, `seeds` is not a positive integer, or `store` would replace weights of a
            larger budget.
        DatasetError: the data set can neither be found nor downloaded.

    """
    checks.one_of("budget", budget, BUDGETS)
    checks.positive_int("seeds", seeds)
    if store:
        check_budget_not_smaller(recipe, budget)
    rows: list[dict[str, Any]] = []
    checkpoints, best = [], None
    for seed in range(seeds):
        checkpoint = runs / f"{recipe.name}-{budget}-{seed}.checkpoint"
        checkpoints.append(checkpoint)
        done = run(recipe, budget, seed=seed, checkpoint=checkpoint)
        row: dict[str, Any] = {
            "seed": seed,
            "test": round(recipe.measure(done.model, done.test), 4),
            "valid": round(recipe.measure(done.model, done.valid), 4),
            "train": round(recipe.measure(done.model, head(done.train, example_count(done.test))), 4),
            "best_epoch": done.history.best_epoch + 1,
            "epochs": len(done.history.train),
            "steps": done.history.steps,
            "seconds": round(done.history.seconds, 1),
            "cpu_seconds": round(done.history.cpu_seconds, 1),
            "curve_train": [round(v, 3) for v in done.history.train],
            "curve_valid": [round(v, 3) for v in done.history.valid],
        }
        if recipe.extra_metrics is not None:
            row["extra_metrics"] = {
                name: round(value, 4) for name, value in recipe.extra_metrics(done.model, budget).items()
            }
        rows.append(row)
        if best is None or row["valid"] < best[0]["valid"]:
            best = (row, done.model)
    assert best is not None
    tests = [row["test"] for row in rows]
    entry = {
        "mean": round(statistics.mean(tests), 4),
        "spread": round(statistics.stdev(tests), 4) if seeds > 1 else None,
        "parameters": parameter_count(best[1]),
        "settings": settings(recipe.budgets[budget]),
        "seeds": rows,
        "hardware": hardware(),
        "processes": int(os.environ.get("WORLD_SIZE", "1")),
        "versions": {
            "python": platform.python_version(),
            "torch": version("torch"),
            "lecturelib": __version__,
        },
        "date": date.today().isoformat(),
        "command": f"python -m lecturelib reproduce {recipe.name} --budget {budget} --seeds {seeds}"
        + (" --store" if store else ""),
    }
    if int(os.environ.get("RANK", "0")) == 0:
        if store:
            store_weights(recipe, best[1], {"budget": budget, "seed": best[0]["seed"], "hardware": entry["hardware"]})
        write_entry(recipe, budget, entry, results or results_dir())
        for checkpoint in checkpoints:
            checkpoint.unlink(missing_ok=True)
        if runs.is_dir() and not any(runs.iterdir()):
            runs.rmdir()
    return entry


def settings(budget: Budget) -> dict[str, Any]:
    """Return the fields of a budget for the JSON file."""
    return vars(budget) | {"sizes": dict(budget.sizes)}


def write_entry(recipe: Recipe, budget: str, entry: dict[str, Any], folder: Path) -> None:
    """Put `entry` under `budget` in folder/NAME.json, atomically, and leave the other budgets as they are."""
    path = folder / f"{recipe.name}.json"
    budgets = json.loads(path.read_text())["budgets"] if path.exists() else {}
    budgets[budget] = entry
    content = {
        "recipe": recipe.name,
        "title": recipe.title,
        "dataset": {"name": recipe.dataset, "sha256": checksum(recipe.dataset)},
        "metric": recipe.metric,
        "unit": recipe.unit,
        "published": [vars(number) for number in recipe.published],
        "budgets": {name: budgets[name] for name in BUDGETS if name in budgets},
    }
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def hardware() -> str:
    """Name the processor or GPU, and the number of threads or processes."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}"
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    threads = torch.get_num_threads()
    return f"{model}, {threads} thread{'s' if threads > 1 else ''}"
