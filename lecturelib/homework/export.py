"""Reports for other systems: Gradescope's results.json and autograder, tables for Canvas, Moodle, spreadsheets."""

import json
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

from lecturelib.atomic import atomic_write
from lecturelib.homework import final, report
from lecturelib.homework.assignments import Assignment
from lecturelib.homework.submissions import CANVAS_NAME, MOODLE_NAME
from lecturelib.paths import PACKAGE

EXTRA = ["nbformat>=5.10", "pytest>=8.3"]  # the extra `homework`, which may not be installed where the zip is made
SET_UP = """#!/usr/bin/env bash
set -euo pipefail
apt-get update -qq
apt-get install -y -qq --no-install-recommends bubblewrap python3 python3-venv
python3 -c 'import sys
if sys.version_info < (3, 11):
    sys.exit("expected Python 3.11 or newer, got %d.%d; choose a newer base image" % sys.version_info[:2])'
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install --quiet --index-url https://download.pytorch.org/whl/cpu torch torchvision
/autograder/venv/bin/pip install --quiet -r /autograder/source/requirements.txt
"""
RUN = """#!/usr/bin/env bash
# Where Gradescope's container allows no sandbox, this fails, and the submission waits for the instructor.
set -euo pipefail
export PYTHONPATH=/autograder/source
cd /autograder/source
python=/autograder/venv/bin/python
rm -rf /autograder/out /autograder/one
mkdir /autograder/one
find /autograder/submission -maxdepth 1 -type f -name '*.ipynb' | sort | head -n 1 |
  xargs -r -d '\\n' cp -t /autograder/one
$python -m lecturelib homework grade /autograder/one --assignment {name} --out /autograder/out \\
  --seed-file /autograder/source/seed.txt
$python -m lecturelib homework export gradescope /autograder/out /autograder/results
mv /autograder/results/*.json /autograder/results/results.json
"""


