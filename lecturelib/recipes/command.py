"""`python -m lecturelib reproduce` and `evaluate`."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from lecturelib import checks, recipes
from lecturelib.recipes import run_log, wording
from lecturelib.recipes.recipe import Recipe
from lecturelib.recipes.reproduce import reproduce
from lecturelib.recipes.weights import evaluate, read_metadata
from lecturelib.training import OutOfTimeError

TIME_OVER = 75  # sysexits.h: try again later


def add_parser(subparsers: Any) -> None:
    """Add the two commands."""
    names = ", ".join(recipes.RECIPES)
    parser = subparsers.add_parser(
        "reproduce",
        help="train recipes and write results/NAME.json",
        description=f"Exit code {TIME_OVER} where time was over before all were finished. NAME: {names}",
    )
    parser.add_argument("names", metavar="NAME", nargs="+", help="recipes, in the order in which they are run")
    parser.add_argument(
        "--budget",
        default="cpu",
        help="smoke (seconds), cpu (minutes, the default), gpu (towards the paper's number) and, for recipes that have "
        "them, long (hours on one core) and paper (the paper's sizes)",
    )
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds (default 1)")
    parser.add_argument("--results", type=Path, help="folder for NAME.json (default: the repo's results)")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for checkpoints (default: runs)")
    parser.add_argument("--minutes", type=float, help="stop in time with a checkpoint; the same command resumes")
    parser.add_argument(
        "--resume", action="store_true", help="leave out recipes that RUNS/progress.json lists as finished"
    )
    parser.add_argument("--store", action="store_true", help="also store the best seed's weights in data/weights")
    parser.add_argument("--weights", type=Path, help="store them in this folder instead")
    parser.set_defaults(func=_reproduce, started=time.monotonic())

    parser = subparsers.add_parser(
        "evaluate", help="recompute the test metric of stored weights", description=f"NAME: {names}"
    )
    parser.add_argument("name", metavar="NAME")
    parser.set_defaults(func=_evaluate)


def _reproduce(arguments: argparse.Namespace) -> int:
    chosen = [recipes.get(name) for name in arguments.names]
    for recipe in chosen:
        checks.one_of(f"budget of {recipe.name}", arguments.budget, tuple(recipe.budgets))
    checks.positive_int("seeds", arguments.seeds)
    deadline = None
    if arguments.minutes is not None:
        deadline = arguments.started + 60 * checks.number("minutes", arguments.minutes, above=0)
    failed, time_over = [], False
    for recipe in chosen:
        entry = run_log.read(arguments.runs).get(f"{recipe.name}, {arguments.budget}", {})
        if arguments.resume and entry.get("state") == "finished" and entry["seeds"] >= arguments.seeds:
            print(f"{recipe.name} ({arguments.budget}): finished before")
            continue
        try:
            _reproduce_one(recipe, arguments, deadline)
        except OutOfTimeError as stop:
            time_over = True
            print(f"{recipe.name} ({arguments.budget}): unfinished, {stop}; the same command resumes the run")
            break
        except (ValueError, TypeError, OSError, RuntimeError, ArithmeticError) as error:
            if len(chosen) == 1:
                raise
            failed.append(recipe.name)  # the others do not depend on it
            print(f"error: {recipe.name}: {error}", file=sys.stderr)
    return 1 if failed else TIME_OVER if time_over else 0


def _reproduce_one(recipe: Recipe, arguments: argparse.Namespace, deadline: float | None) -> None:
    entry = reproduce(
        recipe,
        arguments.budget,
        arguments.seeds,
        results=arguments.results,
        runs=arguments.runs,
        store=arguments.store,
        weights=arguments.weights,
        deadline=deadline,
    )
    if int(os.environ.get("RANK", "0")):
        return
    spread = f" ± {entry['spread']:.3f}" if entry["spread"] is not None else ""
    print(f"{recipe.name} ({arguments.budget}): {recipe.metric} {entry['mean']:.3f}{spread} {recipe.unit}")
    for number in recipe.published:
        print(f"  published: {wording.published({'published': [vars(number)]})}")


def _evaluate(arguments: argparse.Namespace) -> int:
    recipe = recipes.get(arguments.name)
    value, stored = evaluate(recipe), read_metadata(recipe)["metrics"]["test"]
    print(f"{recipe.name}: {recipe.metric} {value:.3f} {recipe.unit} (stored: {stored:.3f})")
    return 0
