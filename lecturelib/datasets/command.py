"""`python -m lecturelib data list | fetch NAME... | verify [NAME...]`."""

import argparse
import sys
from typing import Any

from lecturelib import paths
from lecturelib.datasets import files, registry
from lecturelib.datasets.download import DatasetError


def add_parser(subparsers: Any) -> None:
    """Add the command `data`."""
    parser = subparsers.add_parser("data", help="list, fetch or verify data sets", description=__doc__)
    parser.set_defaults(func=_run)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="name, place, size and title of every set").set_defaults(action=_list)
    fetch = actions.add_parser("fetch", help="download what is missing")
    fetch.add_argument("names", nargs="+", metavar="NAME")
    fetch.set_defaults(action=_fetch)
    verify = actions.add_parser("verify", help="recompute the checksums of what is present")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: every set")
    verify.set_defaults(action=_verify)


def _run(arguments: argparse.Namespace) -> int:
    """Run one action; an error is one line on stderr and exit code 1."""
    try:
        code: int = arguments.action(arguments)
    except (DatasetError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


def _list(arguments: argparse.Namespace) -> int:
    print(f"cache: {paths.cache_dir()}")
    for entry in registry.read().values():
        there = "cached" if files.cached(entry) else "package" if files.packaged(entry) else "absent"
        where = "embedded" if entry.where == "embedded" else there
        size = sum(file.bytes for file in entry.files) / 1e6
        print(f"{entry.name:16} {where:8} {size:6.1f} MB  {entry.title}")
    return 0


def _fetch(arguments: argparse.Namespace) -> int:
    """Fetch each set, and go on to the next where one fails; unknown names fail before anything is downloaded."""
    failed = False
    for entry in [registry.get(name) for name in arguments.names]:
        try:
            files.fetch(entry)
            print(f"{entry.name}: ok")
        except DatasetError as error:
            failed = True
            print(f"error: {error}", file=sys.stderr)
    return int(failed)


def _verify(arguments: argparse.Namespace) -> int:
    """Print "ok", "absent" or "corrupt" for each file; the exit code is 1 where one is corrupt."""
    corrupt = False
    for entry in [registry.get(name) for name in arguments.names or registry.names()]:
        for file in entry.files:
            found = files.state(entry, file)
            corrupt |= found.startswith("corrupt")
            print(f"{entry.name:16} {files.locate(entry, file)}  {found}")
    return int(corrupt)