def gradescope(content: dict[str, Any]) -> dict[str, Any]:
    """Return a report in the format of Gradescope's results.json."""
    notes = [f"How it ended: {content['ended']}."]
    notes += ["Graded without a sandbox."] if content["sandbox"] != "bubblewrap" else []
    notes += [f"{report.in_words(content['late'])}."] if "late" in content else []
    notes += [f"Code cell {number}: {text}." for number, text in content["cells"].items()]
    tests = [
        {
            "name": f"{row['part']} {row['name']}",
            "score": row["points"],
            "max_score": row["of"],
            **({} if row.get("hand") else {"status": "passed" if row["points"] == row["of"] else "failed"}),
            "output": row["message"],
            "output_format": "text",
            "visibility": "visible",
        }
        for row in content["tests"]
    ]
    return {
        "score": content["points"],
        "execution_time": content["seconds"],
        "output": "\n".join(notes),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def write_gradescope(out: Path, folder: Path) -> int:
    """Write a results file for each report, and return how many."""
    found = final.read_all(out)
    for name, content in found.items():
        with atomic_write(folder / name) as aside:
            aside.write_text(json.dumps(gradescope(content), indent=1) + "\n", encoding="utf-8")
    return len(found)


def write_canvas(out: Path, path: Path) -> tuple[int, list[str]]:
    """Write the table that Canvas imports as grades.

    The ids come from the names of the files in Canvas's bulk download; the other columns may stay empty. If a student
    handed in several files, the newest counts: Canvas numbers files in the order in which they were handed in.

    Returns:
        The number of students, and the names of the older files.

    """
    newest: dict[str, tuple[int, str, dict[str, Any]]] = {}  # by id, or by name where Canvas has none
    older = []
    for content in final.read_all(out).values():
        name = content["submission"]
        match = CANVAS_NAME.match(name)
        key, number, student = (match["id"], int(match["file"]), match["student"]) if match else (f"_{name}", 0, name)
        if key in newest:
            older.append(min((number, name), (newest[key][0], newest[key][2]["submission"]))[1])
        if key not in newest or number > newest[key][0]:
            newest[key] = number, student, content
    first = next(iter(newest.values()))[2]
    rows: list[list[Any]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", first["assignment"]]]
    rows.append(["    Points Possible", "", "", "", "", first["of"]])
    for key, (_, student, content) in newest.items():
        rows.append([student, "" if key.startswith("_") else key, "", "", "", content["points"]])
    report.write_csv(rows, path)
    return len(newest), older


def write_plain(out: Path, path: Path) -> int:
    """Write a table with one row per student and no more than a list of grades needs; Excel reads its letters right.

    If a student handed in several files, the one handed in last counts.
    """
    newest: dict[str, tuple[str, dict[str, Any]]] = {}
    for content in final.read_all(out).values():
        key = content["student"]
        if key not in newest or content["handed_in"] >= newest[key][0]:
            newest[key] = content["handed_in"], content
    header = ["student", "assignment", "points", "of", "days late", "earned before", "comments"]
    rows = []
    for student, (_, content) in sorted(newest.items()):
        late = content.get("late", {"days": 0})["days"]
        own = [r for r in content["tests"] if r.get("hand") and r["message"]]
        comments = "; ".join(f"{row['part']} {row['name']}: {row['message']}" for row in own)
        points = [content["points"], content["of"], late, content.get("earned", content["points"])]
        rows.append([student, content["assignment"], *points, comments[: report.MAX_CELL]])
    report.write_csv([header, *rows], path, mark=True)
    return len(rows)


def write_moodle(out: Path, path: Path) -> tuple[int, list[str]]:
    """Write the grading worksheet that Moodle imports: identifier, full name, grade, feedback.

    The identifiers come from the folders of Moodle's download, NAME_NUMBER_assignsubmission_file.

    Returns:
        The number of rows, and the names of the submissions without an identifier.

    """
    rows: list[list[Any]] = [["Identifier", "Full name", "Grade", "Maximum Grade", "Feedback comments"]]
    unknown = []
    for content in final.read_all(out).values():
        match = MOODLE_NAME.match(content["submission"])
        if match is None:
            unknown.append(content["submission"])
            continue
        lost = f"{report.in_words(content['late'])}; " if "late" in content else ""
        lost += "; ".join(
            f"{row['part']} {row['name']}: {row['message']}" for row in content["tests"] if row["message"]
        )
        who = [f"Participant {match['id']}", match["student"]]
        rows.append([*who, content["points"], content["of"], lost[: report.MAX_CELL]])
    report.write_csv(rows, path)
    return len(rows) - 1, unknown


def write_autograder(assignment: Assignment, seed: bytes, path: Path) -> None:
    """Write the zip that Gradescope asks for: set-up, start, the library, the tests and the seed."""
    wanted = [*(r for r in metadata.requires("lecturelib") or [] if "extra ==" not in r), *EXTRA]
    texts = {
        "setup.sh": SET_UP,
        "run_autograder": RUN.format(name=assignment.name),
        "requirements.txt": "\n".join(r.split(";")[0].strip() for r in wanted) + "\n",
        "seed.txt": seed.decode() + "\n",
    }
    files = {f"lecturelib/{p.relative_to(PACKAGE).as_posix()}": p for p in _code(PACKAGE)}
    for folder in (assignment.public, assignment.hidden):
        files |= {f"assignments/{assignment.name}/{folder.name}/{p.name}": p for p in _code(folder)}
    with atomic_write(path) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        for name, file in sorted(files.items()):
            archive.write(file, name)


def _code(folder: Path) -> list[Path]:
    """Return the files of a folder that are code or stored values, without caches and data sets."""
    kinds = (".py", ".toml", ".ini", ".safetensors")
    found = [p for p in folder.rglob("*") if p.suffix in kinds and p.is_file()]
    return sorted(p for p in found if not {"__pycache__", "_data", "_results", "_assignments"} & set(p.parts))
