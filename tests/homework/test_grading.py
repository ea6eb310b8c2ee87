"""The instructor's side: grade, resume an interrupted run, refuse without a sandbox, export."""

import csv
import json
import os
import resource
import shutil
import stat
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes
from needs_sandbox import needs_sandbox

from lecturelib.__main__ import main
from lecturelib.homework import assignments, cells, export, grade, report
from lecturelib.homework.report import read_all
from lecturelib.homework.sandbox.session import Session, StudentError

GOOD = "import torch\ndef centred(x): return x - x.mean(dim=0)"
BAD = "def centred(x): return x"
CANVAS = "lovelaceada_LATE_1234_5678_homework.ipynb"


def submit(folder: Path, **sources: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        notebook = new_notebook(cells=[new_markdown_cell("# Mine"), new_code_cell(source)])
        (folder / f"{name}.ipynb").write_text(writes(notebook), encoding="utf-8")


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    submit(tmp_path / "hand-in", good=GOOD, bad=BAD)
    (tmp_path / "hand-in" / "good.ipynb").rename(tmp_path / "hand-in" / CANVAS)
    return tmp_path / "hand-in"


@needs_sandbox
@pytest.mark.slow
def test_grade_goes_on_where_it_stopped_and_exports(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["homework", "grade", str(folder), "--assignment", "0"]) == 0
    out = tmp_path / "hand-in-graded"
    assert f"1/1  {CANVAS}  graded" in capsys.readouterr().out
    table = {row["submission"]: row for row in rows_of(out / "grades.csv")}
    assert {name: row["points"] for name, row in table.items()} == {CANVAS: "1.0", "bad.ipynb": "0.0"}
    assert table["bad.ipynb"]["0a centred"] == "0.0"
    assert "expected" in table["bad.ipynb"]["messages"]
    assert table["bad.ipynb"]["ended"] == "graded"
    assert float(table["bad.ipynb"]["seconds"]) > 0
    assert stat.S_IMODE((out / "seed.txt").stat().st_mode) == 0o600

    # a second run grades what is new or changed, and nothing else
    submit(folder, bad=GOOD, new=BAD)
    before = {path.name: path.stat().st_mtime_ns for path in (out / "reports").iterdir()}
    assert main(["homework", "grade", str(folder), "--assignment", "0"]) == 0
    after = {path.name: path.stat().st_mtime_ns for path in (out / "reports").iterdir()}
    kept = {name for name in after if before.get(name) == after[name]}
    assert {name.split("_")[0] for name in kept} == {"lovelaceada"}
    assert len(after) == 6
    assert [row["points"] for row in rows_of(out / "grades.csv")] == ["1.0", "1.0", "0.0"]

    assert main(["homework", "export", "gradescope", str(out), str(tmp_path / "scope")]) == 0
    results = [json.loads(path.read_text()) for path in sorted((tmp_path / "scope").iterdir())]
    assert sorted(result["score"] for result in results) == [0.0, 1.0, 1.0]
    for result in results:
        assert {test["name"] for test in result["tests"]} == {"0a centred"}
        assert sum(test["max_score"] for test in result["tests"]) == 1
        assert sum(test["score"] for test in result["tests"]) == result["score"]

    assert main(["homework", "export", "canvas", str(out), str(tmp_path / "canvas.csv")]) == 0
    canvas = rows_of(tmp_path / "canvas.csv")
    assert canvas[0]["Student"].strip() == "Points Possible"
    (ada,) = [row for row in canvas if row["ID"]]
    assert (ada["Student"], ada["ID"], ada["0_template"]) == ("lovelaceada", "1234", "1.0")


@needs_sandbox
@pytest.mark.slow
def test_folders_and_other_files_are_left_out_and_named(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "__MACOSX").mkdir()
    (folder / "odd.ipynb").mkdir()
    (folder / "notes.txt").write_text("x")
    (folder / ".DS_Store").write_text("x")
    (folder / ".name.ipynb").write_text("x")
    (folder / "x.IPYNB").write_text("x")
    (folder / "loop.ipynb").symlink_to("loop.ipynb")
    assert main(["homework", "grade", str(folder), "--assignment", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "left out" in line] == [
        "left out, since only .ipynb files are graded: .name.ipynb, __MACOSX/, notes.txt, x.IPYNB"
    ]
    assert "0/1  loop.ipynb  expected a notebook, got a symbolic link" in lines
    assert "0/1  odd.ipynb  expected a notebook, got something that is not a file" in lines


@needs_sandbox
@pytest.mark.slow
def test_a_grader_s_process_that_dies_costs_only_its_own_submission(tmp_path: Path):
    shutil.copytree(assignments.get("0").folder, tmp_path / "0_copy")
    hidden = tmp_path / "0_copy" / "hidden" / "test_0a.py"
    text = hidden.read_text()
    assert text.count("    x = torch") == 1
    hidden.write_text(
        "import os\n" + text.replace("    x = torch", "    student.deadly and os._exit(9)\n    x = torch")
    )
    submit(tmp_path / "hand-in", a=GOOD + "\ndeadly = 0", b=GOOD + "\ndeadly = 1", c=GOOD + "\ndeadly = 0")
    job = grade.Job(assignments.get(str(tmp_path / "0_copy")), tmp_path / "out", b"a secret for this test")
    reports = grade.grade(tmp_path / "hand-in", job)
    assert [report["points"] for report in reports] == [1, 0, 1]
    assert "its process died" in reports[1]["ended"]
    assert [bool(report["marks"]) for report in reports] == [True, False, True]


def test_where_the_machine_fails_one_has_no_points_and_is_graded_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*args: Any) -> Any:
        raise OSError("Cannot allocate memory")

    job = grade.Job(assignments.get("0"), tmp_path / "out", b"a secret for this test", unsafe=True)
    monkeypatch.setattr(grade, "Session", fail)
    report = grade.grade_one(folder / "bad.ipynb", job)
    assert (report["points"], report["of"], report["tried"]) == (0, 1, False)
    assert "the grader failed: OSError: Cannot allocate memory" in report["ended"]


class ManyErrors(Session):
    """A session in which 1900 cells raised an error, with messages as long as they get."""

    def start(self) -> None:
        self.problems = dict.fromkeys(range(1, 1901), "x" * 1500)

    def get(self, label: str, **target: Any) -> Any:
        raise StudentError("not defined in the notebook")


def test_a_report_tells_of_twenty_cells_and_the_table_can_be_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    job = grade.Job(assignments.get("0"), tmp_path / "out", b"a secret for this test", unsafe=True)
    monkeypatch.setattr(grade, "Session", ManyErrors)
    content = grade.grade_one(folder / "bad.ipynb", job)
    assert len(content["cells"]) == 21
    assert content["cells"]["others"] == "1880 more cells raised an error"
    assert "<li>1880 more cells raised an error</li>" in report.page(content)
    report.write_table([content], tmp_path / "grades.csv")
    (row,) = rows_of(tmp_path / "grades.csv")
    assert 20_000 < len(row["messages"]) <= 30_000


def test_the_wrong_assignment_is_noticed():
    first, second = assignments.get("1"), assignments.get("2")
    mine = [(1, "import torch\ndef fvsbn_logits(x): pass"), (2, "def log_likelihood(x): pass\ndef helper(): pass")]
    assert grade._wrong_file(mine, second) == "; it defines no function of 2_pixelcnn, but 2 of 1_densities"
    assert grade._wrong_file(mine, first) == grade._wrong_file([(1, "def helper(): pass")], first) == ""


@pytest.mark.slow
def test_a_notebook_that_takes_too_much_to_read_is_refused_and_costs_the_grader_nothing():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match="read with 700 MB and 20 s, got one that needs more"):
        cells.read_apart(b'{"cells":[' + b'{"":{}},' * 4_000_000 + b"{}]}")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB; read here, it takes 1.5 GB
    with pytest.raises(ValueError, match="expected a notebook, got broken JSON"):
        cells.read_apart(b"{")
    notebook = writes(new_notebook(cells=[new_code_cell("x = 'é'")])).encode()
    assert cells.read_apart(notebook) == cells.read(notebook) == [(1, "x = 'é'")]


