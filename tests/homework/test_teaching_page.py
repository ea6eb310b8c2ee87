"""The instructor's page: its commands are understood, its plan is complete, its numbers are measured."""

import argparse
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from lecturelib.homework import assignments, command, exam, late
from lecturelib.paths import PACKAGE, results_dir

ROOT = PACKAGE.parent
TEXT = (ROOT / "book" / "assignments" / "teaching.md").read_text(encoding="utf-8")
START = "python -m lecturelib "
COMMANDS = [line for line in TEXT.splitlines() if line.startswith(START)]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_is_understood(line: str):
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    found = parser.parse_args(shlex.split(line.removeprefix(START), comments=True))
    assert callable(found.func)


def test_every_action_but_those_for_authors_is_on_the_page():
    words = {line.removeprefix(START).split()[1] for line in COMMANDS}
    assert words >= {
        "handout",
        "collect",
        "grade",
        "questions",
        "marks",
        "late",
        "statistics",
        "alike",
        "export",
        "exam",
    }


def test_the_plan_has_every_chapter_and_every_assignment():
    plan = TEXT[TEXT.index("## A semester") : TEXT.index("**Slides.**")]
    chapters = {f"../{part}/{p.stem}" for part in exam.PARTS for p in (ROOT / "book" / part).glob("*.ipynb")}
    assert chapters <= set(re.findall(r"<([^>]+)>`", plan))
    assert {assignment.name for assignment in assignments.every() if assignment.number} <= set(
        re.findall(r"<([^>]+)>`", plan)
    )


def test_the_numbers_of_the_page_are_measured():
    stored = json.loads((results_dir() / "benchmarks" / "homework.json").read_text(encoding="utf-8"))
    (_, seconds), (_, minutes) = ((row["work"], row["ours"]) for row in stored["rows"])
    assert minutes <= 10
    assert minutes == pytest.approx(seconds * 300 / 30 * 2 / 4 / 60, rel=1e-3)
    words = " ".join(TEXT.split())
    assert f"two cores of an {stored['hardware'].split(',')[0]}, 30 correct submissions" in words
    assert f"took {seconds:.0f} s" in words
    assert f"300 take {minutes:.1f} minutes on four such cores" in words
    assert f"There are {len(exam.read())} questions" in words


def test_the_rules_on_the_page_are_read(tmp_path: Path):
    text = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert text is not None
    (tmp_path / "course.toml").write_text(text[1])
    course = late.read_course(tmp_path / "course.toml")
    assert (course.free_days, course.penalty, sorted(course.due)) == (4, 0.1, ["1", "2"])
    assert tomllib.loads(text[1])["extensions"] == {"ada": {"1": 2}}
