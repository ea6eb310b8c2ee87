"""`python -m lecturelib.notebooks new | execute | normalise | check NOTEBOOK...`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lecturelib.notebooks import chapter_problems, execute, new, normalise, read, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, run, normalise or check notebooks; return 1 if a rule is broken or a cell fails."""
    parser = argparse.ArgumentParser(prog="python -m lecturelib.notebooks")
    parser.add_argument("action", choices=["new", "execute", "normalise", "check"])
    parser.add_argument("paths", nargs="*", type=Path, metavar="NOTEBOOK")  # none: nothing to do
    parsed = parser.parse_args(arguments)
    try:
        for path in parsed.paths:
            if parsed.action == "new":
                new(path)
                print(f"{path}: name it in _toc.yml; then `python -m lecturelib.notebooks execute {path}`")
            elif parsed.action == "execute":
                print(f"{path} …", flush=True)
                execute(path)
            elif parsed.action == "normalise":
                notebook = read(path)
                normalise(notebook)
                write(notebook, path)
        checked = [] if parsed.action == "new" else parsed.paths
        broken = [f"{path}: {line}" for path in checked for line in chapter_problems(path)]
    except (ValueError, RuntimeError, OSError) as error:
        broken = [f"error: {error}"]
    print(*broken, sep="\n", end="\n" if broken else "", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
