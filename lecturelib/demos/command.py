"""`python -m lecturelib demos build OUT`."""

import argparse
from pathlib import Path
from typing import Any

from lecturelib.demos.build import build


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("demos", help="write the scripts and weights of the site's live demos")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("build", help="write demos.js and one weights script per demo to the folder OUT")
    action.add_argument("out", metavar="OUT", type=Path)
    action.add_argument("--weights", type=Path, help="folder of the .safetensors (default: the repo's data/weights)")
    action.set_defaults(func=_build)


def _build(arguments: argparse.Namespace) -> int:
    build(arguments.out, weights=arguments.weights)
    return 0
