"""Grade by hand: a table with the answers to the open questions goes out, and comes back with points and comments.

The table has a row for each submission and open question, and with `parts` one for each part, in which points replace
the grader's. With a key file, the rows bear codes in place of names, in the codes' order.
"""

import csv
import difflib
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from lecturelib.atomic import atomic_write
from lecturelib.homework import cells, final, report, submissions
from lecturelib.homework import master as masters
from lecturelib.homework.assignments import Assignment

COLUMNS = ["submission", "item", "of", "automatic", "points", "comment", "answer", "rubric"]
ITEM = re.compile(r"^(\d+)\. ", re.MULTILINE)
WORTH = re.compile(r"\b(One|Two|Three)\s+points?:")
NUMBERS = {"One": 1.0, "Two": 2.0, "Three": 3.0}
HEADING = "## Open questions"


def questions(assignment: Assignment) -> dict[str, float]:
    """Return the open questions of an assignment, and what each is worth by its rubric."""
    worth = {name: sum(NUMBERS[word] for word in WORTH.findall(text)) for name, text in rubrics(assignment).items()}
    return {name: points for name, points in worth.items() if points}


def rubrics(assignment: Assignment) -> dict[str, str]:
    """Return what earns the points of each open question."""
    found: dict[str, str] = {}
    for cell in _master(assignment).cells:
        if cell.kind == "[markdown] rubric":
            pieces = ITEM.split(cell.source)[1:]
            texts = (" ".join(text.split()) for text in pieces[1::2])
            found |= dict(zip((f"question {number}" for number in pieces[::2]), texts, strict=True))
    return found


def _master(assignment: Assignment) -> masters.Master:
    return masters.read((assignment.folder / "master.py").read_text(encoding="utf-8"))


def handed_out(assignment: Assignment) -> str:
    """Return the text with the open questions."""
    sources = [c.source for c in _master(assignment).cells if c.kind == "[markdown]" and HEADING in c.source]
    return "\n".join(sources)


def answers(texts: list[str], given: str, names: list[str]) -> dict[str, str]:
    """Return what a student wrote to each question.

    Lines that were handed out are taken away; what stands below a question is its answer. Where the questions are no
    longer there in their order, each has the whole text.

    Args:
        texts: the cells of text, in order.
        given: the text with the open questions, as handed out.
        names: of the questions.

    """
    start = next((k for k, text in enumerate(texts) if HEADING in text), None)
    lines = [line.strip() for text in texts[start or 0 :] for line in text.splitlines()]
    known = [line.strip() for line in given.splitlines()]
    blocks = difflib.SequenceMatcher(None, known, lines, autojunk=False).get_matching_blocks()
    place = {block.a + k: block.b + k for block in blocks for k in range(block.size)}  # of a line handed out
    own = [line for k, line in enumerate(lines) if k not in set(place.values())] if start is not None else []
    whole = "\n".join(own).strip()
    starts = [k for k, line in enumerate(known) if ITEM.match(line)]
    if len(starts) != len(names) or any(k not in place for k in starts):
        return dict.fromkeys(names, whole)
    ends = [*(place[k] for k in starts[1:]), len(lines)]
    used = set(place.values())
    found = {
        name: "\n".join(line for k, line in enumerate(lines[place[a] : b], place[a]) if k not in used).strip()
        for name, a, b in zip(names, starts, ends, strict=True)
    }
    numbered = sum(bool(re.match(r"\d+[.)]", line)) for line in own)
    below = not any(found[name] for name in names[:-1])  # all answers stand together, below the last question
    return dict.fromkeys(names, whole) if below or numbered >= len(names) else found


