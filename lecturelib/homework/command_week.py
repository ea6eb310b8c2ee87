"""`homework handout | collect | questions | marks | late | statistics | alike | exam`: a week, besides grading."""

import argparse
from pathlib import Path
from typing import Any

WHICH = "name, number or folder"


def add_actions(actions: Any) -> None:
    """Add the actions to the command `homework`."""
    handout = actions.add_parser("handout", help="a zip for students")
    handout.add_argument("assignment", metavar="NAME", help=WHICH)
    handout.add_argument("file", type=Path, help="zip to write")
    handout.set_defaults(func=_handout)

    collect = actions.add_parser("collect", help="copy what was handed in, in any layout, into one folder")
    collect.add_argument("source", type=Path, metavar="DOWNLOADED", help="a folder or a zip")
    collect.add_argument("folder", type=Path, metavar="FOLDER")
    collect.add_argument("--name", default="", help="of nbgrader's assignment, where there are several")
    collect.set_defaults(func=_collect)

    questions = actions.add_parser("questions", help="a table with the answers to the open questions, to fill in")
    marks = actions.add_parser("marks", help="take points and comments from the table")
    for parser in (questions, marks):
        parser.add_argument("out", type=Path, metavar="GRADED", help="folder that `grade` wrote")
        parser.add_argument("file", type=Path, metavar="TABLE", help="the table (CSV)")
        parser.add_argument("--assignment", required=True, metavar="NAME", help=WHICH)
        parser.add_argument("--key", type=Path, help="codes in place of names; the file tells which is whose")
    questions.add_argument("--folder", type=Path, required=True, help="of the submissions")
    questions.add_argument("--parts", action="store_true", help="rows for the parts graded automatically, too")
    questions.set_defaults(func=_questions)
    marks.set_defaults(func=_marks)

    late = actions.add_parser("late", help="late days and what they cost, by course.toml")
    late.add_argument("course", type=Path, metavar="COURSE", help="file with due dates and rules (TOML)")
    late.add_argument(
        "outs", type=Path, nargs="+", metavar="GRADED", help="folders that `grade` wrote, of all assignments"
    )
    late.set_defaults(func=_late)

    statistics = actions.add_parser("statistics", help="points of the class, the hardest tests, commonest messages")
    statistics.add_argument("out", type=Path, help="folder that `grade` wrote")
    statistics.set_defaults(func=_statistics)

    alike = actions.add_parser("alike", help="pairs of submissions whose code is alike, to look at")
    alike.add_argument("folder", type=Path, metavar="FOLDER")
    alike.add_argument("--assignment", required=True, metavar="NAME", help=WHICH)
    alike.set_defaults(func=_alike)

    exam = actions.add_parser("exam", help="print exam questions, for instructors only")
    exam.add_argument("parts", nargs="*", metavar="PART", help="sequences, predictive, words, vision (default: all)")
    exam.add_argument("--answers", action="store_true", help="with the answers")
    exam.add_argument(
        "--draw", type=int, metavar="N", help="so many, drawn at random, from as many chapters as there are"
    )
    exam.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    exam.add_argument(
        "--folder", type=Path, help="of questions of your own, PART.toml (default: exam/ of the repository)"
    )
    exam.set_defaults(func=_exam)


def _exam(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import exam

    questions = exam.read(arguments.parts, folder=arguments.folder or exam.FOLDER)
    if arguments.draw is not None:
        questions = exam.draw(questions, arguments.draw, arguments.seed)
    print(exam.markdown(questions, answers=arguments.answers), end="")
    return 0


def _handout(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import assignments, course

    files = course.hand_out(assignments.get(arguments.assignment), arguments.file)
    print(f"{arguments.file}: {', '.join(files)}")
    return 0


def _collect(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import layouts

    copied, refused = layouts.collect(arguments.source, arguments.folder, arguments.name)
    print(f"{copied} notebooks in {arguments.folder}")
    for line in refused:
        print(f"left out: {line}")
    return 0


def _questions(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import assignments, marking

    assignment = assignments.get(arguments.assignment)
    count, refused = marking.write(
        arguments.out, arguments.folder, assignment, arguments.file, key=arguments.key, parts=arguments.parts
    )
    print(f"{count} rows in {arguments.file}; fill in points and comment, then `homework marks`")
    for line in refused:
        print(f"without answers: {line}")
    return 0


def _marks(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import assignments, final, marking

    count = marking.read(arguments.out, assignments.get(arguments.assignment), arguments.file, key=arguments.key)
    print(f"{count} rows with points or a comment; pages and table are written again")
    if names := final.unmarked(arguments.out):
        print(f"open questions without points: {', '.join(names)}")
    return 0


def _late(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import late

    lines = late.apply(late.read_course(arguments.course), arguments.outs)
    print(*(lines or ["nobody was late"]), sep="\n")
    return 0


def _statistics(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import course

    print(*course.statistics(arguments.out), sep="\n")
    return 0


def _alike(arguments: argparse.Namespace) -> int:
    from lecturelib.homework import assignments, course

    pairs = course.alike(arguments.folder, assignments.get(arguments.assignment))
    for share, one, other in pairs:
        print(f"{100 * share:3.0f}%  {one}  {other}")
    print(f"{len(pairs)} pairs to look at")
    return 0
