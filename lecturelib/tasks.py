"""What the Makefile does, where there is no make: `lecturelib book | lab | test`, in a clone of the repository."""

import argparse
import functools
import http.server
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PORT = 8000
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"  # which has no __main__


def add_parser(subparsers: Any) -> None:
    """Add the three commands."""
    book = subparsers.add_parser("book", help="build the site and serve it (in a clone; as `make book`)")
    book.add_argument("--port", type=int, default=PORT)
    book.add_argument("--build-only", action="store_true", help="only build it, into _build/html")
    book.set_defaults(func=_book)
    lab = subparsers.add_parser("lab", help="open the chapters in JupyterLab (in a clone; as `make lab`)")
    lab.set_defaults(func=_lab)
    test = subparsers.add_parser("test", help="run the tests (in a clone; as `make test`, without lint and types)")
    test.add_argument("--quick", action="store_true", help="only the fast ones")
    test.add_argument("--jobs", type=int, default=2, help="tests at a time")
    test.set_defaults(func=_test)


def clone() -> Path:
    """Return the folder of the clone that the command was called in, or below.

    Raises:
        ValueError: there is none.

    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "_toc.yml").is_file() and (folder / "lecturelib").is_dir():
            return folder
    raise ValueError(f"{here}: expected a folder of the book's repository; git clone it, and call this there")


def run(module: str, *arguments: str | Path, extra: str) -> None:
    """Run a module in this Python, in the clone.

    Raises:
        ValueError: it is not installed; the message says what to install.
        RuntimeError: it failed.

    """
    root = clone()
    known = subprocess.run([sys.executable, "-c", f"import {module.split('.')[0]}"], capture_output=True, cwd=root)
    if known.returncode:
        raise ValueError(f"{module}: expected it installed, got nothing; in the clone: pip install -e .[{extra}]")
    start = ["-c", JUPYTER_BOOK] if module == "jupyter_book" else ["-m", module]
    code = subprocess.run([sys.executable, *start, *map(str, arguments)], cwd=root).returncode
    if code:
        raise RuntimeError(f"{module}: ended with exit code {code}")


def _book(parsed: argparse.Namespace) -> int:
    root = clone()
    run("lecturelib", "demos", "build", root / "_build/extra/demos", extra="book")
    options: Sequence[str] = ("--all", "-W", "-n", "--keep-going", ".")
    run("jupyter_book", "build", *options, extra="book")
    site = root / "_build/html"
    print(f"The book: {site / 'index.html'}, which opens without a server, too")
    if not parsed.build_only:
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
        with http.server.ThreadingHTTPServer(("127.0.0.1", parsed.port), handler) as server:
            print(f"and http://localhost:{server.server_port} (Ctrl-C stops it)", flush=True)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                print()
    return 0


def _lab(parsed: argparse.Namespace) -> int:
    run("jupyterlab", clone() / "book", extra="book")
    return 0


def _test(parsed: argparse.Namespace) -> int:
    marks = ("-m", "not slow") if parsed.quick else ()
    run("pytest", "-n", str(parsed.jobs), *marks, extra="book,test")
    return 0
