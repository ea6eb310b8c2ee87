"""What students get: the grader's reports with the points and comments given by hand, and what lateness costs.

`reports/*.json` stay as the grader wrote them. Beside them lie `handed-in.csv` (who, when), `marks.json` (by hand) and
`late.json`; pages, tables and exports show all of it together.
"""

import csv
import html
import io
import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lecturelib.atomic import atomic_write
from lecturelib.homework import report
from lecturelib.homework.submissions import HANDED_IN, student_of

MARKS, LATE, OPEN = "marks.json", "late.json", "open"
INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{assignment}</title><style>body {{ font: 16px/1.6 system-ui, sans-serif; margin: 1rem auto; max-width: 40rem;
padding: 0 1rem; overflow-wrap: anywhere; }}</style></head><body><h1>{assignment}</h1>
<p>{count} submissions; not for students, who get their own page only.</p><ol>
{rows}
</ol></body></html>
"""


@dataclass(frozen=True)
class HandedIn:
    """Who handed in a file, when, and where the time comes from."""

    student: str
    time: datetime | None
    source: str = ""


def keep_times(folder: Path, out: Path) -> None:
    """Copy the table of who handed in what to the reports, where the folder of submissions has one."""
    if (folder / HANDED_IN).is_file():
        out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / HANDED_IN, out / HANDED_IN)


def read_times(out: Path) -> dict[str, HandedIn]:
    """Return who handed in each file and when, by the file's name.

    Raises:
        ValueError: a time is not in ISO's form, or a column is missing.

    """
    path = out / HANDED_IN
    if not path.is_file():
        return {}
    found = {}
    for row in read_csv(path, "submission", "student", "handed in"):
        try:
            time = datetime.fromisoformat(row["handed in"]) if row["handed in"] else None
        except ValueError:
            text = f"expected a time such as 2026-09-21T23:59:00+02:00, got {row['handed in']!r}"
            raise ValueError(f"{HANDED_IN}: {row['submission']}: {text}") from None
        found[row["submission"]] = HandedIn(row["student"], time, row.get("from", ""))
    return found


def read_csv(path: Path, *columns: str) -> list[dict[str, str]]:
    """Return the rows of a table that a spreadsheet may have saved: with a mark in front, or with semicolons.

    Raises:
        ValueError: there is no such file, or one of the columns is missing.

    """
    if not path.is_file():
        raise ValueError(f"table: expected a file, got {str(path)!r}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: expected text in UTF-8, got another; save it as 'CSV UTF-8'") from None
    first = text.split("\n", 1)[0]
    mark = ";" if first.count(";") > first.count(",") else ","
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark))
    if missing := [name for name in columns if rows and rows[0].get(name) is None]:
        raise ValueError(f"{path.name}: expected the columns {', '.join(columns)}, got none called {missing[0]}")
    return [{key: value or "" for key, value in row.items() if isinstance(value, str | None)} for row in rows]


def load(path: Path) -> dict[str, Any]:
    """Return what a file of JSON holds, or nothing."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content if isinstance(content, dict) else {}


def store(content: dict[str, Any], path: Path) -> None:
    """Write JSON."""
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_all(out: Path) -> dict[str, dict[str, Any]]:
    """Return the reports of the last run with marks and lateness, by name.

    Raises:
        ValueError: there are none, or they are about different assignments.

    """
    times, marks, late = read_times(out), load(out / MARKS), load(out / LATE)
    found = {}
    for name, content in report.read_all(out).items():
        own = content["submission"]
        who = times.get(own, HandedIn(student_of(own), None))
        content |= {"student": who.student, "handed_in": who.time.isoformat() if who.time else ""}
        found[name] = with_late(with_marks(content, marks), late.get(own))
    return found


def with_marks(content: dict[str, Any], marks: dict[str, Any]) -> dict[str, Any]:
    """Return a report with the points and comments given by hand; they belong to the file that was read for them."""
    questions = marks.get("questions", {})
    given = marks.get("submissions", {}).get(content["submission"], {})
    items = given.get("items", {}) if given.get("digest") == content["digest"] else {}
    tests = []
    for part in dict.fromkeys(row["part"] for row in content["tests"]):
        rows = [row for row in content["tests"] if row["part"] == part]
        tests += rows
        if part in items:
            points = items[part]["points"]
            changed = 0.0 if points is None else points - sum(row["points"] for row in rows)
            tests.append(_row(part, "by hand", changed, 0.0, items[part]["comment"]))
    for question, of in questions.items():
        item = items.get(question) or {"points": None, "comment": "not graded yet"}
        tests.append(_row(OPEN, question, item["points"] or 0.0, of, item["comment"]))
    total = {name: sum(row[name] for row in tests) for name in ("points", "of")}
    return content | {"tests": tests} | (total if items or questions else {})


def _row(part: str, name: str, points: float, of: float, message: str) -> dict[str, Any]:
    return {"part": part, "name": name, "points": points, "of": of, "message": message, "seconds": 0.0, "hand": True}


def with_late(content: dict[str, Any], late: dict[str, Any] | None) -> dict[str, Any]:
    """Return a report with the points that are left after what lateness costs."""
    if late is None or late["digest"] != content["digest"]:
        return content
    kept = round(content["points"] * (1 - late["cost"]), 2)
    return content | {"points": kept, "earned": content["points"], "late": late}


def unmarked(out: Path) -> list[str]:
    """Return the submissions with an open question that has no points yet."""
    found = read_all(out).values()
    return [c["submission"] for c in found if any(row["message"] == "not graded yet" for row in c["tests"])]


def with_twins(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each report the names of other submissions with the same bytes."""
    names: dict[str, list[str]] = {}
    for content in reports:
        names.setdefault(content["digest"], []).append(content["submission"])
    return [
        content | {"same_as": [n for n in names[content["digest"]] if content["digest"] and n != content["submission"]]}
        for content in reports
    ]


def publish(out: Path) -> list[dict[str, Any]]:
    """Write the page of each student, an index of the pages, and the table of the class."""
    found = read_all(out)
    everyone = with_twins(list(found.values()))
    rows = []
    for name, content in zip(found, everyone, strict=True):
        page = (out / "reports" / name).with_suffix(".html")
        with atomic_write(page) as aside:
            aside.write_text(report.page(content), encoding="utf-8")
        text = f"{content['submission']}</a>: {content['points']:g} of {content['of']:g}"
        rows.append(
            f'<li><a href="reports/{html.escape(page.name)}">{html.escape(text).replace("&lt;/a&gt;", "</a>")}</li>'
        )
    about = html.escape(everyone[0]["assignment"])
    with atomic_write(out / "index.html") as aside:
        aside.write_text(INDEX.format(assignment=about, count=len(rows), rows="\n".join(rows)), encoding="utf-8")
    report.write_table(everyone, out / "grades.csv")
    return everyone
