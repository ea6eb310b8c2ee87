"""The command line: `lecturelib data | reproduce | evaluate | experiment | demos | homework | book | lab | test`."""

import argparse
import sys
from collections.abc import Sequence

from lecturelib import __version__
from lecturelib.datasets.command import add_parser as add_data
from lecturelib.demos.command import add_parser as add_demos
from lecturelib.experiments.command import add_parser as add_experiments
from lecturelib.homework.command import add_parser as add_homework
from lecturelib.recipes.command import add_parser as add_recipes
from lecturelib.tasks import add_parser as add_tasks


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a foreseen error is one line on stderr and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m lecturelib", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for add_parser in (add_data, add_recipes, add_experiments, add_demos, add_homework, add_tasks):
        add_parser(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        code: int = parsed.func(parsed)
    except (ValueError, TypeError, OSError, RuntimeError, ArithmeticError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
