"""Start an assignment: a copy of the template whose parts have the new number."""

import shutil
from pathlib import Path

from lecturelib import paths
from lecturelib.homework.assignments import FOLDER, Assignment

TEMPLATE = "0_template"
CONTENTS = "_toc.yml"
BEFORE = "      - file: book/assignments/teaching\n"  # in the contents, assignments stand above the page for teachers
MADE = ("student.ipynb", "checked.safetensors")  # by `homework build`


def new(name: str) -> list[Path]:
    """Copy the template to `assignments/NAME`, rename its parts, and add its page to the book's contents.

    Returns:
        The files that were written or changed.

    Raises:
        ValueError: the name is not a number and a word, or its number is taken; there is no template.

    """
    match = FOLDER.fullmatch(name)
    if match is None or not int(match[1]):
        raise ValueError(f"name: expected a number from 1 and a word, such as 7_moons, got {name!r}")
    root = paths.assignments_dir()
    taken = [folder.name for folder in root.iterdir() if folder.name.split("_")[0] == match[1]]
    if taken:
        raise ValueError(f"name: expected a number of its own, got {name!r} beside {taken[0]}")
    if not (root / TEMPLATE).is_dir():
        raise ValueError(f"template: expected {root / TEMPLATE}, got none; work in a clone of the repository")
    assignment = Assignment(root / name)
    shutil.copytree(root / TEMPLATE, assignment.folder, ignore=shutil.ignore_patterns(*MADE, "__pycache__"))
    written = []
    for path in sorted(assignment.folder.rglob("*")):
        if path.is_file():
            path.write_text(_renamed(path.read_text(encoding="utf-8"), match[1]), encoding="utf-8")
            written.append(path.rename(path.with_name(_renamed(path.name, match[1]))))
    contents = root.parent / CONTENTS
    before, teaching, after = contents.read_text(encoding="utf-8").partition(BEFORE)
    if not teaching:
        raise ValueError(f"{contents}: expected a line {BEFORE.strip()!r}, got none; name the page by hand")
    page = f"      - file: book/assignments/{name}\n"
    contents.write_text(before + page + teaching + after, encoding="utf-8")
    return [*written, contents]


def _renamed(text: str, number: str) -> str:
    return text.replace("0a", f"{number}a")
