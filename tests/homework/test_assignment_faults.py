"""An author's mistakes: each one in an assignment's files or tests is named, with its place."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from needs_sandbox import needs_sandbox

from lecturelib.homework import assignments, verify
from lecturelib.homework import master as masters
from lecturelib.homework.assignments import Assignment


def copy_of_the_template(folder: Path) -> Assignment:
    shutil.copytree(assignments.get("0").folder, folder / "0_copy")
    return Assignment(folder / "0_copy")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, text
    path.write_text(text.replace(old, new), encoding="utf-8")


STATIC_FAULTS = {
    "a solution in a hint": ("public/hints.toml", "The last one", "mean_of_columns = x.mean(dim=0)", "hints.toml: exp"),
    "points that differ": ("public/test_0a.py", "points(1)", "points(2)", "points: expected the public tests"),
    "a hidden test that draws nothing": (
        "hidden/test_0a.py",
        "torch.randn(5, 3, generator=generator)",
        "torch.ones(5, 3)",
        "expected test_centred to draw from `generator`",
    ),
    "no hints": ("public/hints.toml", "0a =", "0b =", "expected hints for 0a, got none"),
    "a notebook out of date": ("master.py", "Say what the", "Say what", "student.ipynb: expected what"),
    "a reference in the public tests": (
        "public/test_0a.py",
        "import pytest\n",
        "import pytest\nfrom lecturelib.autoregressive import NADE\n",
        "expected no solution from the library, got an import of lecturelib.autoregressive",
    ),
}


@pytest.mark.parametrize("fault", STATIC_FAULTS)
def test_a_fault_that_can_be_read_is_named(fault: str, tmp_path: Path):
    name, old, new, expected = STATIC_FAULTS[fault]
    assignment = copy_of_the_template(tmp_path)
    change(assignment.folder / name, old, new)
    found = verify.static_problems(assignment)
    assert any(expected in line for line in found), found


def test_mistakes_of_several_parts_share_a_notebook_and_each_must_lose_its_own_points():
    tests = ["1a sum", "1b sign", "1a mean"]
    rounds = verify.rounds_of([{"test": test, "old": "", "new": test} for test in tests])
    assert [list(planted) for planted in rounds] == [["1a", "1b"], ["1a"]]

    def report(*lost: str) -> dict[str, Any]:
        rows = [
            {"part": t[:2], "name": t[3:], "points": float(t not in lost), "of": 1.0, "message": "no"} for t in tests
        ]
        return {"tests": rows, "points": 3.0 - len(lost), "of": 3.0, "cells": {}}

    right = {"solution.ipynb": report(), "alternative.ipynb": report(), "stub.ipynb": report(*tests)}
    first, second = report("1a sum", "1b sign"), report("1a mean")
    assert list(verify.scores({**right, "mistakes-0.ipynb": first, "mistakes-1.ipynb": second}, rounds)) == []
    found = list(verify.scores({**right, "mistakes-0.ipynb": report("1a sum"), "mistakes-1.ipynb": first}, rounds))
    assert found == [
        "mistake '1b sign': expected to lose '1b sign' alone, got {}",
        "mistake '1a mean': expected to lose '1a mean' alone, got {'1a sum': 'no'}",
        "mistakes of 1a: expected no other part to lose points, got {'1b sign': 'no'}",
    ]


FAULTS = {
    "a test that a stub passes": (
        [("hidden/test_0a.py", 'close(student.centred(x), x - x.mean(dim=0), name="centred")', "assert x is not None")],
        ["stub: expected 0 points, got 1", "expected to lose '0a centred' alone, got {}"],
    ),
    "a test that is wrong": (
        [("hidden/test_0a.py", "x - x.mean(dim=0)", "x - x.mean(dim=1, keepdim=True)")],
        ["solution: expected 1 points, got 0", "alternative: expected 1 points, got 0"],
    ),
    "a test without a mistake, a mistake that is nowhere, and a wrong alternative": (
        [
            ("mistakes.toml", 'test = "0a centred"', 'test = "0b"'),
            ("mistakes.toml", "x.mean(dim=0)", "x.sum()"),
            ("alternative.py", "sum(column) /", "2 * sum(column) /"),
        ],
        ["expected a mistake for", "'x.sum()': expected it once", "alternative: expected 1 points"],
    ),
}


@needs_sandbox
@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_test_is_named(fault: str, tmp_path: Path):
    changes, expected = FAULTS[fault]
    assignment = copy_of_the_template(tmp_path)
    for name, old, new in changes:
        change(assignment.folder / name, old, new)
    found = verify.problems(assignment)
    assert not [text for text in expected if not any(text in line for line in found)], found


BAD_MASTERS = {
    "an unknown cell": ("# %% try\n", "# %% trial\n", "expected a cell of a known kind"),
    "no part": ("# %% check 0a\n", "# %% check\n", "expected a cell of a known kind"),
    "no end": ("    # END SOLUTION\n", "", "expected each BEGIN SOLUTION"),
    "nothing about": ("# minutes = 90\n", "", "title, minutes and chapters"),
    "no dictionary": ('{"x": x, "centred": centred(x)}', "centred(x)", "expected a dictionary"),
}


@pytest.mark.parametrize("case", BAD_MASTERS)
def test_a_bad_master_is_refused(case: str):
    old, new, message = BAD_MASTERS[case]
    text = (assignments.get("0").folder / "master.py").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ValueError, match=message):
        masters.notebook(masters.read(text.replace(old, new)), solved=False)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"assignment: expected .* 1_densities.*, got 'x'"):
        assignments.get("x")
    with pytest.raises(ValueError, match=r"part: expected one of .*1a.*, got '9z'"):
        assignments.of_part("9z")