def graded(folder: Path, out: Path, **changes: Any) -> list[dict[str, Any]]:
    job = grade.Job(assignments.get("0"), out, b"a secret for this test", **changes)
    return grade.grade(folder, job)


def test_without_bubblewrap_it_refuses(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["homework", "grade", str(folder), "--assignment", "0"]) == 1
    error = capsys.readouterr().err
    assert "sudo apt-get install bubblewrap" in error
    assert "--unsafe" in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "hand-in-graded" / "reports").exists()


@pytest.mark.slow
def test_unsafe_grades_without_it_and_marks_every_report(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["homework", "grade", str(folder), "--assignment", "0", "--unsafe"]) == 0
    out = tmp_path / "hand-in-graded"
    assert "may have been forged" in capsys.readouterr().out
    assert {row["points"] for row in rows_of(out / "grades.csv")} == {"0.0", "1.0"}
    assert {row["sandbox"] for row in rows_of(out / "grades.csv")} == {"none (--unsafe)"}
    pages = list((out / "reports").glob("*.html"))
    assert len(pages) == 2
    assert all("Graded without a sandbox" in page.read_text() for page in pages)
    assert all("Graded without a sandbox" in export.gradescope(report)["output"] for report in read_all(out).values())


@needs_sandbox
@pytest.mark.slow
def test_seed_and_submission_decide_the_inputs(tmp_path: Path):
    """The same notebook meets the same inputs, another notebook others: a report tells nothing about the next."""
    tell = "def centred(x): return x.flatten()[:1].item()"
    submit(tmp_path / "a", one=tell, three=tell + "\n# changed")
    shutil.copy(tmp_path / "a" / "one.ipynb", tmp_path / "a" / "two.ipynb")
    one, three, two = graded(tmp_path / "a", tmp_path / "out")
    message = {report["submission"]: report["tests"][0]["message"] for report in (one, two, three)}
    assert message["one.ipynb"] == message["two.ipynb"] != message["three.ipynb"]
    assert [report["same_as"] for report in (one, two, three)] == [["two.ipynb"], ["one.ipynb"], []]
    assert {row["submission"]: row["same bytes as"] for row in rows_of(tmp_path / "out" / "grades.csv")} == {
        "one.ipynb": "two.ipynb", "two.ipynb": "one.ipynb", "three.ipynb": "",
    }  # fmt: skip


