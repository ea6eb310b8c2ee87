"""Due dates: late days that are free, and what the others cost, by one file for the whole course.

[late]
free_days = 4                      # of each student, in the whole course
penalty = 0.1                      # of the points, for each day beyond these
last_day = 5                       # after so many days nothing counts
grace_minutes = 15

[due]
1 = 2026-09-21T23:59:00+02:00      # by the assignment's number

[extensions]                       # days, by student and assignment
"ada lovelace" = { 1 = 2 }
"""

import math
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lecturelib.homework import final, report
from lecturelib.homework.submissions import student_of

FIELDS = {"free_days": 0, "penalty": 0.0, "last_day": 365, "grace_minutes": 0}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Course:
    """The rules of a course."""

    free_days: int
    penalty: float
    last_day: int
    grace_minutes: int
    due: dict[str, datetime]
    extensions: dict[str, dict[str, int]] = field(default_factory=dict)

    def days(self, number: str, student: str, time: datetime) -> int:
        """Return by how many days, begun ones counted whole, a submission is late."""
        due = self.due[number] + self.extensions.get(student, {}).get(number, 0) * DAY
        time = time if time.tzinfo else time.replace(tzinfo=due.tzinfo)
        over = time - due
        return math.ceil(over / DAY) if over > timedelta(minutes=self.grace_minutes) else 0


def read_course(path: Path) -> Course:
    """Return the rules in a file.

    Raises:
        ValueError: it is not TOML, or a value is not as described above.

    """
    if not path.is_file():
        raise ValueError(f"course: expected a file such as course.toml, got {str(path)!r}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: expected TOML, got another: {error}") from None
    rules = FIELDS | content.get("late", {})
    if unknown := sorted({*rules} - {*FIELDS} | {*content} - {"late", "due", "extensions"}):
        raise ValueError(
            f"{path.name}: expected [late] with {', '.join(FIELDS)}, [due], [extensions], got {unknown[0]}"
        )
    for name, value in rules.items():
        most = 1 if name == "penalty" else math.inf
        number = isinstance(value, int | float if name == "penalty" else int) and not isinstance(value, bool)
        if not number or not 0 <= value <= most:
            kind = "a share from 0 to 1" if name == "penalty" else "a whole number from 0"
            raise ValueError(f"{path.name}: {name}: expected {kind}, got {value!r}")
    for number, time in content.get("due", {}).items():
        if not isinstance(time, datetime) or time.tzinfo is None:
            raise ValueError(
                f"{path.name}: due {number}: expected a time such as 2026-09-21T23:59:00+02:00, got {time}"
            )
    extensions = content.get("extensions", {})
    for student, own in extensions.items():
        if not isinstance(own, dict) or not all(isinstance(days, int) and days >= 0 for days in own.values()):
            raise ValueError(f"{path.name}: extension of {student}: expected days such as {{ 1 = 2 }}, got {own!r}")
    return Course(**rules, due=content.get("due", {}), extensions=extensions)


def apply(course: Course, outs: list[Path]) -> list[str]:
    """Find what lateness costs in all graded assignments of a course so far, and write it beside their reports.

    Free days are spent in the order of the due dates, on a student's newest file; one that is too late spends none.

    Args:
        course: its rules.
        outs: the folders that `grade` wrote, one for each assignment so far.

    Returns:
        A line for each submission that is late or has no time, and for extensions of students who are not there.

    Raises:
        ValueError: an assignment has no due date, or is there twice.

    """
    graded: dict[str, tuple[Path, dict[str, dict[str, Any]]]] = {}
    for out in outs:
        found = report.read_all(out)
        number = next(iter(found.values()))["assignment"].split("_")[0]
        if number not in course.due:
            raise ValueError(f"due: expected a date for assignment {number} under [due], got none")
        if number in graded:
            raise ValueError(f"out: expected each assignment once, got {number} twice")
        graded[number] = out, found
    left: dict[str, int] = {}
    lines, everyone = [], set()
    for number, (out, found) in sorted(graded.items(), key=lambda item: course.due[item[0]]):
        times, late, guessed = final.read_times(out), {}, 0
        newest: dict[str, tuple[datetime, str]] = {}
        for name in (content["submission"] for content in found.values()):
            who = times.get(name, final.HandedIn(student_of(name), None))
            everyone.add(who.student)
            if who.time is None:
                lines.append(f"{number}: {name}: no time, taken as in time")
                continue
            guessed += who.source == "file"
            time = who.time if who.time.tzinfo else who.time.replace(tzinfo=course.due[number].tzinfo)
            newest[who.student] = max(newest.get(who.student, (time, name)), (time, name))
        digests = {content["submission"]: content["digest"] for content in found.values()}
        for student, (time, name) in newest.items():
            days, rest = course.days(number, student, time), left.setdefault(student, course.free_days)
            free = min(days, rest) if days <= course.last_day else 0
            left[student] = rest - free
            cost = min(course.penalty * (days - free), 1.0) if days <= course.last_day else 1.0
            if days:
                kept = {"days": days, "free": free, "cost": round(cost, 6), "left": left[student]}
                late[name] = kept | {"digest": digests[name]}
                lines.append(f"{number}: {name}: {report.in_words(kept)}")
        if guessed:
            lines.append(
                f"{number}: the times of {guessed} are those of the files; look whether your system keeps them"
            )
        final.store(late, out / final.LATE)
        final.publish(out)
    return [*lines, *(f"extension of {s}: no such student so far" for s in course.extensions if s not in everyone)]
