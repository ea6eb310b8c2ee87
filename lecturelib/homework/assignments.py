"""The files of an assignment: one folder each, whose name begins with its number.

    assignments/1_densities/
      master.py            the notebook with solutions; `homework build` makes all else from it
      public/              what students have: test_1a.py, ..., hints.toml, checked.safetensors (made by build),
                           and, where a part is a derivation of the book, derivations.toml
      hidden/              the tests that give the points: test_1a.py, ...
      mistakes.toml        for each hidden test a mistake that loses exactly its points
      alternative.py       the solution written differently
      student.ipynb        made by build

A part is the assignment's number and a letter: 1a.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from lecturelib import paths

PART = re.compile(r"(\d+)([a-z])")
FOLDER = re.compile(r"(\d+)_\w+")
TEST_FILE = re.compile(r"test_(\d+[a-z])\.py")


@dataclass(frozen=True)
class Assignment:
    """The folder of one assignment; only `public` is there where the package was installed."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, such as 1_densities."""
        return self.folder.name

    @property
    def number(self) -> int:
        """The number with which its parts begin."""
        return int(self.name.split("_")[0])

    @property
    def public(self) -> Path:
        """The tests, hints and checked values that students have."""
        return self.folder / "public"

    @property
    def hidden(self) -> Path:
        """The tests that give the points."""
        return self.folder / "hidden"

    @property
    def parts(self) -> list[str]:
        """Its parts, in order."""
        return parts_in(self.public)

    def hints(self, part: str) -> list[str]:
        """Return the hints for a part, the mildest first."""
        path = self.public / "hints.toml"
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return [str(text) for text in content.get(part, [])]

    def derivations(self, part: str) -> list[tuple[str, str]]:
        """Return the derivations of the book that a part is about: chapter, such as words/masked_lm, and title."""
        path = self.public / "derivations.toml"
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        split = (str(text).partition(": ") for text in content.get(part, []))
        return [(chapter, title) for chapter, _, title in split]

    @cached_property
    def _values(self) -> dict[str, Tensor]:
        path = self.public / "checked.safetensors"
        return load_file(path) if path.exists() else {}

    def checked(self, part: str) -> dict[str, Tensor]:
        """Return copies of the values that a right solution of the part gives, with the inputs they belong to."""
        start = f"{part}/"
        return {key.removeprefix(start): t.clone() for key, t in self._values.items() if key.startswith(start)}


def parts_in(folder: Path) -> list[str]:
    """Return the parts that a folder has tests of, in order."""
    found = (TEST_FILE.fullmatch(path.name) for path in folder.glob("test_*.py"))
    return sorted(match[1] for match in found if match)


def every() -> list[Assignment]:
    """Return all assignments, by number."""
    folders = paths.assignments_dir().glob("[0-9]*_*")
    found = [Assignment(f) for f in folders if FOLDER.fullmatch(f.name) and f.is_dir()]
    return sorted(found, key=lambda a: a.number)


def get(name: str) -> Assignment:
    """Return the assignment of this name or number.

    Raises:
        ValueError: there is none.

    """
    if (Path(name) / "master.py").is_file():
        return Assignment(Path(name).resolve())
    for assignment in every():
        if name in (assignment.name, str(assignment.number)):
            return assignment
    known = ", ".join(a.name for a in every())
    raise ValueError(f"assignment: expected a folder with a master.py or one of {known}, got {name!r}")


def of_part(part: str) -> Assignment:
    """Return the assignment that a part belongs to; 1A is 1a.

    Raises:
        ValueError: there is no such part.

    """
    match = PART.fullmatch(part.lower()) if isinstance(part, str) else None
    if match:
        for assignment in every():
            if assignment.number == int(match[1]) and match[0] in assignment.parts:
                return assignment
    known = ", ".join(p for a in every() if a.number for p in a.parts)  # the template is not for students
    raise ValueError(f"part: expected one of {known}, got {part!r}")
