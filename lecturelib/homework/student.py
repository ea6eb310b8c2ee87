"""What a student calls in the notebook: check a part, ask for a hint, take a checked value to continue with.

>>> start(minutes=90)
>>> check("1a")
>>> hint("1a")
>>> checked("1a")["logits"]
>>> progress()
>>> explain("1a")
"""

import sys
import time
from typing import Any

import torch
from torch import Tensor

from lecturelib.homework import assignments
from lecturelib.homework.sandbox.session import Student

ANSWERS = "https://github.com/sequences-and-self-supervision/book/blob/main/assignments"
BOOK = "https://sequences-and-self-supervision.github.io/book/book"
_given: dict[str, int] = {}  # how many hints of each part have been shown
_checked: dict[str, "Checked"] = {}  # the last result of each part
_began: list[float] = []  # when the notebook was started


class Checked:
    """The result of `check`: it prints itself, and knows whether every test passed."""

    def __init__(self, part: str, rows: list[Any], notes: list[str] | None = None) -> None:
        self.part, self.rows, self.notes = part, rows, list(dict.fromkeys(notes or []))
        self.points, self.of = sum(row.points for row in rows), sum(row.of for row in rows)

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return bool(self.points == self.of)

    def __repr__(self) -> str:
        lines = []
        for row in self.rows:
            good = row.points == row.of
            lines.append(f"{'✓' if good else '✗'} {row.name} ({row.points:g}/{row.of:g})")
            if not good:
                lines += [f"    {line}" for line in row.message.splitlines()]
        lines.append(f"{self.part}: {self.points:g} of {self.of:g} points in the public tests")
        if self.passed:
            lines.append(f'explain("{self.part}") tells where a worked answer stands')
        else:
            lines += [f"note: {note}" for note in self.notes[:3]]
            lines.append(f'stuck? hint("{self.part}"); or go on with checked("{self.part}")')
        return "\n".join(lines)


def check(part: str) -> Checked:
    """Run the public tests of a part on the notebook's own functions, and show what they found.

    The points are a preview: the hidden tests give as many, for the same functions on other inputs.

    Args:
        part: such as "1a".

    Raises:
        ValueError: there is no such part.
        RuntimeError: pytest is not installed.

    """
    assignment, part = assignments.of_part(part), part.lower()
    try:
        from lecturelib.homework import local, plugin
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"check: expected the package {error.name}, got none; run %pip install {error.name}"
        ) from None
    session = local.LocalSession(_notebook())
    path = assignment.public / f"test_{part}.py"
    tests = plugin.run([path], Student(session), assignment, part.encode(), shown=True)
    _checked.pop(part, None)
    _checked[part] = Checked(part, tests.rows, session.notes)
    return _checked[part]


def _notebook() -> dict[str, Any]:
    """Return the names of the notebook, or of the script, that called."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") != "__main__" and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_globals


def hint(part: str) -> None:
    """Print the next hint for a part; each call gives one more.

    Raises:
        ValueError: there is no such part.

    """
    assignment, part = assignments.of_part(part), part.lower()
    hints = assignment.hints(part)
    number = _given[part] = min(_given.get(part, 0) + 1, len(hints))
    for count, text in enumerate(hints[:number], start=1):
        print(f"hint {count} of {len(hints)}: {text}")
    if not hints:
        print(f"{part} has no hints")
    elif number == len(hints):
        print(f'that was the last; checked("{part}") gives values to go on with')


def progress(assignment: str | int | None = None) -> None:
    """Print the points of each part, as far as it was checked, and the time since the notebook was started.

    Args:
        assignment: its name or number; default: that of the part checked last.

    Raises:
        ValueError: there is no such assignment, or nothing was checked.

    """
    if assignment is None:
        if not _checked:
            raise ValueError("progress: expected a part that was checked, or an assignment, got neither")
        assignment = list(_checked)[-1][:-1]
    chosen = assignments.get(str(assignment))
    done = {part: _checked[part] for part in chosen.parts if part in _checked}
    for part in chosen.parts:
        bar = f"{done[part].points:g} of {done[part].of:g} points" if part in done else "not checked yet"
        print(f"{'✓' if part in done and done[part].passed else '·'} {part}  {bar}")
    points, of = sum(result.points for result in done.values()), sum(result.of for result in done.values())
    passed = sum(result.passed for result in done.values())
    minutes = f", {(time.monotonic() - _began[-1]) / 60:.0f} minutes since the start" if _began else ""
    print(f"{passed} of {len(chosen.parts)} parts, {points:g} of {of:g} points of those checked{minutes}")


def explain(part: str) -> None:
    """Print where a worked answer and the derivation of a part stand; before it has all points, what is missing.

    Raises:
        ValueError: there is no such part.

    """
    assignment, part = assignments.of_part(part), part.lower()
    if part in _checked and _checked[part].passed:
        print(f"{part}: {ANSWERS}/{assignment.name}/master.py, from the heading {part} on")
        print("another way to write it: alternative.py beside it")
        for chapter, title in assignment.derivations(part):
            print(f'derived in the book: {BOOK}/{chapter}.html, "Derivation: {title}"')
    else:
        print(f'{part}: first earn all points of check("{part}"); hint("{part}") helps')


def checked(part: str) -> dict[str, Tensor]:
    """Return a part's stored inputs and what a correct solution returns for them, to continue with.

    Raises:
        ValueError: there is no such part.

    """
    return assignments.of_part(part).checked(part.lower())


def start(*, minutes: int) -> None:
    """Print the device and the time to expect, and let torch use one thread.

    Args:
        minutes: how long a well-prepared student needs.

    """
    torch.set_num_threads(1)
    _began.append(time.monotonic())
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU (enough for this assignment)"
    print(f"device: {device}; about {minutes} minutes of work; no cell runs longer than two minutes")
