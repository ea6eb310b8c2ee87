"""A class's week: notebooks are collected without links, points counted, code compared without names."""

import json
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes

from lecturelib.__main__ import main
from lecturelib.homework import assignments, course


def submit(path: Path, *sources: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(writes(new_notebook(cells=[new_code_cell(source) for source in sources])), encoding="utf-8")


def test_collect_follows_no_link_to_another_student_s_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    down = tmp_path / "down"
    submit(down / "ada" / "hw.ipynb", "x = 1")
    (down / "eve").mkdir()
    (down / "eve" / "hw.ipynb").symlink_to("../ada/hw.ipynb")
    (down / "mallory").symlink_to("ada")
    (down / "loop").mkdir()
    (down / "loop" / "a.ipynb").symlink_to("a.ipynb")
    (down / "none").mkdir()
    assert main(["homework", "collect", str(down), str(tmp_path / "in")]) == 0
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["ada-hw.ipynb", "handed-in.csv"]
    told = capsys.readouterr().out
    for line in ("eve/hw.ipynb: a link", "mallory: not a folder", "loop/a.ipynb: a link", "none: no notebook"):
        assert line in told
    assert main(["homework", "collect", str(tmp_path / "nowhere"), str(tmp_path / "in")]) == 1


def graded(out: Path, **points: float) -> None:
    (out / "reports").mkdir(parents=True)
    for name, got in points.items():
        message = "" if got else "centred: expected 1 at index [0], got 2; the sign is turned"
        row = {"part": "0a", "name": "centred", "points": got, "of": 1.0, "message": message, "seconds": 0.1}
        content: dict[str, Any] = {"submission": f"{name}.ipynb", "assignment": "0_template", "tests": [row]}
        content |= {
            "digest": name,
            "points": got,
            "of": 1.0,
            "sandbox": "bubblewrap",
            "cells": {},
            "ended": "graded",
            "seconds": 1.0,
        }
        (out / "reports" / f"{name}.json").write_text(json.dumps(content))
    (out / "reports.json").write_text(json.dumps([f"{name}.json" for name in points]))


def test_statistics_of_a_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    graded(tmp_path / "out", a=1.0, b=0.0, c=0.0, d=1.0, e=1.0)
    assert main(["homework", "statistics", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "5 submissions; of 1 points mean 0.6, median 1"
    assert lines[1] == "  0 to  10%  ##"
    assert lines[10] == " 90 to 100%  ###"
    assert " 60%  0a centred" in lines
    assert lines[-1] == "2 times  0a centred: centred: expected 1"


def test_moodle_gets_its_worksheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    graded(tmp_path / "out", **{"Ada Lovelace_123_assignsubmission_file-hw": 1.0, "eve": 0.0})
    assert main(["homework", "export", "moodle", str(tmp_path / "out"), str(tmp_path / "m.csv")]) == 0
    rows = (tmp_path / "m.csv").read_text().splitlines()
    assert rows[1] == "Participant 123,Ada Lovelace,1.0,1.0,"
    assert len(rows) == 2
    assert "no number: eve.ipynb" in capsys.readouterr().out


COPIED = """
def centred(x):
    total = x.double().cumsum(dim=0)[-1] / x.shape[0]
    shifted = x - total.to(x.dtype).expand_as(x)
    return shifted.contiguous().clone()
"""


def test_renamed_and_reordered_code_is_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    renamed = (
        COPIED.replace("total", "m")
        .replace("shifted", "y")
        .replace("(x", "(z")
        .replace("x.", "z.")
        .replace(" x ", " z ")
    )
    submit(tmp_path / "a.ipynb", COPIED)
    submit(tmp_path / "b.ipynb", "# mine alone\n" + renamed.replace("_as(x", "_as(z"), "y = 1")
    other_way = "torch.stack([column - sum(column) / len(column) for column in x.T], 1)"
    submit(tmp_path / "c.ipynb", f"def centred(x):\n    return {other_way}")
    (tmp_path / "d.ipynb").write_text("{")
    ((share, one, other),) = course.alike(tmp_path, assignments.get("0"))
    assert (one, other) == ("a.ipynb", "b.ipynb")
    assert share > 0.9
    assert main(["homework", "alike", str(tmp_path), "--assignment", "0"]) == 0
    assert "a.ipynb  b.ipynb" in capsys.readouterr().out
