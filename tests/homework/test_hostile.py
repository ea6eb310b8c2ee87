"""Hostile and broken submissions: each gets what it has earned and a reason, and leaves nothing behind."""

import csv
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import corpus
import pytest
from needs_sandbox import needs_sandbox

from lecturelib.homework import assignments, grade, submissions
from lecturelib.homework.sandbox.process import Limits

pytestmark = [needs_sandbox, pytest.mark.slow]
FAST = Limits(cell_seconds=15, call_seconds=8, total_seconds=200)  # enough for honest code on a busy machine


@contextmanager
def orphans_come_here() -> Iterator[None]:
    """Make this process the parent of those of its descendants whose own parent ends, instead of process 1."""
    prctl, set_child_subreaper = ctypes.CDLL(None).prctl, 36
    assert prctl(set_child_subreaper, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        prctl(set_child_subreaper, 0, 0, 0, 0)


def own_processes(*words: str) -> dict[int, str]:
    """Numbers and command lines of this process's descendants that have one of these words; others may grade too."""
    parents, lines = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            lines[int(path.name)] = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
    own = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in own} - own:
        own |= more
    return {pid: lines[pid] for pid in own - {os.getpid()} if any(word in lines.get(pid, "") for word in words)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All of them, graded once, with what they left."""
    folder = tmp_path_factory.mktemp("hostile") / "submissions"
    folder.mkdir()
    expected = corpus.write(folder)
    before = {path: path.lstat().st_mtime_ns for path in folder.iterdir()}
    out = folder.parent / "graded"
    job = grade.Job(assignments.get("1"), out, b"a secret for this test", FAST)
    with orphans_come_here():
        reports = grade.grade(folder, job)
        left = {"processes": own_processes("guest.py", corpus.MARK), "folder": folder, "before": before, "out": out}
    return {"expected": expected, "reports": {r["submission"]: r for r in reports}, **left}


def report_of(graded: dict[str, Any], name: str) -> dict[str, Any]:
    report: dict[str, Any] = graded["reports"][submissions.shown_name(Path(name))]
    return report


NAMES = [f"{name}.ipynb" for name in corpus.CASES]
NAMES += ["link.ipynb", "pipe.ipynb", os.fsdecode(b"bytes-\xff.ipynb")]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: os.fsencode(name).decode("utf-8", "replace"))
def test_each_gets_what_it_has_earned_and_a_reason(graded: dict[str, Any], name: str):
    points, reason = graded["expected"][name]
    report = report_of(graded, name)
    found = [*(row["message"] for row in report["tests"]), report["ended"]]
    found += [f"code cell {number}: {text}" for number, text in report["cells"].items()]
    assert (report["points"], report["of"]) == (points, corpus.FULL), found
    assert any(reason in text for text in found), found
    lost = [row for row in report["tests"] if row["points"] < row["of"]]
    assert all(row["message"] for row in lost), lost


def test_none_was_left_out(graded: dict[str, Any]):
    assert len(graded["reports"]) == len(graded["expected"]) == len(NAMES)


def test_none_leaves_a_process(graded: dict[str, Any]):
    assert graded["processes"] == {}


def test_a_process_that_is_left_is_found():
    with orphans_come_here():
        sleeper = f"{sys.executable} -c 'import time; time.sleep(600)' {corpus.MARK} > /dev/null 2>&1 &"
        subprocess.run(["sh", "-c", sleeper], check=True)
        left = own_processes(corpus.MARK)
        assert len(left) == 1
        (pid,) = left
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert own_processes(corpus.MARK) == {}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_grader_that_is_ended_leaves_no_process(number: signal.Signals, tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "hangs.ipynb").write_bytes(corpus.notebook(["while True:\n    pass"]))
    words = [sys.executable, "-m", "lecturelib", "homework", "grade", str(tmp_path / "in"), "--assignment", "0"]
    before = own_processes("multiprocessing")  # of other tests
    with orphans_come_here():
        grader = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not own_processes("guest.py"):
            assert grader.poll() is None
            time.sleep(0.05)
        error: str | None = None
        while error is None:  # an interrupt that meets a callback of the interpreter is lost; one presses again
            grader.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                _, error = grader.communicate(timeout=20)
        end = time.monotonic() + 60
        while (left := own_processes("guest.py", "multiprocessing").keys() - before) and time.monotonic() < end:
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:  # what has come here and is dead
                    pass
            time.sleep(0.05)
        assert left == set()
    if number == signal.SIGINT:
        lines = [line for line in error.replace("\r", "\n").splitlines() if "submissions" not in line and line.strip()]
        assert grader.returncode == 130
        assert lines[-1] == "stopped; the same command resumes the run"
        assert "Traceback" not in error


def test_none_leaves_or_changes_a_file(graded: dict[str, Any]):
    assert {path: path.lstat().st_mtime_ns for path in graded["folder"].iterdir()} == graded["before"]
    places = ["/", "/tmp", "/root", "/home", "/srv", "/usr", "/etc", "/dev/shm", "/var/tmp", "."]
    assert not [place for place in places if Path(place, corpus.MARK).exists()]
    allowed = {".json", ".html"}
    assert {path.suffix for path in (graded["out"] / "reports").iterdir()} == allowed
    assert len(list((graded["out"] / "reports").iterdir())) == 2 * len(NAMES)


def test_reports_and_table_hold_nothing_that_acts(graded: dict[str, Any]):
    pages = [path.read_text(encoding="utf-8") for path in (graded["out"] / "reports").glob("*.html")]
    assert not [page for page in pages if "<script" in page or "\x1b" in page]
    assert any("&lt;script&gt;" in page for page in pages)
    with open(graded["out"] / "grades.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == len(NAMES)
    assert {len(row) for row in rows} == {len(header)}
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@")]
    assert sum(float(row[1]) for row in rows) == sum(points for points, _ in graded["expected"].values())


def test_reports_are_plain_data(graded: dict[str, Any]):
    for path in (graded["out"] / "reports").glob("*.json"):
        report = json.loads(path.read_text(encoding="utf-8"))
        assert report["sandbox"] == "bubblewrap"
        assert report["seconds"] < FAST.total_seconds + 10