@needs_sandbox
@pytest.mark.slow
def test_a_broken_hidden_test_is_the_instructor_s_fault(tmp_path: Path):
    shutil.copytree(assignments.get("0").folder, tmp_path / "0_copy")
    (tmp_path / "0_copy" / "hidden" / "test_0a.py").write_text("import nothing_of_this_name\n")
    submit(tmp_path / "hand-in", good=GOOD)
    job = grade.Job(assignments.get(str(tmp_path / "0_copy")), tmp_path / "out", b"a secret for this test")
    with pytest.raises(RuntimeError, match=r"its tests do not run: .*nothing_of_this_name"):
        grade.grade(tmp_path / "hand-in", job)


def test_bad_arguments_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "empty").mkdir()
    (tmp_path / "seed").write_text("short")
    good = ["--assignment", "0", "--out", str(tmp_path / "out"), "--unsafe"]
    cases = {
        "folder: expected a folder of submissions": [str(tmp_path / "none"), *good],
        "folder: expected submissions (.ipynb), got none": [str(tmp_path / "empty"), *good],
        "assignment: expected": [str(tmp_path / "empty"), "--assignment", "nothing", "--out", str(tmp_path / "out")],
        "seed: expected at least 16": [str(tmp_path / "empty"), *good, "--seed-file", str(tmp_path / "seed")],
        "--jobs: expected a positive integer": [str(tmp_path / "empty"), *good, "--jobs", "0"],
    }
    for message, arguments in cases.items():
        assert main(["homework", "grade", *arguments]) == 1
        error = capsys.readouterr().err
        assert message in error
        assert len(error.splitlines()) == 1
    assert main(["homework", "export", "canvas", str(tmp_path), str(tmp_path / "x.csv")]) == 1
    assert "out: expected a folder with reports" in capsys.readouterr().err


def test_autograder_holds_what_it_needs_and_no_solution(tmp_path: Path):
    seed, archive = tmp_path / "seed", tmp_path / "autograder.zip"
    seed.write_text("0123456789abcdef")
    assert main(["homework", "export", "autograder", "1", str(archive), "--seed-file", str(seed)]) == 0
    with zipfile.ZipFile(archive) as file:
        names = set(file.namelist())
        file.extractall(tmp_path / "source")
        requirements = file.read("requirements.txt").decode().split()
    assert {"setup.sh", "run_autograder", "seed.txt", "lecturelib/homework/sandbox/guest.py"} <= names
    assert "assignments/1_densities/hidden/test_1a.py" in names
    assert {name.split("/")[2] for name in names if name.startswith("assignments/")} == {"public", "hidden"}
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]["homework"]) <= set(requirements)
    assert any(line.startswith("torch") for line in requirements)
    for script in ("setup.sh", "run_autograder"):
        assert os.system(f"bash -n {tmp_path / 'source' / script}") == 0
