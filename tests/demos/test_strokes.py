"""Drawings that draw themselves: all strokes are there, in their order, and nothing moves unasked."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from demo_pages import HEAD, THEME
from playwright.sync_api import Browser, Page

from lecturelib.demos.strokes import LIFT, SECONDS, pen_animation

TWO_STROKES = torch.tensor([[1.0, 0, 0], [0, 2, 1], [3, 0, 0], [0, -1, 1]])
DOT = torch.tensor([[1.0, 1, 1], [2, 2, 1]])


def animation(**changes: Any) -> str:
    arguments: dict[str, Any] = {"drawings": [TWO_STROKES, DOT], "title": 'A "title" & more', "alt": "Two <drawings>."}
    return pen_animation(**(arguments | changes))._repr_html_()


def test_paths_are_the_strokes_one_behind_the_other():
    html = animation()
    assert html == animation()
    pictures = re.findall(r"<svg.*?</svg>", html)
    assert len(pictures) == 2
    found = re.findall(r'd="M([^"]+)" style="--t:([\d.]+)s;--d:([\d.]+)s"', pictures[0])
    lines = [[[float(v) for v in point.split()] for point in path.split("L")] for path, _, _ in found]
    assert lines == [[[0, 0], [1, 0], [1, 2]], [[4, 2], [4, 1]]]
    times = np.array([[float(t), float(d)] for _, t, d in found])
    tempo = SECONDS / (3 + 3 * LIFT + 1)
    assert np.allclose(times, [[3 * tempo, 0], [tempo, (3 + 3 * LIFT) * tempo]], atol=0.011)
    assert "M3.00 3.00L3.00 3.00" in pictures[1]  # a dot, which a round cap makes visible
    x, y, width, height = (float(v) for v in re.findall(r'viewBox="([^"]+)"', pictures[0])[0].split())
    assert width == height
    assert x < 0 < 4 < x + width
    assert y < 0 < 2 < y + height


def test_text_is_escaped_and_a_drawing_is_needed():
    html = animation()
    assert 'aria-label="A &quot;title&quot; &amp; more"' in html
    assert 'aria-label="Two &lt;drawings&gt;."' in html
    assert "<script" not in html
    with pytest.raises(ValueError, match=r"^drawings: expected at least one, got none$"):
        animation(drawings=[])


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Any:
    (tmp_path / "page.html").write_text(HEAD.format(theme="dark", root="", style=THEME) + animation())

    def open_page(**options: Any) -> Page:
        page = browser.new_page(**options)
        page.goto((tmp_path / "page.html").as_uri())
        return page

    return open_page


VISIBLE = "[...document.querySelectorAll('path')].map(path => getComputedStyle(path).visibility === 'visible')"


def test_it_stands_still_until_asked_and_then_draws_stroke_by_stroke(page):
    opened = page()
    assert opened.evaluate(VISIBLE) == [True] * 4
    assert opened.evaluate("document.getAnimations().length") == 0
    opened.get_by_label("draw them stroke by stroke").check()
    assert opened.evaluate("document.getAnimations().length") == 4
    move = "s => document.getAnimations().forEach(a => { a.pause(); a.currentTime = 1000 * s; })"
    opened.evaluate(move, 0.1)
    assert opened.evaluate(VISIBLE)[:2] == [True, False]
    opened.evaluate(move, SECONDS + 0.1)
    assert opened.evaluate(VISIBLE) == [True] * 4
    opened.get_by_label("draw them stroke by stroke").uncheck()
    assert opened.evaluate("document.getAnimations().length") == 0
    opened.close()


def test_less_motion_means_none(page):
    opened = page(reduced_motion="reduce")
    assert not opened.get_by_text("stroke by stroke").is_visible()
    opened.evaluate("document.querySelector('input').click()")
    assert opened.evaluate("document.getAnimations().length") == 0
    assert opened.evaluate(VISIBLE) == [True] * 4
    opened.close()


def test_it_is_accessible_and_fits_a_phone(page):
    opened = page(viewport={"width": 375, "height": 700})
    assert Axe().run(opened).response["violations"] == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= 375
    opened.close()
