"""Exam questions: complete, right where they state a number, drawn from all chapters, and nowhere in the site."""

import math
import re
import tomllib
from pathlib import Path

import pytest

from lecturelib.__main__ import main
from lecturelib.homework import exam
from lecturelib.paths import PACKAGE

EVERY = exam.read()
ROOT = PACKAGE.parent


def test_every_chapter_of_the_lecture_has_a_question_with_an_answer():
    chapters = {
        f"{path.parent.name}/{path.stem}" for part in exam.PARTS for path in (ROOT / "book" / part).glob("*.ipynb")
    }
    assert {question.chapter for question in EVERY} == chapters
    for question in EVERY:
        assert question.part == question.chapter.split("/")[0]
        assert question.points >= 2
        assert len(question.answer) > 40
        assert question.question.count("$") % 2 == question.answer.count("$") % 2 == 0, question.question


@pytest.mark.parametrize("question", [q for q in EVERY if q.compute], ids=lambda q: q.chapter)
def test_numbers_in_answers_are_computed(question: exam.Question):
    assert repr(eval(question.compute, {"math": math})) == question.value


def test_questions_and_answers_are_in_no_page_and_in_no_package():
    pages = [*(ROOT / "book").rglob("*.md"), *(ROOT / "book").rglob("*.ipynb")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    for words in (q.question for q in EVERY):  # a notebook escapes formulas and breaks lines elsewhere
        plain = max(re.findall(r"[A-Za-z ,]+", words), key=len).strip()
        assert len(plain) > 20
        assert plain not in text
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    assert not [line for line in build["sdist"]["include"] if "exam" in line]


def test_an_exam_is_drawn_from_all_chapters(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["homework", "exam", "words", "--draw", "6", "--seed", "3"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# Exam: 6 questions, ")
    assert "**Answer**" not in text
    chapters = {q.chapter for q in EVERY if q.part == "words"}
    assert {q.chapter for q in exam.draw([q for q in EVERY if q.part == "words"], len(chapters), 3)} == chapters
    assert main(["homework", "exam", "words", "--draw", "6", "--seed", "3", "--answers"]) == 0
    assert capsys.readouterr().out.count("**Answer**") == 6
    (tmp_path / "words.toml").write_text(
        '[[question]]\nchapter = "words/tasks"\npoints = 2\nquestion = "Why?"\nanswer = "No."'
    )
    assert main(["homework", "exam", "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Why?"
    assert main(["homework", "exam", "--folder", str(tmp_path / "none")]) == 1
    assert main(["homework", "exam", "music"]) == 1
    assert main(["homework", "exam", "words", "--draw", "99"]) == 1
