"""`python -m lecturelib reproduce` and `evaluate`."""

import argparse
import os
from pathlib import Path
from typing import Any

from lecturelib import recipes
from lecturelib.recipes.reproduce import reproduce
from lecturelib.recipes.weights import evaluate, read_metadata


def add_parser(subparsers: Any) -> None:
    """Add the two commands."""
    names = ", ".join(recipes.RECIPES)
    parser = subparsers.add_parser(
        "reproduce", help="train a recipe and write results/NAME.json", description=f"NAME: {names}"
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--budget",
        default="cpu",
        help="smoke (seconds), cpu (minutes, the default) or gpu (the paper's number)",
    )
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds (default 1)")
    parser.add_argument("--results", type=Path, help="folder for NAME.json (default: the repo's results)")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for checkpoints (default: runs)")
    parser.add_argument("--store", action="store_true", help="also store the best seed's weights in data/weights")
    parser.set_defaults(func=_reproduce)

    parser = subparsers.add_parser(
        "evaluate", help="recompute the test metric of stored weights", description=f"NAME: {names}"
    )
    parser.add_argument("name", metavar="NAME")
    parser.set_defaults(func=_evaluate)


def _reproduce(arguments: argparse.Namespace) -> int:
    recipe = recipes.get(arguments.name)
    entry = reproduce(
        recipe,
        arguments.budget,
        arguments.seeds,
        results=arguments.results,
        runs=arguments.runs,
        store=arguments.store,
    )
    if int(os.environ.get("RANK", "0")):
        return 0
    spread = f" ± {entry['spread']:.3f}" if entry["spread"] is not None else ""
    print(f"{recipe.name} ({arguments.budget}): {recipe.metric} {entry['mean']:.3f}{spread} {recipe.unit}")
    for number in recipe.published:
        print(f"  published: {number.value} ({number.source}{'' if number.verified else '; not verified'})")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    recipe = recipes.get(arguments.name)
    value, stored = evaluate(recipe), read_metadata(recipe)["metrics"]["test"]
    print(f"{recipe.name}: {recipe.metric} {value:.3f} {recipe.unit} (stored: {stored:.3f})")
    return 0
