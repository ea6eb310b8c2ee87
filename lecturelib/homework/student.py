"""What a student calls in the notebook: check a part, ask for a hint, take a checked value to continue with.

>>> start(minutes=90)
>>> check("1a")
>>> hint("1a")
>>> checked("1a")["logits"]
"""

import sys
from typing import Any

import torch
from torch import Tensor

from lecturelib.homework import assignments
from lecturelib.homework.sandbox.session import Student

_given: dict[str, int] = {}  # how many hints of each part have been shown


class Checked:
    """The result of `check`: it prints itself, and knows whether every test passed."""

    def __init__(self, part: str, rows: list[Any]) -> None:
        self.part, self.rows = part, rows
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
        if not self.passed:
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
    student = Student(local.LocalSession(_notebook()))
    tests = plugin.run([assignment.public / f"test_{part}.py"], student, assignment, part.encode(), shown=True)
    return Checked(part, tests.rows)


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
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU (enough for this assignment)"
    print(f"device: {device}; about {minutes} minutes of work; no cell runs longer than two minutes")
