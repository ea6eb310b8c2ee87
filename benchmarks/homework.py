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

COUNT, SECONDS = 30, 90.0


def main() -> None:
    """Grade thirty solutions of the first assignment, two at a time, and compare with the aim."""
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
        reports = grade.grade(folder, grade.Job(assignment, Path(name) / "out", b"a seed for this benchmark"))
        seconds = time.monotonic() - began
    assert all(found["points"] == found["of"] for found in reports)
    print(f"load of the machine before: {busy:.1f}")
    report("homework", [row(f"{COUNT} submissions, two at a time", "the aim", "s", seconds, SECONDS, ">= 1")])


if __name__ == "__main__":
    main()
