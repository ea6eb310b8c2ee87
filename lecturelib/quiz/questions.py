"""Read the questions of a chapter from its text file."""

import re
from dataclasses import dataclass
from importlib.resources import files

from lecturelib import checks

HEADING = re.compile(r"^## +([a-z0-9-]+)\s*$", re.MULTILINE)
CHOICE = re.compile(r"^- \[([ x])\] +(.+)$")


@dataclass(frozen=True)
class Choice:
    """One answer to choose, whether it is right, and why."""

    text: str
    right: bool
    reason: str


@dataclass(frozen=True)
class Question:
    """A question with its choices, or with a number as its answer and the reason for it."""

    label: str
    text: str
    choices: tuple[Choice, ...]
    answer: float | None
    reason: str
    checks: tuple[str, ...]


def chapters() -> list[str]:
    """Return the names of the chapters that have questions."""
    return sorted(path.name[:-3] for path in files("lecturelib.quiz").iterdir() if path.name.endswith(".md"))


def questions(chapter: str) -> dict[str, Question]:
    """Return the questions of a chapter by their labels, in order.

    Raises:
        ValueError: no chapter of this name has questions, or its file is not in the format of `lecturelib.quiz`.

    """
    checks.one_of("chapter", chapter, chapters())
    return parse(files("lecturelib.quiz").joinpath(f"{chapter}.md").read_text(encoding="utf-8"), f"{chapter}.md")


def parse(text: str, name: str = "questions") -> dict[str, Question]:
    """Return the questions in `text` by their labels.

    Args:
        text: in the format of `lecturelib.quiz`.
        name: of the file, for messages.

    Raises:
        ValueError: a question is not in the format, or two have one label.

    """
    parts = HEADING.split(text)
    if parts[0].strip():
        raise ValueError(f"{name}: expected a heading '## label' first, got {parts[0].strip()[:40]!r}")
    found: dict[str, Question] = {}
    for label, body in zip(parts[1::2], parts[2::2], strict=True):
        if label in found:
            raise ValueError(f"{name}: expected labels that differ, got {label!r} twice")
        found[label] = _question(label, body, f"{name}, {label}")
    return found


def _question(label: str, body: str, where: str) -> Question:
    paragraph: list[str] = []
    choices: list[Choice] = []
    conditions: list[str] = []
    answer, reason = None, ""
    for line in _unwrapped(body):
        if chosen := CHOICE.match(line):
            text, why = _split(chosen[2], where)
            choices.append(Choice(text, chosen[1] == "x", why))
        elif line.startswith("check: "):
            conditions.append(line.removeprefix("check: "))
        elif line.startswith("answer: "):
            number, reason = _split(line.removeprefix("answer: "), where)
            try:
                answer = float(number)
            except ValueError:
                raise ValueError(f"{where}: expected a number after 'answer:', got {number!r}") from None
        elif choices or answer is not None or line.startswith("- "):
            raise ValueError(f"{where}: expected '- [ ] choice :: reason' or 'check: expression', got {line!r}")
        else:
            paragraph.append(line)
    if not paragraph:
        raise ValueError(f"{where}: expected a question below the heading, got none")
    if (answer is None) == (not choices):
        raise ValueError(f"{where}: expected either choices or one 'answer:', got {'both' if choices else 'neither'}")
    if choices and (len(choices) < 2 or not any(choice.right for choice in choices)):
        raise ValueError(f"{where}: expected two or more choices, a right one '[x]' among them")
    return Question(label, " ".join(paragraph), tuple(choices), answer, reason, tuple(conditions))


def _unwrapped(body: str) -> list[str]:
    """Return the lines that are not empty; one that is indented belongs to the line before it."""
    lines: list[str] = []
    for line in filter(str.strip, body.splitlines()):
        if line.startswith(" ") and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.rstrip())
    return lines


def _split(text: str, where: str) -> tuple[str, str]:
    first, separator, reason = text.partition(" :: ")
    if not separator or not first.strip() or not reason.strip():
        raise ValueError(f"{where}: expected ' :: ' and a reason after {text!r}")
    return first.strip(), reason.strip()
