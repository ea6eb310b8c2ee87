"""Make all that comes from an assignment's master: notebook, checked values, page of the book, solution."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import torch
from safetensors.torch import load, save

from lecturelib.atomic import atomic_write
from lecturelib.homework import master as masters
from lecturelib.homework import plugin
from lecturelib.homework.assignments import Assignment
from lecturelib.paths import PACKAGE

BOOK = PACKAGE.parent / "book" / "assignments"
SOLUTIONS = PACKAGE.parent / "_build" / "solutions"  # of no use to the site, and not under version control
REPOSITORY = "sequences-and-self-supervision/book"
PAGE = """<!-- made by `python -m lecturelib homework build` from {folder}/master.py; edit that -->
# {title}

About {minutes} minutes.{chapters}{picture}

[Open the notebook on Colab](https://colab.research.google.com/github/{repository}/blob/main/{folder}/student.ipynb) or
{{download}}`download it <../../{folder}/student.ipynb>`. `check("{part}")` in the
notebook tells what is right so far, `hint("{part}")` helps, and `checked("{part}")` gives values to go on with.

{rules}

{table}

{body}
"""


@dataclass(frozen=True)
class Built:
    """The files that `build` makes, by path: those under version control and the solution."""

    files: dict[Path, bytes]
    solution: dict[Path, bytes]


def made(assignment: Assignment) -> Built:
    """Return what an assignment's files should hold.

    Raises:
        ValueError: the master is not in the format.
        RuntimeError: a test file is broken.

    """
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    values = masters.checked_values(master)
    files = {
        assignment.folder / "student.ipynb": _bytes(masters.notebook(master, solved=False)),
        assignment.public / "checked.safetensors": save(dict(sorted(values.items()))),
    }
    if assignment.number:  # the template has no page
        if found := masters.picture(master):
            path = BOOK / f"{assignment.name}.svg"
            files[path] = drawn(path, found[1])
        files[BOOK / f"{assignment.name}.md"] = page(assignment, master).encode()
    solution = {SOLUTIONS / f"{assignment.name}.ipynb": _bytes(masters.notebook(master, solved=True))}
    return Built(files, solution)


def build(assignment: Assignment) -> list[Path]:
    """Write those that are not current, and return the paths of all."""
    built = made(assignment)
    everything = built.files | built.solution
    for path, data in everything.items():
        if not is_current(path, data):
            with atomic_write(path) as aside:
                aside.write_bytes(data)
    return list(everything)


def is_current(path: Path, data: bytes) -> bool:
    """Return whether a file holds `data`; numbers may differ in the last digits, as they do between processors."""
    if not path.exists():
        return False
    stored = path.read_bytes()
    if stored == data or path.suffix != ".safetensors":
        return stored == data
    old, new = load(stored), load(data)
    return old.keys() == new.keys() and all(
        old[name].dtype == new[name].dtype
        and old[name].shape == new[name].shape
        and torch.allclose(old[name], new[name], rtol=1e-5, atol=1e-6)
        for name in old
    )


def drawn(path: Path, source: str) -> bytes:
    """Return the picture that code draws: that at `path` if it is of this code, since matplotlib's versions differ."""
    mark = f"<!-- {hashlib.sha256(source.encode()).hexdigest()[:16]} -->\n".encode()
    if path.is_file() and (stored := path.read_bytes()).endswith(mark):
        return stored
    import matplotlib  # late: the other commands need no pictures

    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": path.stem}):
        masters.value_of(source).savefig(file, format="svg", metadata={"Date": None}, dpi=144)
    return file.getvalue() + mark


def page(assignment: Assignment, master: masters.Master) -> str:
    """Return the page of the book: the tasks and what each test is worth, without a solution."""
    worth = plugin.run(sorted(assignment.public.glob("test_*.py")), None, assignment, only_list=True).worth
    rows = [f"| {part} | {name} | {points:g} |" for (part, name), points in worth.items()]
    chapters = ", ".join(f"{{doc}}`../{name}`" for name in master.about["chapters"])
    body = []
    for cell in master.cells:
        if cell.kind == "[markdown]":
            body.append(cell.source)
        elif cell.kind in ("", "try"):
            body.append(f"```python\n{masters.code(cell, solved=False)}\n```")
    found = masters.picture(master)
    picture = f"\n\n```{{figure}} {assignment.name}.svg\n:alt: {found[0]}\n\n{found[0]}\n```" if found else ""
    return PAGE.format(
        picture=picture,
        folder=f"assignments/{assignment.name}",
        title=master.about["title"],
        minutes=master.about["minutes"],
        chapters=f" Read first: {chapters}." if chapters else "",
        repository=REPOSITORY,
        part=assignment.parts[0],
        rules=masters.RULES,
        table="\n".join(["| part | test | points |", "| --- | --- | --- |", *rows]),
        body="\n\n".join(body),
    )


def _bytes(notebook: Any) -> bytes:
    text: str = nbformat.writes(notebook)
    return (text.rstrip("\n") + "\n").encode()
