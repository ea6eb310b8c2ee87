"""`python -m lecturelib experiment NAME`, and `experiment list`."""

import argparse
import inspect
import json
from pathlib import Path
from typing import Any

import torch

from lecturelib import checks, experiments
from lecturelib.experiments import runner


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("experiment", help="run an experiment and write results/experiments/NAME.json")
    parser.add_argument("name", metavar="NAME", help="name of an experiment, or `list`")
    parser.add_argument("--budget", choices=["smoke", "cpu", "gpu"], help="default: the one that is stored")
    parser.add_argument("--seeds", type=int, help="how many seeds (default: as many as are stored)")
    parser.add_argument("--processes", type=int, help="how many trainings at once, a GPU each (default 1)")
    parser.add_argument("--results", type=Path, help="the JSON file to write and to resume from")
    parser.add_argument("--runs", type=Path, help="folder of what is trained once and kept (default: runs)")
    parser.set_defaults(func=_run)


def options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of the experiment's `measure` that the command line sets.

    Raises:
        ValueError: the experiment does not take one of them.

    """
    given = {name: getattr(arguments, name) for name in ("budget", "seeds", "processes", "runs")}
    given = {name: value for name, value in given.items() if value is not None}
    taken = inspect.signature(experiments.get(arguments.name).measure).parameters
    for name in given:
        if name not in taken:
            raise ValueError(f"--{name}: expected nothing, since {arguments.name} does not take it, got {given[name]}")
    if "seeds" in given:
        given["seeds"] = tuple(range(checks.positive_int("--seeds", given["seeds"])))
    if "processes" in given:
        checks.positive_int("--processes", given["processes"])
    return given


def _run(arguments: argparse.Namespace) -> int:
    if arguments.name == "list":
        for name, module in experiments.load_all().items():
            print(f"{name:22} {(module.__doc__ or '').splitlines()[0]}")
        return 0
    module, given = experiments.get(arguments.name), options(arguments)
    usual = inspect.signature(module.measure).parameters.get("budget")
    budget = given.get("budget", "cpu")
    path = arguments.results or runner.results_path(
        module.__name__, "cpu" if usual is not None and budget == usual.default else budget
    )
    torch.set_num_threads(1)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"rows": []}
    content = module.measure(path, **given)
    if "command" not in before or len(content["rows"]) > len(before["rows"]):
        chosen = {name: getattr(arguments, name) for name in ("budget", "seeds")}
        flags = "".join(f" --{name} {value}" for name, value in chosen.items() if value is not None)
        runner.write(path, content | {"command": f"python -m lecturelib experiment {arguments.name}{flags}"})
    print(f"{path}: {len(content['rows'])} rows")
    return 0
