"""Wall time of grading a class, each submission in a sandbox of its own: `python benchmarks/homework.py`."""

import os
import tempfile
import time
from pathlib import Path

import nbformat
from timing import report, row

from lecturelib.homework import assignments, grade
from lecturelib.homework import master as masters
from lecturelib.homework.sandbox.process import problem

COUNT, JOBS, SECONDS = 30, 2, 90.0
CLASS, CORES, MINUTES = 300, 4, 10.0


def main() -> None:
    """Grade thirty solutions of the first assignment, two at a time on two cores, and compare with the aims."""
    if fault := problem():
        raise SystemExit(f"error: {fault}")
    assignment = assignments.get("1")
    master = masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))
    text = nbformat.writes(masters.notebook(master, solved=True))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "submissions"
        folder.mkdir()
        for number in range(COUNT):
            (folder / f"{number:02}.ipynb").write_text(text, encoding="utf-8")
        busy = os.getloadavg()[0]
        began = time.monotonic()
        reports = grade.grade(
            folder, grade.Job(assignment, Path(name) / "out", b"a seed for this benchmark"), jobs=JOBS
        )
        seconds = time.monotonic() - began
    assert all(found["points"] == found["of"] for found in reports)
    print(f"load of the machine before: {busy:.1f}")
    minutes = seconds * CLASS / COUNT * JOBS / CORES / 60
    rows = [
        row(f"{COUNT} submissions, two at a time", "the aim", "s", seconds, SECONDS, ">= 1"),
        row(f"{CLASS} on {CORES} cores, by arithmetic", "the aim", "min", minutes, MINUTES, ">= 1"),
    ]
    report("homework", rows)


if __name__ == "__main__":
    main()
