"""The overview of results: every recipe's numbers, a plain table without scripts, and one that sorts and filters."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from lecturelib import overview
from lecturelib.recipes import wording

CHAPTERS = {"sequences/nade": ["nade-binarized-mnist"], "words/next_word": ["neural-lm-brown"]}
MORE = {"words/translation": [overview.Line("a < b", "P@1, %", "", "28.1 ± 1.9", "3 seeds")]}


def cells() -> list[list[str]]:
    rows = BeautifulSoup(overview.overview(CHAPTERS, MORE).html, "html.parser").select("tbody tr")
    return [[cell.get_text() for cell in row.find_all("td")] for row in rows]


def test_rows_show_both_numbers_and_how_ours_was_trained():
    nade, neural, other = cells()
    assert nade[0].startswith("NADE")
    assert "88.33" in nade[2]
    assert nade[3] == "87.31 ± 0.04"
    assert nade[4].startswith("gpu: all examples, at most 15 passes, 14 CPU minutes; 3 seeds")
    assert neural[1] == "perplexity"
    assert other[:4] == ["a < b", "P@1, %", "—", "28.1 ± 1.9"]


def test_systems_link_to_their_chapters_and_numbers_to_the_page_of_their_part():
    links = [a["href"] for a in BeautifulSoup(overview.overview(CHAPTERS).html, "html.parser").select("tbody a")]
    assert links == ["sequences/nade.html", "results/sequences.html", "words/next_word.html", "results/words.html"]


def test_a_number_that_was_not_verified_is_labelled():
    number = {"value": 97.5, "source": "a talk", "verified": False, "comparable": True}
    assert wording.published({"published": [number]}) == "97.5 (a talk: not verified)"


def test_a_number_of_another_measure_is_labelled_and_what_differs_is_said_once():
    number = {"value": 94, "source": "a paper", "verified": True, "comparable": False, "ours": "Smaller."}
    assert wording.published({"published": [number]}) == "94 (a paper; not comparable)"
    contents = [{"title": title, "published": [number, number]} for title in "ab"]
    assert wording.differences(contents) == ["a; b: Smaller."]


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False])
def test_the_table_sorts_and_filters_from_a_file(browser: Any, tmp_path: Path, scripts: bool):
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><title>t</title>{overview.overview(CHAPTERS, MORE).html}", encoding="utf-8")
    context = browser.new_context(java_script_enabled=scripts)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(page.as_uri())
    numbers = tab.locator("tbody tr td:nth-child(4)")
    assert numbers.all_inner_texts()[0] == "87.31 ± 0.04"
    if scripts:
        button = tab.get_by_role("button", name="ours, test")
        button.focus()
        tab.keyboard.press("Enter")
        assert [text[:2] for text in numbers.all_inner_texts()] == ["28", "87", "29"]
        button.click()
        assert [text[:2] for text in numbers.all_inner_texts()] == ["29", "87", "28"]
        assert tab.locator('th[aria-sort="descending"]').count() == 1
        tab.locator("input").fill("nade MNIST")
        assert tab.locator("tbody tr:visible").count() == 1
        assert tab.locator("output").inner_text() == "1 of 3 results"
    else:
        assert tab.locator("button, input").count() == 0
    assert not errors
    context.close()