def write(
    out: Path, folder: Path, assignment: Assignment, path: Path, *, key: Path | None = None, parts: bool = False
) -> tuple[int, list[str]]:
    """Write the table to be filled in; what was given before stands in it.

    Args:
        out: the folder that `grade` wrote.
        folder: of the submissions.
        assignment: whose questions.
        path: of the table.
        key: file that tells which code is which submission; made where it is missing, and added to.
        parts: have a row for each part that was graded automatically, too.

    Returns:
        The number of rows, and the submissions whose text cannot be read, with the reason.

    Raises:
        ValueError: there are no reports, no questions, or the key would lie beside what it should be kept apart from.

    """
    reports, worth, earns = list(report.read_all(out).values()), questions(assignment), rubrics(assignment)
    if not worth and not parts:
        raise ValueError(f"assignment: expected one with open questions, got {assignment.name}")
    codes = _codes([content["submission"] for content in reports], key, (out, folder, path.parent)) if key else {}
    before, given, refused = final.load(out / final.MARKS).get("submissions", {}), handed_out(assignment), []
    files = {submissions.shown_name(file): file for file in submissions.files_in(folder, out)}
    rows = []
    for content in reports:
        name = content["submission"]
        own = before.get(name, {})
        items = own.get("items", {}) if own.get("digest") == content["digest"] else {}
        found: dict[str, str] = {}
        try:
            if name not in files:
                raise ValueError("it is no longer in the folder")
            texts = cells.read_texts_apart(cells.read_bytes(files[name]), files[name].name)
            found = answers(texts, given, list(worth))
        except ValueError as error:
            refused.append(f"{name}: {error}")
        automatic = _parts(content) if parts else {}
        for item, (points, of) in (automatic | {name: ("", of) for name, of in worth.items()}).items():
            old = items.get(item, {"points": None, "comment": ""})
            value = "" if old["points"] is None else f"{old['points']:g}"
            text = [value, old["comment"], found.get(item, ""), earns.get(item, "")]
            rows.append([codes.get(name, name), item, f"{of:g}", points, *text])
    rows.sort(key=lambda row: str(row[0]))  # by code: the order of the names says nothing
    with atomic_write(path) as aside, open(aside, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *([_inert(value) for value in row] for row in rows)])
    return len(rows), refused


def _parts(content: dict[str, Any]) -> dict[str, tuple[str, float]]:
    """Return points and worth of each part that the grader knows."""
    found: dict[str, tuple[float, float]] = {}
    for row in content["tests"]:
        points, of = found.get(row["part"], (0.0, 0.0))
        found[row["part"]] = points + row["points"], of + row["of"]
    return {part: (f"{points:g}", of) for part, (points, of) in found.items()}


def _inert(value: str) -> str:
    """Return text that is no formula to a spreadsheet, and short enough for one; lines stay."""
    text = value[: report.MAX_CELL]
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _codes(names: list[str], key: Path, away: tuple[Path, ...]) -> dict[str, str]:
    """Return a code for each submission, those in the key file first, and write all of them there."""
    if any(key.resolve().is_relative_to(folder.resolve()) for folder in away):
        raise ValueError(
            f"--key: expected a file in a folder of its own, apart from table and reports, got {str(key)!r}"
        )
    codes = json.loads(key.read_text(encoding="utf-8")) if key.is_file() else {}
    for name in names:
        while name not in codes:
            code = f"student-{secrets.randbelow(10**6):06}"
            if code not in codes.values():
                codes[name] = code
    with atomic_write(key) as aside:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT, 0o600))
        aside.write_text(json.dumps(codes, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return codes


def read(out: Path, assignment: Assignment, path: Path, *, key: Path | None = None) -> int:
    """Take points and comments from a table, and write pages and table of the class again.

    A row without points and comment changes nothing; other tables that were read before keep their rows.

    Returns:
        The number of rows with points or a comment.

    Raises:
        ValueError: a row is about no submission, no part or question, or its points are not a number in range.

    """
    reports = {content["submission"]: content for content in report.read_all(out).values()}
    codes = json.loads(key.read_text(encoding="utf-8")) if key else {}
    names = {code: name for name, code in codes.items()}
    marks, worth = final.load(out / final.MARKS), questions(assignment)
    given, count = marks.get("submissions", {}), 0
    for number, row in enumerate(final.read_csv(path, *COLUMNS[:2], *COLUMNS[4:6]), start=2):
        name = names.get(row["submission"], row["submission"]).removeprefix("'")
        content = reports.get(name)
        if content is None:
            hint = "" if key else "; were there codes? then give --key"
            raise ValueError(f"{path.name}, row {number}: expected a submission, got {row['submission']!r}{hint}")
        limits = worth | {part: of for part, (_, of) in _parts(content).items()}
        item, comment, text = row["item"], row["comment"].strip(), row["points"].strip().replace(",", ".")
        if item not in limits:
            raise ValueError(f"{path.name}, row {number}: expected one of {', '.join(limits)}, got {item!r}")
        try:
            points = float(text) if text else None
        except ValueError:
            points = -1.0
        if points is not None and not 0 <= points <= limits[item]:
            raise ValueError(f"{path.name}, row {number}: expected points from 0 to {limits[item]:g}, got {text!r}")
        if points is None and not comment:
            continue
        own = given.get(name, {})
        if own.get("digest") != content["digest"]:
            own = given[name] = {"digest": content["digest"], "items": {}}
        comment = re.sub(r"^'(?=[=+\-@\t])", "", comment)
        own["items"][item] = {"points": points, "comment": comment}
        count += 1
    final.store({"questions": worth, "submissions": given}, out / final.MARKS)
    final.publish(out)
    return count
