"""Reports for other systems: those of the last run, one a student, about one assignment."""

import csv
import json
import os
import subprocess
from pathlib import Path

import pytest

from lecturelib.__main__ import main
from lecturelib.homework import assignments, export, grade, report, stored
from lecturelib.homework.submissions import report_path


def left(out: Path, **submissions: tuple[str, float]) -> None:
    """What a run leaves: for each submission its assignment and points."""
    paths = []
    for name, (assignment, points) in submissions.items():
        path = report_path(out, Path(f"{name}.ipynb"))
        content = {"submission": f"{name}.ipynb", "assignment": assignment, "points": points, "of": 3.0, "tests": []}
        content |= {"cells": {}, "digest": name, "ended": "graded", "seconds": 1.0, "sandbox": "bubblewrap"}
        report.write(content, path)
        paths.append(path.name)
    report.write_list(paths, out)


def rows_of(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[2:]


def test_what_an_earlier_run_left_is_not_exported(tmp_path: Path):
    left(tmp_path, old=("1_a", 1.0), kept=("1_a", 2.0))
    left(tmp_path, kept=("1_a", 2.0), new=("1_a", 3.0))
    assert len(list((tmp_path / "reports").glob("*.json"))) == 3
    assert main(["homework", "export", "canvas", str(tmp_path), str(tmp_path / "x.csv")]) == 0
    assert [row[0] for row in rows_of(tmp_path / "x.csv")] == ["kept.ipynb", "new.ipynb"]
    assert main(["homework", "export", "gradescope", str(tmp_path), str(tmp_path / "scope")]) == 0
    scores = [json.loads(path.read_text())["score"] for path in sorted((tmp_path / "scope").iterdir())]
    assert scores == [2.0, 3.0]


@pytest.mark.parametrize("kind", ["canvas", "gradescope"])
def test_two_assignments_in_one_folder_are_one_line(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    left(tmp_path, a=("1_a", 1.0), b=("2_b", 2.0))
    assert main(["homework", "export", kind, str(tmp_path), str(tmp_path / "x")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "expected reports on one assignment, got 1_a, 2_b" in line
    assert not (tmp_path / "x").exists()


def test_of_one_student_the_newest_counts_and_the_others_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    names = ["ada_1234_999_a", "ada_LATE_1234_1001_b", "ada_1234_1000_c", "bob_77_5_a"]
    left(tmp_path, **{name: ("1_a", float(points)) for points, name in enumerate(names)})
    assert main(["homework", "export", "canvas", str(tmp_path), str(tmp_path / "x.csv")]) == 0
    assert [(row[0], row[1], row[-1]) for row in rows_of(tmp_path / "x.csv")] == [
        ("ada", "1234", "1.0"),
        ("bob", "77", "3.0"),
    ]
    out = capsys.readouterr().out
    assert "2 students" in out
    assert "a newer one: ada_1234_999_a.ipynb, ada_1234_1000_c.ipynb" in out


def test_names_of_reports_do_not_meet():
    paths = {report_path(Path(), Path(f"{name}.ipynb")) for name in ("a b", "a_b", "a/b", "ä b", "a\nb")}
    assert len(paths) == 5
    assert all(len(path.stem.rsplit("-", 1)[1]) >= 16 for path in paths)


def test_a_change_of_the_library_is_graded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = grade.Job(assignments.get("0"), tmp_path, b"a secret for this test")
    (tmp_path / "a.py").write_text("x = 1")
    monkeypatch.setattr(stored, "PACKAGE", tmp_path)
    before = stored.marks(job)
    assert stored.marks(job) == before
    (tmp_path / "a.py").write_text("x = 2")
    assert stored.marks(job) != before


def test_set_up_refuses_an_old_python_in_one_line(tmp_path: Path):
    for name, text in {
        "apt-get": "exit 0",
        "python3": 'test "$1" = -c && exec python-old "$2"; touch "$0.went-on"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
    (tmp_path / "python-old").write_text(
        '#!/bin/bash\nexec real-python -c "import sys; sys.version_info = (3, 10, 4)\n$1"\n'
    )
    (tmp_path / "real-python").symlink_to(os.path.realpath("/proc/self/exe"))
    for path in tmp_path.iterdir():
        path.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(["bash", "-c", export.SET_UP], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "expected Python 3.11 or newer, got 3.10; choose a newer base image\n"
    assert not (tmp_path / "python3.went-on").exists()
