"""Questions in a browser: opened by keyboard, answered with a number, scored, and readable where scripts are off."""

from pathlib import Path
from typing import Any

import pytest

from lecturelib import quiz
from lecturelib.quiz import parse

pytestmark = pytest.mark.slow
TWO = """## order
Which?

- [ ] this :: It is not.
- [x] that :: It is.

## number
How many?

answer: 0.5 :: A half.
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("lecturelib.quiz.page.questions", lambda chapter: parse(TWO))
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html><title>t</title>{quiz.test_yourself('nade').html}")
    return file


def test_keyboard_score_and_reset(browser: Any, page: Path):
    context = browser.new_context()
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(page.as_uri())
    order = tab.locator('[data-question="nade/order"]')
    order.locator("summary").nth(1).focus()
    tab.keyboard.press("Enter")
    assert order.get_by_text("It is.", exact=False).last.is_visible()
    number = tab.locator('[data-question="nade/number"]')
    for typed, said in (("many", "A number, please."), ("3", "No. Try again, or open the answer."), ("0,5", "Right.")):
        number.locator("input").fill(typed)
        number.locator("input").press("Enter")
        assert number.locator("output").inner_text() == said
    score = tab.locator(".lecture-score")
    score.filter(has_text="1 right at the first try, of 2 answered; 2 questions.").wait_for()
    tab.reload()
    assert score.inner_text().startswith("1 right at the first try, of 2 answered")
    tab.get_by_role("button", name="Start again").click()
    assert score.inner_text().startswith("0 right at the first try, of 0 answered")
    assert not errors
    context.close()


def test_the_score_counts_where_storage_is_off_and_the_button_keeps_its_focus(browser: Any, page: Path):
    context = browser.new_context()
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied'); }})")
    tab.goto(page.as_uri())
    tab.locator('[data-question="nade/order"] summary').first.press("Enter")
    score = tab.locator(".lecture-score")
    score.filter(has_text="0 right at the first try, of 1 answered").wait_for()  # an answer opens after a moment
    tab.get_by_role("button", name="Start again").press("Enter")
    score.filter(has_text="0 right at the first try, of 0 answered").wait_for()
    tab.wait_for_function("document.activeElement.textContent === 'Start again'", timeout=5000)
    assert not errors
    context.close()


def test_without_scripts_it_is_a_folded_list(browser: Any, page: Path):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.locator("summary", has_text="this").click()
    assert tab.get_by_text("It is not.").is_visible()
    tab.locator("summary", has_text="Answer").click()
    assert tab.get_by_text("A half.").is_visible()
    context.close()
