"""Questions are read as they are written, shown with their reasons, and right where a number can be computed."""

import itertools
import math
from pathlib import Path

import pytest
import torch
from extensions import extension

from lecturelib import notebooks, quiz
from lecturelib.quiz import Choice, parse

ROOT = Path(__file__).resolve().parents[2]
TWO = """## order
In how many orders can $D$ pixels
be read?

- [ ] $D$ :: Only the first can be chosen
  in $D$ ways.
- [x] $D!$ :: Any may be first, and so on.
check: math.factorial(3) == 6

## parameters
How many?

answer: 22 :: A sum.
"""


def test_questions_are_read_as_written():
    order, parameters = parse(TWO).values()
    assert order.text == "In how many orders can $D$ pixels be read?"
    assert order.choices == (
        Choice("$D$", False, "Only the first can be chosen in $D$ ways."),
        Choice("$D!$", True, "Any may be first, and so on."),
    )
    assert order.checks == ("math.factorial(3) == 6",)
    assert (parameters.answer, parameters.reason, parameters.choices) == (22.0, "A sum.", ())


WRONG = {
    "no heading": ("Text", "expected a heading"),
    "twice": (TWO + TWO, "labels that differ"),
    "no question": ("## a\n- [x] b :: c\n- [ ] d :: e\n", "expected a question below"),
    "no reason": ("## a\nWhy?\n\n- [x] b\n- [ ] d :: e\n", "and a reason after 'b'"),
    "none right": ("## a\nWhy?\n\n- [ ] b :: c\n- [ ] d :: e\n", "a right one"),
    "one choice": ("## a\nWhy?\n\n- [x] b :: c\n", "two or more choices"),
    "no answer": ("## a\nWhy?\n", "got neither"),
    "both": ("## a\nWhy?\n\n- [x] b :: c\n- [ ] d :: e\nanswer: 2 :: f\n", "got both"),
    "no number": ("## a\nWhy?\n\nanswer: two :: f\n", "expected a number after 'answer:', got 'two'"),
    "text below": ("## a\nWhy?\n\n- [x] b :: c\n- [ ] d :: e\nMore.\n", "got 'More.'"),
    "mark": ("## a\nWhy?\n\n- [y] b :: c\n", "expected '- [ ] choice :: reason'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_in_a_file_is_named(case: str):
    text, message = WRONG[case]
    with pytest.raises(ValueError, match=r"^nade\.md") as error:
        parse(text, "nade.md")
    assert message in str(error.value)


@pytest.mark.parametrize("chapter", quiz.chapters())
def test_checks_of_answers_hold(chapter: str):
    for label, question in quiz.questions(chapter).items():
        for expression in question.checks:
            value = eval(expression, {"math": math, "itertools": itertools, "torch": torch})
            assert bool(value), f"{chapter}, {label}: {expression}"


@pytest.mark.parametrize("chapter", quiz.chapters())
def test_every_question_stands_in_its_chapter(chapter: str):
    (path,) = [path for path in (ROOT / "book").glob(f"*/{chapter}.ipynb") if path.parent.name != "solutions"]
    sources = "\n".join(cell.source for cell in notebooks.code_cells(notebooks.read(path)))
    missing = [label for label in quiz.questions(chapter) if f'quiz.ask("{chapter}", "{label}")' not in sources]
    assert not missing, f"{path.name}: expected a cell with each question, got none for {missing}"


def test_a_question_says_why_each_choice_is_right_or_wrong(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lecturelib.quiz.page.questions", lambda chapter: parse(TWO))
    html = quiz.ask("nade", "order").html
    assert html.count("<details") == 2
    assert html.index("No.") < html.index("Only the first") < html.index("Right.") < html.index("Any may be first")
    assert r'<span class="math notranslate nohighlight">\(D!\)</span>' in html
    assert 'data-answer="22"' in quiz.ask("nade", "parameters").html
    with pytest.raises(ValueError, match="label: expected one of"):
        quiz.ask("nade", "weights")


def test_all_questions_of_a_part_are_shown_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lecturelib.quiz.page.questions", lambda chapter: parse(TWO))
    html = quiz.test_yourself("fvsbn", "nade").html
    for name in ("fvsbn/order", "fvsbn/parameters", "nade/order", "nade/parameters"):
        assert html.count(f'data-question="{name}"') == 1
    assert quiz.test_yourself("fvsbn", "nade").html == html


@pytest.mark.parametrize(
    ("part", "folders"), [("sequences", "sequences"), ("words", "predictive words"), ("vision", "vision")]
)
def test_every_part_has_a_page_with_the_questions_of_all_its_chapters(part: str, folders: str):
    page = (ROOT / "book" / part / "test_yourself.md").read_text()
    assert f"```{{test-yourself}} {folders}\n" in page
    assert "{doc}`test_yourself`" in (ROOT / "book" / part / "index.md").read_text()
    found = [path.stem for folder in folders.split() for path in extension("self_test").chapters(folder)]
    there = [path.stem for folder in folders.split() for path in (ROOT / "book" / folder).glob("*.ipynb")]
    assert sorted(found) == sorted(set(there) & set(quiz.chapters()))


def test_the_title_of_a_chapter_links_to_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lecturelib.quiz.page.questions", lambda chapter: parse(TWO))
    path = ROOT / "book/sequences/lstm.ipynb"
    links = {"lstm": (extension("self_test").title(path), "../sequences/lstm.html")}
    html = quiz.test_yourself("lstm", key="sequences", links=links).html
    assert 'data-test="sequences"' in html
    assert html.count('From <a href="../sequences/lstm.html">') == 2
    assert notebooks.read(path).cells[0].source.startswith(f"# {links['lstm'][0]}\n")


def test_markup_in_a_question_is_text(monkeypatch: pytest.MonkeyPatch):
    text = "## a\nIs `<b>` a *tag* <script>?\n\n- [x] $a<b$ :: Yes & no.\n- [ ] no :: No.\n"
    monkeypatch.setattr("lecturelib.quiz.page.questions", lambda chapter: parse(text))
    html = quiz.ask("nade", "a").html
    assert "<code>&lt;b&gt;</code> a <em>tag</em> &lt;script&gt;?" in html
    assert r"\(a&lt;b\)" in html
    assert "Yes &amp; no." in html
