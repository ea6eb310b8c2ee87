"""Run a recipe with several seeds, write its numbers to results/NAME.json and its weights to data/weights."""

import json
import os
import platform
import statistics
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lecturelib import __version__, checks
from lecturelib.atomic import atomic_write
from lecturelib.datasets import checksum
from lecturelib.paths import results_dir
from lecturelib.recipes.recipe import BY_SIZE, Budget, Recipe, Run, example_count, head, parameter_count, run
from lecturelib.recipes.run_log import RunLog
from lecturelib.recipes.weights import check_budget_not_smaller, store_weights
from lecturelib.training import OutOfTimeError


def reproduce(
    recipe: Recipe,
    budget: str,
    seeds: int,
    *,
    results: Path | None = None,
    runs: Path = Path("runs"),
    store: bool = False,
    weights: Path | None = None,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Train `recipe` with the seeds 0 … `seeds`-1, write and return the entry for `budget` in results/NAME.json.

    Every seed is chosen on the validation split and tested once. An interrupted call is resumed from the checkpoints in
    `runs`, in which progress.json tells how far it is, with the measures of the seeds that are done.

    Args:
        recipe, budget: what to run.
        seeds: how many.
        results: folder of the JSON file; default the repo's `results`.
        runs: folder of the checkpoints, which are removed once the file is written, and of the log.
        store: also write the weights of the seed with the best validation loss to data/weights.
        weights: another folder for them, where they replace those of any budget.
        deadline: when to stop, by `time.monotonic`; see `training.fit`.

    Raises:
        TypeError, ValueError: unknown budget, `seeds` is not a positive integer, or `store` would replace weights of a
            larger budget.
        DatasetError: the data set can neither be found nor downloaded.
        OutOfTimeError: the deadline is near; the same call goes on from there.

    """
    checks.one_of(f"budget of {recipe.name}", budget, tuple(recipe.budgets))
    checks.positive_int("seeds", seeds)
    if store and weights is None:
        check_budget_not_smaller(recipe, budget)
    log = RunLog(runs, f"{recipe.name}, {budget}", settings(recipe.budgets[budget]), seeds)
    try:
        entry = _run_all(recipe, budget, seeds, results or results_dir(), runs, store, weights, deadline, log)
    except OutOfTimeError as stop:
        log.end("unfinished", str(stop))
        raise
    except BaseException as error:
        log.end("failed", f"{type(error).__name__}: {error}".splitlines()[0])
        raise
    log.end("finished", f"{recipe.metric} {entry['mean']} {recipe.unit}")
    return entry


def _run_all(
    recipe: Recipe,
    budget: str,
    seeds: int,
    results: Path,
    runs: Path,
    store: bool,
    weights: Path | None,
    deadline: float | None,
    log: RunLog,
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    checkpoints, best = [], None
    for seed in range(seeds):
        checkpoint = runs / f"{recipe.name}-{budget}-{seed}.checkpoint"
        checkpoints.append(checkpoint)
        row = log.measured(seed) if checkpoint.exists() else None
        done = run(
            recipe,
            budget,
            seed=seed,
            checkpoint=checkpoint,
            deadline=deadline,
            on_epoch=lambda history, model, seed=seed: log.note(seed, history),
        )
        if row is None:
            row = _measured(recipe, budget, seed, done, deadline)
            log.add(row)
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
        "hardware": "; ".join(log.entry["machines"]),
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
        if store or weights is not None:
            origin = {"budget": budget, "seed": best[0]["seed"], "hardware": entry["hardware"]}
            store_weights(recipe, best[1], origin, weights)
        write_entry(recipe, budget, entry, results)
        for checkpoint in checkpoints:
            checkpoint.unlink(missing_ok=True)
    return entry


def _measured(recipe: Recipe, budget: str, seed: int, done: Run, deadline: float | None) -> dict[str, Any]:
    """Return what stands in the results about one seed."""
    start = time.monotonic()
    valid = recipe.measure(done.model, done.valid)
    now = time.monotonic()
    others = 2 * (now - start) * example_count(done.test) / example_count(done.valid)
    if deadline is not None and now + others > deadline:
        raise OutOfTimeError(f"time is over before the test of seed {seed}, which takes about {others:.0f} seconds")
    row: dict[str, Any] = {
        "seed": seed,
        "test": round(recipe.measure(done.model, done.test), 4),
        "valid": round(valid, 4),
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
        found = recipe.extra_metrics(done.model, budget)
        row["extra_metrics"] = {name: round(value, 4) for name, value in found.items()}
    return row


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
        "budgets": {name: budgets[name] for name in BY_SIZE if name in budgets},
    }
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
