"""Read a submission: a notebook of which nothing is believed, and nothing run."""

import ast
import json
import os
import re
import resource
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

MAX_FILE = 50_000_000
MAX_CELLS = 2000
MAX_CELL = 100_000  # bytes: what Python's parser takes grows with it
MAX_SOURCE = 1_000_000
MEMORY, SECONDS = 700_000_000, 20  # of the process that reads a notebook
UNGRADED = "(not graded)"
FOREIGN = re.compile(
    r"(?:(?:import otter|grader *= *otter\.|grader\.\w+\().*(?:\n|\Z))+"
)  # set-up, checks, export of otter
KEPT_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")  # what follows them is Python
TOO_LONG = 'raise ValueError("expected a cell of at most {} kB, got a longer one; it was left out")'
# no two parts side by side match the same characters: the time grows with the line, not with its square
MAGIC = re.compile(r"^([ \t]*)(?:[^\W\d][\w, ]*=[ \t]*)?[%!].*$|^([ \t]*)\?{1,2}\w.*$|^([ \t]*)[\w.]+\?{1,2}[ \t]*$")
RUN = re.compile(r"^([ \t]*(?:[^\W\d][\w, ]*=[ \t]*)?)%(?:time|prun)[ \t]+(?:-[a-zA-Z](?:[ \t]+\d+)?[ \t]+)*(\S.*)$")
TOKEN = re.compile(r"#.*|\"{3}|'{3}|[\"'(\[{)\]}]|\\$")
STRING_END = {
    '"': re.compile(r'(?:[^\\"]|\\.)*"'),
    "'": re.compile(r"(?:[^\\']|\\.)*'"),
    '"""': re.compile(r'(?:[^\\"]|\\.|"(?!""))*"{3}'),
    "'''": re.compile(r"(?:[^\\']|\\.|'(?!''))*'{3}"),
}


def read_bytes(path: Path) -> bytes:
    """Return a submission's bytes.

    Raises:
        ValueError: it is not a regular file, is empty, or is too large.

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


def read_apart(data: bytes, name: str = ".ipynb") -> list[tuple[int, str]]:
    """Return what `read` returns, found by another process, whose memory and time are limited.

    Raises:
        ValueError: as `read` does, or the limits do not suffice.

    """
    return [(number, source) for number, source in _apart(data, name)]


def read_texts_apart(data: bytes, name: str = ".ipynb") -> list[str]:
    """Return the text of the cells that are not code, read as `read_apart` reads the others.

    Raises:
        ValueError: as `read` does, or the limits do not suffice.

    """
    return [str(text) for text in _apart(data, name, "texts")]


def _apart(data: bytes, *words: str) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", __file__, *words], input=data, capture_output=True, cwd="/", env={}
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        limits = f"{MEMORY // 10**6} MB and {SECONDS} s"
        raise ValueError(f"expected a notebook that can be read with {limits}, got one that needs more") from None
    if not isinstance(answer, list):
        raise ValueError(str(answer))
    return answer


def main() -> None:
    """Read a notebook from standard input, and write its cells, or what is wrong with it, as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    answer: object
    try:
        answer = (read_texts if sys.argv[2:] else read)(sys.stdin.buffer.read(), sys.argv[1])
    except ValueError as error:
        answer = str(error)
    print(json.dumps(answer))


