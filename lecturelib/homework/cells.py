"""Read a submission: a notebook of which nothing is believed, and nothing run."""

import ast
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

MAX_FILE = 50_000_000
MAX_CELLS = 2000
MAX_CELL = 100_000  # bytes: what Python's parser takes grows with it
MAX_SOURCE = 1_000_000
UNGRADED = "(not graded)"
KEPT_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")  # what follows them is Python
TOO_LONG = 'raise ValueError("expected a cell of at most {} kB, got a longer one; it was left out")'
# no two parts side by side match the same characters: the time grows with the line, not with its square
MAGIC = re.compile(r"^([ \t]*)(?:[^\W\d][\w, ]*=[ \t]*)?[%!].*$|^([ \t]*)\?{1,2}\w.*$|^([ \t]*)[\w.]+\?{1,2}[ \t]*$")


def read_bytes(path: Path) -> bytes:
    """Return a submission's bytes.

    Raises:
        ValueError: it is no plain file, empty, or too large.

    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        kind = "a symbolic link" if path.is_symlink() else error.strerror
        raise ValueError(f"expected a notebook, got {kind}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("expected a notebook, got something that is not a file")
        with open(handle, "rb", closefd=False) as file:
            data = file.read(MAX_FILE + 1)
    finally:
        os.close(handle)
    if len(data) > MAX_FILE:
        raise ValueError(f"expected at most {MAX_FILE // 10**6} MB, got a larger file; clear its outputs")
    if not data.strip():
        raise ValueError("expected a notebook, got an empty file")
    return data


def read(data: bytes, name: str = ".ipynb") -> list[tuple[int, str]]:
    """Return number and source of the cells that count.

    Cells of text are left out, and those whose first line is a comment that ends in "(not graded)". Lines for IPython
    (magics, shell) are taken out. In place of a cell that is too long there is one that says so.

    Args:
        data: the file's.
        name: its name.

    Raises:
        ValueError: it is no notebook, or holds too much code.

    """
    if not name.endswith(".ipynb"):
        raise ValueError("expected a file that ends in .ipynb, got another; archives are not unpacked")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected a notebook, got broken JSON ({type(error).__name__})") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise ValueError("expected a notebook of format 4, got JSON without cells")
    if len(cells) > MAX_CELLS:
        raise ValueError(f"expected at most {MAX_CELLS} cells, got {len(cells)}")
    sources = [_source(cell) for cell in cells]
    counted = [
        (number, source)
        for number, source in enumerate((s for s in sources if s is not None), start=1)
        if source.strip() and not is_ungraded(source)
    ]
    size = sum(len(source.encode()) for _, source in counted)
    if size > MAX_SOURCE:
        raise ValueError(f"expected at most {MAX_SOURCE // 1000} kB of code, got {size // 1000} kB")
    return [
        (number, _plain(source) if len(source.encode()) <= MAX_CELL else TOO_LONG.format(MAX_CELL // 1000))
        for number, source in counted
    ]


def _source(cell: Any) -> str | None:
    """Return a code cell's source, or None for any other cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.encode("utf-8", "replace").decode() if isinstance(source, str) else None


def is_ungraded(source: str) -> bool:
    """Tell whether a cell's first line says that it does not count."""
    first = source.strip().split("\n", 1)[0].strip()
    return first.startswith("#") and first.endswith(UNGRADED)


def _plain(source: str) -> str:
    """Return the source without IPython's lines, if it is not Python as it is."""
    try:
        ast.parse(source)
        return source
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    lines = source.splitlines()
    first = next(k for k, line in enumerate(lines) if line.strip())
    if lines[first].startswith("%%"):
        if lines[first].split()[0] not in KEPT_MAGICS:
            return ""
        lines[first] = ""
    found = ((line, MAGIC.match(line)) for line in lines)
    return "\n".join(
        line if match is None else f"{match[1] or match[2] or match[3] or ''}pass" for line, match in found
    )
