"""Exam questions with answers: `exam/PART.toml` of the repository, in no page of the site and in no package."""

import random
import tomllib
from dataclasses import dataclass
from pathlib import Path

from lecturelib.paths import PACKAGE

FOLDER = PACKAGE.parent / "exam"
PARTS = ("sequences", "predictive", "words", "vision")  # in the order of the book


@dataclass(frozen=True)
class Question:
    """A question of an exam, in Markdown."""

    part: str
    chapter: str
    points: float
    question: str
    answer: str
    compute: str = ""  # an expression whose value the answer states
    value: str = ""


def read(parts: list[str] | None = None, *, folder: Path = FOLDER) -> list[Question]:
    """Return the questions of the parts (default: all), in the order of the book.

    Raises:
        ValueError: there is no such part, or no questions, as in an installed package.

    """
    if unknown := [part for part in parts or [] if part not in PARTS]:
        raise ValueError(f"part: expected one of {', '.join(PARTS)}, got {unknown[0]!r}")
    if not folder.is_dir():
        raise ValueError(
            f"exam: expected a folder with questions, got {str(folder)!r}; a package has none, a clone has"
        )
    found = []
    for part in PARTS:
        if (not parts or part in parts) and (folder / f"{part}.toml").is_file():
            content = tomllib.loads((folder / f"{part}.toml").read_text(encoding="utf-8"))
            found += [Question(part, **question) for question in content["question"]]
    return found


def draw(questions: list[Question], count: int, seed: int) -> list[Question]:
    """Return some questions, drawn by the seed, from as many chapters as there are, in the order of the book.

    Raises:
        ValueError: there are fewer.

    """
    if not 1 <= count <= len(questions):
        raise ValueError(f"draw: expected 1 to {len(questions)} questions, got {count}")
    left = list(range(len(questions)))
    random.Random(seed).shuffle(left)
    chosen: list[int] = []
    while len(chosen) < count:
        used = [questions[k].chapter for k in chosen]
        rarest = min(left, key=lambda k: used.count(questions[k].chapter))  # the first of the shuffled ones
        left.remove(rarest)
        chosen.append(rarest)
    return [questions[k] for k in sorted(chosen)]


def markdown(questions: list[Question], *, answers: bool) -> str:
    """Return an exam as Markdown, with or without answers."""
    total = sum(question.points for question in questions)
    lines = [f"# Exam: {len(questions)} questions, {total:g} points"]
    for number, question in enumerate(questions, start=1):
        lines += [f"## {number}. ({question.points:g} points)", question.question.strip()]
        if answers:
            lines += [f"**Answer** (see {question.chapter}). {question.answer.strip()}"]
    return "\n\n".join(lines) + "\n"
