"""`python -m lecturelib homework new | build | check | grade | export`: for those who teach."""

import argparse
import sys
from pathlib import Path
from typing import Any

from lecturelib.homework import command_week


def add_parser(subparsers: Any) -> None:
    """Add the command `homework`."""
    parser = subparsers.add_parser(
        "homework", help="write, build, check, grade or export assignments", description=__doc__
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    new = actions.add_parser("new", help="start an assignment from the template")
    new.add_argument("name", metavar="NAME", help="number and word, such as 7_moons")
    new.set_defaults(func=_new)

    build = actions.add_parser("build", help="make notebooks, pages and solutions from the masters")
    build.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="default: every assignment")
    build.set_defaults(func=_build)

    grade = actions.add_parser("grade", help="grade a folder of notebooks")
    grade.add_argument("folder", type=Path, metavar="FOLDER")
    grade.add_argument("--assignment", required=True, metavar="NAME", help="name, number or folder")
    grade.add_argument("--out", type=Path, help="for reports and table (default: FOLDER-graded)")
    grade.add_argument("--seed-file", type=Path, help="with the secret seed (default: OUT/seed.txt, made when missing)")
    grade.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="submissions graded at the same time (default: 2)"
    )
    grade.add_argument("--again", action="store_true", help="grade what was graded before, too")
    grade.add_argument(
        "--part", action="append", default=[], metavar="PART", help="grade this part again, and no other"
    )
    grade.add_argument(
        "--only", action="append", default=[], metavar="WHOSE", help="grade this file or student (again), and no other"
    )
    grade.add_argument("--unsafe", action="store_true", help="without a sandbox; every report says so")
    grade.set_defaults(func=_grade)

    command_week.add_actions(actions)

    export = actions.add_parser("export", help="for Gradescope, Canvas, Moodle or a spreadsheet")
    kinds = export.add_subparsers(required=True, metavar="KIND")
    scope = kinds.add_parser("gradescope", help="a results.json for each report")
    scope.add_argument("out", type=Path, help="folder that `grade` wrote")
    scope.add_argument("folder", type=Path, help="folder to write to")
    scope.set_defaults(func=_gradescope)
    canvas = kinds.add_parser("canvas", help="a table of grades")
    canvas.add_argument("out", type=Path, help="folder that `grade` wrote")
    canvas.add_argument("file", type=Path, help="table to write")
    canvas.set_defaults(func=_canvas)
    moodle = kinds.add_parser("moodle", help="a table of grades")
    moodle.add_argument("out", type=Path, help="folder that `grade` wrote")
    moodle.add_argument("file", type=Path, help="table to write")
    moodle.set_defaults(func=_moodle)
    plain = kinds.add_parser("csv", help="a table of grades for any spreadsheet")
    plain.add_argument("out", type=Path, help="folder that `grade` wrote")
    plain.add_argument("file", type=Path, help="table to write")
    plain.set_defaults(func=_plain)
    autograder = kinds.add_parser("autograder", help="the zip of Gradescope's autograder")
    autograder.add_argument("assignment", metavar="NAME")
    autograder.add_argument("file", type=Path, help="zip to write")
    autograder.add_argument("--seed-file", type=Path, required=True, help="with the secret seed")
    autograder.set_defaults(func=_autograder)

    check = actions.add_parser("check", help="check assignments: solution, stub, planted mistakes")
    check.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="default: every assignment")
    check.add_argument("--unsafe", action="store_true", help="without a sandbox")
    check.set_defaults(func=_check)


def _new(arguments: argparse.Namespace) -> int:
    from lecturelib.homework.new import new

    for path in new(arguments.name):
        print(path)
    print(f"write these; then `homework build {arguments.name}` and `homework check {arguments.name}`")
    return 0


def _build(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import build

    for assignment in _chosen(arguments.names):
        for path in build.build(assignment):
            print(path)
    return 0


def _grade(arguments: argparse.Namespace) -> int:
    from lecturelib import checks
    from lecturelib.homework import assignments, submissions
    from lecturelib.homework import grade as grading

    jobs = checks.positive_int("--jobs", arguments.jobs)
    folder = arguments.folder
    out = arguments.out or folder.absolute().with_name(f"{folder.absolute().name}-graded")
    secret = grading.secret_of(out, arguments.seed_file)
    seed = (arguments.seed_file or out / "seed.txt").resolve()
    job = grading.Job(
        assignments.get(arguments.assignment), out, secret, hide=(seed, seed.parent), unsafe=arguments.unsafe
    )
    try:
        reports = grading.grade(
            folder, job, jobs=jobs, again=arguments.again, parts=arguments.part, only=arguments.only
        )
    except KeyboardInterrupt:
        print("stopped; the same command resumes the run", file=sys.stderr)
        return 130
    if others := submissions.left_out(folder, out):
        print(f"left out, since only .ipynb files are graded: {', '.join(others)}")
    for report in reports:
        twins = "; the same bytes as " + ", ".join(report["same_as"]) if report.get("same_as") else ""
        print(f"{report['points']:g}/{report['of']:g}  {report['submission']}  {report['ended']}{twins}")
    wrong = sum("it defines no function of" in report["ended"] for report in reports)
    if wrong:
        print(f"{wrong} of {len(reports)} hold another assignment: is --assignment {arguments.assignment} right?")
    print(f"table: {out / 'grades.csv'}; reports: {out / 'index.html'}")
    if arguments.unsafe:
        print("graded without a sandbox: the points may have been forged")
    return 0


def _gradescope(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import export

    print(f"{export.write_gradescope(arguments.out, arguments.folder)} files in {arguments.folder}")
    return 0


def _canvas(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import export

    count, older = export.write_canvas(arguments.out, arguments.file)
    print(f"{count} students in {arguments.file}")
    if older:
        print(f"left out, since the same student has handed in a newer one: {', '.join(older)}")
    return 0


def _moodle(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import export

    count, unknown = export.write_moodle(arguments.out, arguments.file)
    print(f"{count} students in {arguments.file}")
    if unknown:
        print(f"left out, since Moodle gave their files no number: {', '.join(unknown)}")
    return 0


def _plain(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import export

    print(f"{export.write_plain(arguments.out, arguments.file)} students in {arguments.file}")
    return 0


def _autograder(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import assignments, export
    from lecturelib.homework import grade as grading

    secret = grading.secret_of(Path(), arguments.seed_file)
    export.write_autograder(assignments.get(arguments.assignment), secret, arguments.file)
    print(arguments.file)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import verify

    failed = False
    for assignment in _chosen(arguments.names):
        found = verify.problems(assignment, unsafe=arguments.unsafe)
        failed |= bool(found)
        print(f"{assignment.name}: {'ok' if not found else ''}")
        for line in found:
            print(f"  {line}")
    return int(failed)


def _chosen(names: list[str]) -> list[Any]:
    from lecturelib.homework import assignments

    return [assignments.get(name) for name in names] or assignments.every()