def read(data: bytes, name: str = ".ipynb") -> list[tuple[int, str]]:
    """Return number and source of the cells that count.

    Cells of text are left out, and those whose first line is a comment that ends in "(not graded)". Lines for IPython
    (magics, shell) are taken out. In place of a cell that is too long there is one that says so.

    Args:
        data: the file's.
        name: its name.

    Raises:
        ValueError: it is not a notebook, or holds too much code.

    """
    cells = _cells(data, name)
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
        (number, plain(source) if len(source.encode()) <= MAX_CELL else TOO_LONG.format(MAX_CELL // 1000))
        for number, source in counted
    ]


def read_texts(data: bytes, name: str = ".ipynb") -> list[str]:
    """Return the text of the cells that are not code; more than is allowed of code is cut."""
    texts = [_source(cell, "markdown") or "" for cell in _cells(data, name)]
    return [text[:MAX_CELL] for text in texts if text.strip()]


def _cells(data: bytes, name: str) -> list[Any]:
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
    return cells


def _is_test(cell: dict[str, Any]) -> bool:
    """Tell whether a cell holds a test of nbgrader, or what otter leaves out when it grades."""
    about = cell.get("metadata")
    about = about if isinstance(about, dict) else {}
    own, tags = about.get("nbgrader"), about.get("tags")
    is_test = isinstance(own, dict) and own.get("grade") is True and own.get("solution") is False
    return is_test or (isinstance(tags, list) and "otter_ignore" in tags)


def _source(cell: Any, kind: str = "code") -> str | None:
    """Return the source of a cell of this kind, or None for any other cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") != kind:
        return None
    source = "" if _is_test(cell) and kind == "code" else cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.encode("utf-8", "replace").decode() if isinstance(source, str) else None


def is_ungraded(source: str) -> bool:
    """Tell whether a cell's first line says that it does not count, or all its lines are otter's."""
    if FOREIGN.fullmatch(source.strip()):
        return True
    first = source.strip().split("\n", 1)[0].strip()
    return first.startswith("#") and first.endswith(UNGRADED)


def plain(source: str) -> str:
    """Return the source as Python, without what only IPython understands, if it is not Python as it is.

    A line for IPython begins a statement: within brackets, strings or continued lines, `%` and `!` are Python's. As in
    IPython, such a line ends in front of the first line break without a backslash, and the indentation of the first
    line is taken off all lines. What follows `%time` or `%prun` is Python, and is kept.
    """
    if _is_python(source):
        return source
    lines = re.split(r"\r\n|\r|\n", source)
    first = next(k for k, line in enumerate(lines) if line.strip())
    indent = lines[first][: -len(lines[first].lstrip())]
    lines = [line.removeprefix(indent) for line in lines]
    if lines[first].startswith("%%"):
        if lines[first].split()[0] not in KEPT_MAGICS:
            return ""
        lines[first] = ""
    found: list[str] = []
    lexer = _Lexer()
    while len(found) < len(lines):
        line = lines[len(found)]
        match = MAGIC.match(line) if lexer.at_start else None
        if match is None:
            lexer.read(line)
            found.append(line)
            continue
        pieces = [line]
        while pieces[-1].endswith("\\") and len(found) + len(pieces) < len(lines):
            pieces.append(lines[len(found) + len(pieces)])
        found += [_without_magic(match, pieces), *[""] * (len(pieces) - 1)]
    return "\n".join(found)


def _without_magic(match: re.Match[str], pieces: list[str]) -> str:
    """Return the Python that stands in a line for IPython, or `pass`."""
    run = RUN.match(" ".join(piece.removesuffix("\\") for piece in pieces))
    if run and _is_python(run[1].strip() + run[2]):
        return run[1] + run[2]
    return f"{match[1] or match[2] or match[3] or ''}pass"


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Lexer:
    """Tells whether the next line begins a statement; Python's own lexer stops at the first line for IPython."""

    def __init__(self) -> None:
        self._depth, self._quote, self._continued = 0, "", False

    @property
    def at_start(self) -> bool:
        """Whether the next line is outside of brackets, strings and continued lines."""
        return not (self._depth or self._quote or self._continued)

    def read(self, line: str) -> None:
        """Read a line of Python."""
        place, self._continued = 0, False
        while True:
            if self._quote:
                end = STRING_END[self._quote].match(line, place)
                if end is None:
                    if len(self._quote) == 1 and not line.endswith("\\"):
                        self._quote = ""  # it is not closed: an error of its own
                    return
                place, self._quote = end.end(), ""
            token = TOKEN.search(line, place)
            if token is None or token[0].startswith("#"):
                return
            place = token.end()
            if token[0] in STRING_END:
                self._quote = token[0]
            elif token[0] == "\\":
                self._continued = True
            else:
                self._depth = max(self._depth + (1 if token[0] in "([{" else -1), 0)


if __name__ == "__main__":
    main()
