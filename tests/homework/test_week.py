"""A class's week: layouts, parts graded again, marks by hand, codes, late days, all of it exported."""

import csv
import hashlib
import json
import os
import stat
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes

from lecturelib.__main__ import main
from lecturelib.homework import assignments, cells, export, final, grade, layouts, marking, report, stored, submissions
from lecturelib.paths import PACKAGE

FIRST = assignments.get("1")
GIVEN = marking.handed_out(FIRST)


def notebook(*texts: str) -> str:
    return str(writes(new_notebook(cells=[new_code_cell("x = 1"), *map(new_markdown_cell, texts)])))


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def graded(out: Path, folder: Path, assignment: str = "1_densities") -> None:
    """What `grade` leaves: of two parts, one point of three each."""
    names = []
    for path in submissions.files_in(folder, out):
        row = {"name": "a test", "points": 1.0, "of": 3.0, "message": "the sign is turned", "seconds": 0.1}
        content: dict[str, Any] = {"submission": path.name, "assignment": assignment, "points": 2.0, "of": 6.0}
        content |= {"tests": [row | {"part": "1a"}, row | {"part": "1b"}], "cells": {}, "ended": "graded"}
        content |= {"digest": hashlib.sha256(path.read_bytes()).hexdigest(), "seconds": 1.0, "sandbox": "bubblewrap"}
        report.write(content, submissions.report_path(out, path))
        names.append(submissions.report_path(out, path).name)
    final.keep_times(folder, out)
    report.write_list(names, out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    answer = GIVEN.replace("\n2. ", "\nThe draws do.\n\n2. ") + "\n\n=Each pixel\nneeds the last."
    (tmp_path / "in" / "ada.ipynb").write_text(notebook(answer))
    (tmp_path / "in" / "bob.ipynb").write_text(notebook(GIVEN, "1. All.\n2. None."))
    graded(tmp_path / "out", tmp_path / "in")
    return tmp_path / "in"


def test_every_assignment_has_two_questions_of_two_points():
    for assignment in assignments.every()[1:]:
        assert marking.questions(assignment) == {"question 1": 2.0, "question 2": 2.0}, assignment.name
        assert marking.ITEM.search(marking.handed_out(assignment)), assignment.name


def test_marks_go_out_and_come_back_into_pages_and_exports(folder: Path, capsys: pytest.CaptureFixture[str]):
    out, table = folder.parent / "out", folder.parent / "open.csv"
    words = ["--assignment", "1"]
    assert main(["homework", "questions", str(out), str(table), "--folder", str(folder), "--parts", *words]) == 0
    rows = rows_of(table)
    assert [(r["submission"], r["item"], r["of"], r["automatic"]) for r in rows[:4]] == [
        ("ada.ipynb", "1a", "3", "1"),
        ("ada.ipynb", "1b", "3", "1"),
        ("ada.ipynb", "question 1", "2", ""),
        ("ada.ipynb", "question 2", "2", ""),
    ]
    assert rows[2]["answer"] == "The draws do."
    assert rows[2]["rubric"].startswith("One point: the logits and the draws depend on the order, since")
    assert rows[3]["answer"] == "'=Each pixel\nneeds the last."  # no formula
    assert rows[6]["answer"] == rows[7]["answer"] == "1. All.\n2. None."
    rows[0] |= {"points": "2,5", "comment": "a slip"}  # as a German spreadsheet writes it
    rows[1] |= {"comment": "see 1a"}
    rows[2] |= {"points": "1.5", "comment": "which draws?"}
    with open(table, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    assert main(["homework", "marks", str(out), str(table), *words]) == 0
    assert "without points: ada.ipynb, bob.ipynb" in capsys.readouterr().out

    first, second = final.read_all(out).values()
    assert (first["points"], first["of"]) == (2.5 + 1 + 1.5, 10)
    assert (second["points"], second["of"]) == (2, 10)
    page = (out / "reports" / submissions.report_path(out, Path("ada.ipynb")).name).with_suffix(".html").read_text()
    for text in ("5 of 10 points", "a slip", "+1.5", "see 1a", "1.5/2", "which draws?", "not graded yet", "viewport"):
        assert text in page
    assert "ada.ipynb" in (out / "index.html").read_text()
    assert [row["points"] for row in rows_of(out / "grades.csv")] == ["5.0", "2.0"]
    scope = export.gradescope(first)
    assert scope["score"] == sum(test["score"] for test in scope["tests"]) == 5
    assert export.write_plain(out, folder.parent / "plain.csv") == 2
    (row, _) = rows_of(folder.parent / "plain.csv")
    assert (row["student"], row["points"], row["earned before"]) == ("ada", "5.0", "5.0")
    assert "1a by hand: a slip" in row["comments"]

    # what was given stands in the next table; another file of the same name has no marks
    marking.write(out, folder, FIRST, table)
    assert rows_of(table)[0]["points"] == "1.5"
    (folder / "ada.ipynb").write_text(notebook("new"))
    graded(out, folder)
    assert next(iter(final.read_all(out).values()))["points"] == 2


WRONG_ROWS: list[tuple[dict[str, str], str]] = [
    ({"points": "3"}, "row 2: expected points from 0 to 2, got '3'"),
    ({"points": "x"}, "row 2: expected points from 0 to 2, got 'x'"),
    ({"points": "nan"}, "row 2: expected points from 0 to 2, got 'nan'"),
    ({"item": "question 9"}, "row 2: expected one of question 1, question 2, 1a, 1b, got 'question 9'"),
    ({"submission": "eve"}, "row 2: expected a submission, got 'eve'; were there codes?"),
]


def test_a_wrong_row_is_one_line_and_changes_nothing(folder: Path):
    table = folder.parent / "open.csv"
    marking.write(folder.parent / "out", folder, FIRST, table)
    rows = rows_of(table)
    for change, message in WRONG_ROWS:
        changed = [rows[0] | change, *rows[1:]]
        report.write_csv([list(rows[0]), *(list(row.values()) for row in changed)], table)
        with pytest.raises(ValueError, match="expected") as error:
            marking.read(folder.parent / "out", FIRST, table)
        assert message in str(error.value)
    assert not (folder.parent / "out" / final.MARKS).exists()


def test_codes_hide_names_and_their_key_lies_apart(folder: Path):
    out, table, key = folder.parent / "out", folder.parent / "tables" / "open.csv", folder.parent / "keys" / "key.json"
    for near in (out / "key.json", folder / "key.json", table.with_name("key.json")):
        with pytest.raises(ValueError, match="a folder of its own"):
            marking.write(out, folder, FIRST, table, key=near)
    marking.write(out, folder, FIRST, table, key=key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    codes = json.loads(key.read_text())
    assert set(codes) == {"ada.ipynb", "bob.ipynb"}
    assert not {"ada", "bob"} & set(table.read_text().replace(".ipynb", "").split(","))
    rows = rows_of(table)
    assert [row["submission"] for row in rows] == sorted(row["submission"] for row in rows)
    for row in rows:
        row["points"] = "2" if row["submission"] == codes["bob.ipynb"] else "0"
    report.write_csv([list(rows[0]), *(list(row.values()) for row in rows)], table)
    assert marking.read(out, FIRST, table, key=key) == 4
    assert [content["points"] for content in final.read_all(out).values()] == [2, 6]
    marking.write(out, folder, FIRST, table, key=key)
    assert json.loads(key.read_text()) == codes


COURSE = """
[late]
free_days = 2
penalty = 0.1
last_day = 4
grace_minutes = 15
[due]
1 = 2026-09-21T23:59:00+02:00
2 = 2026-10-05T23:59:00+02:00
[extensions]
eve = { 1 = 1 }
nobody = { 1 = 1 }
"""


def test_late_days_are_spent_in_order_and_then_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    handed = {
        "1": {"ada": "22T00:10", "bob": "22T00:20", "eve": "22T20:00", "dan": "24T12:00", "zoe": "30T12:00"},
        "2": {"ada": "05T12:00", "bob": "08T12:00", "eve": "05T12:00", "dan": "06T12:00", "zoe": "06T12:00"},
    }
    for number, times in handed.items():
        folder = tmp_path / f"in{number}"
        folder.mkdir()
        for name in times:
            (folder / f"{name}.ipynb").write_text(notebook(name))
        month = {"1": "09", "2": "10"}[number]
        rows = [[f"{name}.ipynb", name, f"2026-{month}-{time}:00+02:00", "form"] for name, time in times.items()]
        report.write_csv([layouts.COLUMNS, *rows], folder / "handed-in.csv")
        graded(tmp_path / f"out{number}", folder, f"{number}_x")
    (tmp_path / "course.toml").write_text(COURSE)
    outs = [str(tmp_path / "out2"), str(tmp_path / "out1")]  # in any order
    assert main(["homework", "late", str(tmp_path / "course.toml"), *outs]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "1: bob.ipynb: 1 day late, 1 of them free, nothing off; 1 free days left",
        "1: dan.ipynb: 3 days late, 2 of them free, 10% off; 0 free days left",
        "1: zoe.ipynb: 9 days late, 0 of them free, 100% off; 2 free days left",
        "2: bob.ipynb: 3 days late, 1 of them free, 20% off; 0 free days left",
        "2: dan.ipynb: 1 day late, 0 of them free, 10% off; 0 free days left",
        "2: zoe.ipynb: 1 day late, 1 of them free, nothing off; 1 free days left",
        "extension of nobody: no such student so far",
    ]
    points = {c["student"]: c["points"] for c in final.read_all(tmp_path / "out2").values()}
    assert points == {"ada": 2, "bob": 1.6, "eve": 2, "dan": 1.8, "zoe": 2}
    page = submissions.report_path(tmp_path / "out2", Path("bob.ipynb")).with_suffix(".html").read_text()
    assert "3 days late, 1 of them free, 20% off; 0 free days left: 2 points before" in page
    row = next(r for r in rows_of(tmp_path / "out2" / "grades.csv") if r["student"] == "bob")
    assert (row["points"], row["days late"], row["share taken off"]) == ("1.6", "3", "0.2")
    assert (
        "20% off"
        in export.gradescope(
            final.read_all(tmp_path / "out2")[submissions.report_path(Path(), Path("bob.ipynb")).name]
        )["output"]
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[due]\n1 = 2026-09-21T23:59:00", r"due 1: expected a time such as"),
        ("[late]\npenalty = 10", r"penalty: expected a share from 0 to 1, got 10"),
        ("[late]\nfree = 1", r"got free"),
        ("[late", r"expected TOML"),
        ("[due]\n2 = 2026-09-21T23:59:00Z", r"expected a date for assignment 1 under \[due\]"),
    ],
)
def test_a_wrong_course_is_one_line(text: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder.parent / "course.toml").write_text(text)
    assert main(["homework", "late", str(folder.parent / "course.toml"), str(folder.parent / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message.replace("\\", "") in line


def collected(source: Path, **options: str) -> dict[str, tuple[str, str, str]]:
    into = source.with_name(f"{source.name}-in")
    layouts.collect(source, into, **options)
    return {
        row["submission"]: (row["student"], row["handed in"], row["from"]) for row in rows_of(into / "handed-in.csv")
    }


def put(path: Path, text: str = "{}") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_nbgrader_s_folders_are_collected(tmp_path: Path):
    down = tmp_path / "submitted"
    put(down / "ada" / "ps1" / "hw.ipynb")
    put(down / "ada" / "ps1" / "timestamp.txt", "2026-09-21 20:15:00.000000 UTC\n")
    put(down / "bob" / "ps1" / "hw.ipynb")
    put(down / "bob" / "ps1" / "timestamp.txt", "2026-09-21 20:15:00.5 Europe/Berlin")
    assert collected(down) == {
        "ada-hw.ipynb": ("ada", "2026-09-21T20:15:00+00:00", "nbgrader"),
        "bob-hw.ipynb": ("bob", "2026-09-21T20:15:00+02:00", "nbgrader"),
    }
    put(down / "ada" / "ps2" / "hw.ipynb")
    with pytest.raises(ValueError, match="--name: expected one of ps1, ps2"):
        layouts.collect(down, tmp_path / "x")
    assert collected(down, assignment="ps2")["ada-hw.ipynb"][2] == "file"


def test_otter_s_archives_are_collected(tmp_path: Path):
    down = tmp_path / "down"
    for student, names in {
        "ada": ["hw.ipynb", "hw.pdf", ".OTTER_LOG"],
        "eve": ["../../a.ipynb"],
        "bob": ["a.ipynb", "b.ipynb"],
    }.items():
        (down / student).mkdir(parents=True)
        with zipfile.ZipFile(down / student / "hw_2026_09_21T20_15_00_123456.zip", "w") as archive:
            for name in names:
                archive.writestr(name, "{}")
    put(down / "dan" / "x.zip", "not an archive")
    copied, refused = layouts.collect(down, tmp_path / "in")
    assert copied == 2
    assert refused[0].endswith("expected one notebook in the archive, got 2")
    assert refused[1].startswith("dan/x.zip: ")
    rows = {row["submission"]: row for row in rows_of(tmp_path / "in" / "handed-in.csv")}
    assert set(rows) == {"ada-hw.ipynb", "eve-a.ipynb"}
    assert datetime.fromisoformat(rows["ada-hw.ipynb"]["handed in"]).replace(tzinfo=None) == datetime(
        2026, 9, 21, 20, 15
    )
    assert rows["ada-hw.ipynb"]["from"] == "otter"


GRADESCOPE = """---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '100'
    :email: ada@example.org
  :created_at: 2026-09-21 20:15:00.123456000 Z
  :history:
  - :id: 0
    :created_at: 2026-09-20 20:15:00.123456000 Z
submission_2:
  :submitters:
  - :name: Bob
  - :name: 'Eve'
  :created_at: 2026-09-21 13:15:00.123456000 -07:00
"""


def test_gradescope_s_export_is_collected_from_its_archive(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("assignment_1_export/submission_metadata.yml", GRADESCOPE)
        for number in (1, 2):
            archive.writestr(f"assignment_1_export/submission_{number}/hw.ipynb", "{}")
        archive.writestr("assignment_1_export/../../../evil.ipynb", "{}")
        archive.writestr("assignment_1_export/submission_1/virus.exe", "x")
    assert collected(tmp_path / "export.zip") == {
        "Ada Lovelace-hw.ipynb": ("Ada Lovelace", "2026-09-21T20:15:00+00:00", "Gradescope"),
        "Bob and Eve-hw.ipynb": ("Bob and Eve", "2026-09-21T13:15:00-07:00", "Gradescope"),
    }
    assert not list(tmp_path.rglob("evil.ipynb"))


def test_names_of_canvas_and_moodle_tell_the_student(tmp_path: Path):
    put(tmp_path / "down" / "lovelaceada_LATE_12_345_hw.ipynb")
    put(tmp_path / "down" / "Bob Bell_777_assignsubmission_file" / "hw.ipynb")
    found = collected(tmp_path / "down")
    assert {name: row[0] for name, row in found.items()} == {
        "lovelaceada_LATE_12_345_hw.ipynb": "lovelaceada-12",
        "Bob Bell_777_assignsubmission_file-hw.ipynb": "Bob Bell",
    }


def test_tests_of_nbgrader_and_lines_of_otter_are_no_part_of_the_solution():
    given = [
        new_code_cell("import otter\ngrader = otter.Notebook('hw.ipynb')"),
        new_code_cell("def f(): pass"),
        new_code_cell("assert f() == 1", metadata={"nbgrader": {"grade": True, "solution": False, "grade_id": "t"}}),
        new_code_cell("def g(): pass", metadata={"nbgrader": {"grade": True, "solution": True, "grade_id": "g"}}),
        new_code_cell('grader.check("q1")'),
        new_code_cell("grader.export(run_tests=True)", metadata={"tags": ["otter_ignore"]}),
        new_code_cell("graders = 1\ngrader.check('q1')"),
    ]
    found = cells.read(writes(new_notebook(cells=given)).encode())
    assert [number for number, _ in found] == [2, 4, 7]
    hostile = "grader.a(" * 20_000 + "\nx"
    assert len(cells.read(writes(new_notebook(cells=[new_code_cell(hostile)])).encode())) in (0, 1)


def test_only_parts_whose_tests_changed_are_graded_again():
    before = {"marks": {"1a": "x", "1b": "old"}, "ended": "graded", "points": 2.0, "of": 6.0}
    before["tests"] = [{"part": part, "name": "t", "points": 1.0, "of": 3.0} for part in ("1a", "1b")]
    current = {"1a": "x", "1b": "new"}
    assert stored.stale(before, current) == ["1b"]
    assert stored.stale(None, current) == ["1a", "1b"]
    rows = [{"part": "1b", "name": name, "points": 2.0, "of": 2.0} for name in "uv"]
    result = {"tests": rows, "tried": True, "ended": "graded", "points": 4.0, "of": 4.0}
    after = stored.merged(before, result, ["1b"], current)
    assert [(row["part"], row["name"]) for row in after["tests"]] == [("1a", "t"), ("1b", "u"), ("1b", "v")]
    assert (after["points"], after["of"], after["marks"]) == (5, 7, current)
    failed = stored.merged(before, result | {"tried": False, "ended": "the grader failed"}, ["1b"], current)
    assert (failed["points"], failed["marks"]) == (2, {"1a": "x"})
    assert "earlier run" in failed["ended"]


def without_sandbox(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Let `grade` give one point for each part, and return the list of what it is asked to grade."""
    asked: list[tuple[str, list[str]]] = []

    def results(work: dict[Path, list[str]], job: grade.Job, jobs: int) -> Any:
        for path, parts in work.items():
            asked.append((path.stem, parts))
            row = {"name": "t", "points": 1.0, "of": 1.0, "message": "", "seconds": 0.0}
            rows = [row | {"part": part} for part in parts]
            result = {"submission": path.name, "assignment": "1_densities", "tests": rows, "tried": True, "cells": {}}
            result |= {"points": float(len(rows)), "of": float(len(rows)), "ended": "graded", "sandbox": "none"}
            yield path, result | {"digest": hashlib.sha256(path.read_bytes()).hexdigest(), "seconds": 0.0}

    monkeypatch.setattr(grade, "_results", results)
    monkeypatch.setattr(stored, "PACKAGE", PACKAGE / "homework")  # fewer files to read
    return asked


def test_one_student_or_one_part_is_graded_again(folder: Path, monkeypatch: pytest.MonkeyPatch):
    job = grade.Job(FIRST, folder.parent / "new", b"a secret for this test", unsafe=True)
    asked, every = without_sandbox(monkeypatch), FIRST.parts

    def run(**options: Any) -> list[tuple[str, list[str]]]:
        asked.clear()
        assert [r["points"] for r in grade.grade(folder, job, **options)][:1] == [6]
        return list(asked)

    assert run(only=["ada"]) == [("ada", every)]
    assert run() == [("bob", every)]
    assert run() == []
    assert run(parts=["1b"]) == [("ada", ["1b"]), ("bob", ["1b"])]
    assert run(parts=["1b", "1a"], only=["bob.ipynb"]) == [("bob", ["1a", "1b"])]
    report.write_csv([layouts.COLUMNS, ["bob.ipynb", "Bob Bell", "", ""]], folder / "handed-in.csv")
    assert run(only=["Bob Bell"]) == [("bob", every)]
    assert run(again=True) == [("ada", every), ("bob", every)]
    wrong: list[dict[str, Any]] = [{"parts": ["2a"]}, {"only": ["eve"]}]
    for options in wrong:
        with pytest.raises(ValueError, match="expected"):
            run(**options)


class Killed(BaseException):
    """What ends a process at some place."""


def test_a_run_that_is_killed_at_any_write_is_resumed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    asked, replace, left = without_sandbox(monkeypatch), os.replace, [-1]

    def write(source: Path, target: Path) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        replace(source, target)

    def files(out: Path) -> dict[str, bytes]:
        return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    monkeypatch.setattr(os, "replace", write)
    secret = b"a secret for this test"
    grade.grade(folder, grade.Job(FIRST, folder.parent / "whole", secret, unsafe=True))
    expected, kills = files(folder.parent / "whole"), 0
    for number in range(1, 99):
        job = grade.Job(FIRST, folder.parent / f"out{number}", secret, unsafe=True)
        asked.clear()
        left[0] = number
        try:
            grade.grade(folder, job)
            break
        except Killed:
            kills += 1
        reports = [path.name.split("-")[0] for path in (job.out / "reports").glob("*.json")]
        asked.clear()
        grade.grade(folder, job)
        assert {name for name, _ in asked} == {"ada", "bob"} - set(reports)  # no submission twice
        assert files(job.out) == expected
    assert kills >= 8
