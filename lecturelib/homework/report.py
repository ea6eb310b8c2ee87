"""What grading leaves behind: a report for each submission, to read (HTML) and to process (JSON), and one table."""

import csv
import html
import json
from pathlib import Path
from typing import Any

from lecturelib.atomic import atomic_write

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{student}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }}
.file {{ color: #555; font-size: .85rem; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.4rem; overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccc; }}
td.message, li {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
.warning {{ background: #fff3cd; color: #222; padding: .5rem 1rem; }}
@media (max-width: 40rem) {{
  table, tbody, tr, td {{ display: block; }}
  thead {{ display: none; }}
  tr {{ border-bottom: 1px solid #ccc; padding: .4rem 0; }}
  td {{ border: 0; padding: 0; }}
  td.part, td.test, td.points {{ display: inline; }}
  td.points {{ font-weight: 600; margin-left: .4em; }}
}}
</style></head><body>
<h1>{student}</h1>
<p>Assignment {assignment}: <strong>{points:g} of {of:g} points</strong>. How it ended: {ended}. {seconds:g} s.</p>
<p class="file">{submission}</p>
{late}{warning}
<table><thead><tr><th scope="col">part</th><th scope="col">test</th><th scope="col">points</th>
<th scope="col">what was found</th></tr></thead><tbody>
{rows}
</tbody></table>
{cells}
</body></html>
"""
MAX_CELL = 30_000  # characters of a cell of the table: spreadsheets cut at 32,767
WARNING = '<p class="warning">Graded without a sandbox: the points may have been forged.</p>'


def write(report: dict[str, Any], path: Path) -> None:
    """Write the report to `path` (JSON) and, first, beside it as a page (HTML): the JSON marks it as done."""
    with atomic_write(path.with_suffix(".html")) as aside:
        aside.write_text(page(report), encoding="utf-8")
    with atomic_write(path) as aside:
        aside.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def page(report: dict[str, Any]) -> str:
    """Return a report as a page, in which a student's text is shown and never interpreted."""
    rows = [
        f"<tr><td class='part'>{_text(row['part'])}</td> <td class='test'>{_sign(row)} {_text(row['name'])}</td> "
        f"<td class='points'>{_points(row)}</td><td class='message'>{_text(row['message'])}</td></tr>"
        for row in report["tests"]
    ]
    notes = [f"<li>code cell {_text(number)}: {_text(text)}</li>" for number, text in report["cells"].items()]
    notes = [note.replace("code cell others: ", "", 1) for note in notes]
    return PAGE.format(
        student=_text(report.get("student") or report["submission"]),
        submission=_text(report["submission"]),
        assignment=_text(report["assignment"]),
        points=report["points"],
        of=report["of"],
        ended=_text(report["ended"]),
        seconds=report["seconds"],
        late=f"<p>{_text(in_words(report['late']))}: {report['earned']:g} points before.</p>"
        if "late" in report
        else "",
        warning="" if report["sandbox"] == "bubblewrap" else WARNING,
        rows="\n".join(rows),
        cells=f"<h2>Cells that raised an error</h2><ul>{''.join(notes)}</ul>" if notes else "",
    )


def in_words(late: dict[str, Any]) -> str:
    """Return lateness as a sentence."""
    days = f"{late['days']} day{'s' * (late['days'] != 1)} late"
    cost = f"{100 * late['cost']:g}% off" if late["cost"] else "nothing off"
    return f"{days}, {late['free']} of them free, {cost}; {late['left']} free days left"


def _sign(row: dict[str, Any]) -> str:
    """Return whether a test passed; what was given by hand is no test."""
    if row.get("hand"):
        return "✎"
    return "✓" if row["points"] == row["of"] else "✗"


def _points(row: dict[str, Any]) -> str:
    """Return points of points; what was changed by hand has a sign, and a comment alone has none."""
    if row["of"]:
        return f"{row['points']:g}/{row['of']:g}"
    return f"{row['points']:+g}" if row["points"] else ""


def _text(text: object) -> str:
    return html.escape(str(text))


def write_table(reports: list[dict[str, Any]], path: Path) -> None:
    """Write one row per submission: points, the points of each test, seconds, how it ended, and what was found."""
    tests = list(dict.fromkeys((row["part"], row["name"]) for report in reports for row in report["tests"]))
    header = ["submission", "points", "of", *(f"{part} {name}" for part, name in tests)]
    rows = []
    for report in reports:
        points = {(row["part"], row["name"]): row["points"] for row in report["tests"]}
        found = [f"{row['part']} {row['name']}: {row['message']}" for row in report["tests"] if row["message"]]
        found += [f"cell {number}: {text}" for number, text in report["cells"].items()]
        late = report.get("late", {"days": "", "cost": ""})
        when = [report.get("student", ""), report.get("handed_in", ""), late["days"], late["cost"]]
        row = [report["submission"], report["points"], report["of"], *(points.get(test, 0.0) for test in tests)]
        twins = ", ".join(report.get("same_as", []))
        rows.append(
            [*row, *when, report["seconds"], report["ended"], report["sandbox"], twins, "; ".join(found)[:MAX_CELL]]
        )
    header += ["student", "handed in", "days late", "share taken off"]
    write_csv([[*header, "seconds", "ended", "sandbox", "same bytes as", "messages"], *rows], path)


def write_list(names: list[str], out: Path) -> None:
    """Write the names of the reports that the last run made or kept; older ones may lie beside them."""
    with atomic_write(out / "reports.json") as aside:
        aside.write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")


def read_all(out: Path) -> dict[str, dict[str, Any]]:
    """Return the reports of the last run, by name.

    Raises:
        ValueError: there are none, or they are about different assignments.

    """
    path = out / "reports.json"
    names = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    found = {name: json.loads((out / "reports" / name).read_text(encoding="utf-8")) for name in names}
    if not found:
        raise ValueError(f"out: expected a folder with reports of `homework grade`, got none in {str(out)!r}")
    about = sorted({report["assignment"] for report in found.values()})
    if len(about) > 1:
        raise ValueError(f"out: expected reports on one assignment, got {', '.join(about)}; grade each into its own")
    return found


def write_csv(rows: list[list[Any]], path: Path, *, mark: bool = False) -> None:
    """Write a table in which no text is a formula to a spreadsheet; Excel needs a `mark` in front to read UTF-8."""
    encoding = "utf-8-sig" if mark else "utf-8"
    with atomic_write(path) as aside, open(aside, "w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([[_inert(value) for value in row] for row in rows])


def _inert(value: Any) -> Any:
    text = " ".join(value.split()) if isinstance(value, str) else value
    return f"'{text}" if isinstance(text, str) and text[:1] in ("=", "+", "-", "@") and text[:1] else text
