"""`python -m lecturelib data list | fetch NAME... | verify [NAME...] | register NAME FILE...`."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from lecturelib import paths
from lecturelib.datasets import files, registry
from lecturelib.datasets.download import DatasetError, sha256


def add_parser(subparsers: Any) -> None:
    """Add the command `data`."""
    parser = subparsers.add_parser("data", help="list, fetch, verify or register data sets", description=__doc__)
    parser.set_defaults(func=_run)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="name, location, size and title of every set").set_defaults(action=_list)
    fetch = actions.add_parser("fetch", help="download what is missing")
    fetch.add_argument("names", nargs="+", metavar="NAME")
    fetch.set_defaults(action=_fetch)
    verify = actions.add_parser("verify", help="recompute the checksums of what is present")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: every set")
    verify.set_defaults(action=_verify)
    register = actions.add_parser("register", help="print the entry of a new set for data/registry.toml")
    register.add_argument("name", metavar="NAME")
    register.add_argument("files", nargs="+", type=Path, metavar="FILE", help="in data/ if they are to be embedded")
    register.set_defaults(action=_register)


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
    """Fetch each set; where one fails, continue with the next; unknown names fail before anything is downloaded."""
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


NAME = re.compile(r"[a-z][a-z0-9-]*")
ENTRY = """
[{name}]
title = ""
licence = ""
citation = ""
source = ""
note = ""
where = "{where}"
"""
FILE = """
[[{name}.files]]
path = "{path}"
bytes = {bytes}
sha256 = "{sha256}"{urls}
"""


def _register(arguments: argparse.Namespace) -> int:
    """Print an entry whose texts are still to be written; what follows from the files is filled in."""
    if not NAME.fullmatch(arguments.name):
        raise ValueError(f"name: expected lower-case letters, digits and hyphens, got {arguments.name!r}")
    if arguments.name in registry.names():
        raise ValueError(f"name: expected that of a new set, got {arguments.name!r}, which data/registry.toml has")
    folder = paths.data_dir().resolve()
    embedded = [folder in file.resolve().parents for file in arguments.files]
    if any(embedded) and not all(embedded):
        raise ValueError(f"files: expected all in {folder}, to be embedded, or none, got some")
    print(ENTRY.format(name=arguments.name, where="embedded" if all(embedded) else "download"), end="")
    for file in arguments.files:
        path = file.resolve().relative_to(folder) if all(embedded) else Path(arguments.name) / file.name
        urls = "" if all(embedded) else '\nurls = ["https://..."]'
        length, digest = file.stat().st_size, sha256(file)
        print(FILE.format(name=arguments.name, path=path.as_posix(), bytes=length, sha256=digest, urls=urls), end="")
    return 0
