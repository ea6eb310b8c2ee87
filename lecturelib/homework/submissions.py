"""The files in a folder of submissions, and the names under which the grader speaks of them."""

import hashlib
import os
import re
from pathlib import Path

from lecturelib.homework.sandbox.session import clean

HANDED_IN = "handed-in.csv"  # who handed in which file when; made by `collect`, or by hand
LITTER = {".DS_Store", ".ipynb_checkpoints", HANDED_IN}  # not left by students
CANVAS_NAME = re.compile(
    r"^(?P<student>[^_]+)_(?:LATE_)?(?P<id>\d+)_(?P<file>\d+)_"
)  # of a file in Canvas's bulk download
MOODLE_NAME = re.compile(r"^(?P<student>[^_]+)_(?P<id>\d+)_assignsubmission_file")


def left_out(folder: Path, out: Path) -> list[str]:
    """Return the names of what is not a submission: folders, files of another kind, and hidden files."""
    others = [path for path in _entries(folder, out, hidden=True) if path not in set(files_in(folder, out))]
    return [shown_name(path) + "/" * path.is_dir() for path in others if path.name not in LITTER]


def files_in(folder: Path, out: Path) -> list[Path]:
    """Return the notebooks in `folder`, in the order of their names, without what lies in `out`."""
    return [path for path in _entries(folder, out) if path.suffix == ".ipynb"]


def _entries(folder: Path, out: Path, *, hidden: bool = False) -> list[Path]:
    away = os.path.realpath(out)  # unlike Path.resolve, it takes a link that leads to itself
    found = (p for p in folder.iterdir() if hidden or not p.name.startswith("."))
    return sorted((p for p in found if os.path.realpath(p) != away), key=os.fsencode)


def shown_name(path: Path) -> str:
    """Return a file's name as text on one line, whatever bytes it has."""
    return clean(os.fsencode(path.name).decode("utf-8", "backslashreplace").replace("\n", "\\n"), 200)


def report_path(out: Path, path: Path) -> Path:
    """Return the path of a file's report: a safe name, unique to the file."""
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in path.stem)[:80].lstrip(".")
    return out / "reports" / f"{safe}-{digest}.json"


def student_of(name: str) -> str:
    """Return whose submission a file, or a student's folder, is, as far as its name tells: the same in every week."""
    if match := CANVAS_NAME.match(name):
        return f"{match['student']}-{match['id']}"
    if match := MOODLE_NAME.match(name):  # its number belongs to one assignment
        return match["student"]
    return name.removesuffix(".ipynb")
