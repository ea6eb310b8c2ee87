"""The decks: what a marked cell gives to its slide, a deck for each chapter, and in a browser that every slide fits."""

import json
from pathlib import Path
from typing import Any

import pytest

from lecturelib.editions.__main__ import main
from lecturelib.editions.slides import MINUTES, Deck, Slide, build, chapters, deck, minutes, page

ROOT = Path(__file__).resolve().parents[2]
SVG = '<?xml version="1.0"?>\n<svg height="{}pt" width="{}pt"><title>x</title></svg>'
START = {"slide_type": "slide"}
MORE = {"slide_type": "fragment"}
# What does not fit a slide, which is 1280 by 720 pixels, or is too small to see; and formulas that are none.
MISFITS = """() => [...document.querySelectorAll('.slide')].flatMap(slide => {
    const found = [...slide.querySelectorAll('h1, h2, .words, .words > *, figure, figcaption, mjx-math, table')]
        .filter(e => {
            const around = e.parentElement.closest('.words') ?? e.closest('.body') ?? slide;
            const [a, b] = [e, around].map(one => one.getBoundingClientRect());
            return a.right > b.right + 2 || a.bottom > b.bottom + 2 || a.left < b.left - 2 || a.top < b.top - 2;
        });
    const small = [...slide.querySelectorAll('img')].filter(e => e.clientHeight < 200);
    const bad = [...slide.querySelectorAll('mjx-merror, [data-mml-node=merror]')];
    return [...found, ...small, ...bad].map(e => `${slide.id}: ${e.localName} ${e.textContent.trim().slice(0, 40)}`);
})"""


def markdown(source: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "a", "source": source, "metadata": metadata}


def code(*outputs: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "id": "b", "source": "x", "metadata": metadata, "outputs": list(outputs)}


def drawn(width: int, height: int) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"image/svg+xml": SVG.format(height, width), "text/plain": "x"}}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def slides_of(tmp_path: Path, *cells: dict[str, Any]) -> list[Slide]:
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": cells}))
    return deck(tmp_path / "one.ipynb").slides


FIRST = markdown("# NADE\n\n**What does it buy?**\n\nLong prose.", slideshow=START)


def test_what_cells_give_to_slides(tmp_path):
    figure = {"caption": "Rows, as in {cite:p}`a2020`: $W < 1$ ({term}`raster order <o>`).", "name": "fig-a"}
    formulas = "## Tying\n\nProse.\n\n$$\na < b\n$$ (eq-a)\n\n- point\n\n  $$ c $$ (eq-c)\n\n$$\nunnumbered\n$$\n"
    first, tying, rest, points = slides_of(
        tmp_path,
        FIRST,
        code(drawn(300, 100), printed("out"), slideshow=MORE, mystnb={"figure": figure, "image": {"alt": 'a "row"'}}),
        markdown(formulas, slideshow=START, slide={"text": "One line with $x$."}),
        markdown("### Not shown"),
        code(printed("12 < 13\n"), slideshow=START),
        code(printed("cmd"), {"data": {"text/markdown": "| a |\n| --- |\n| 1 |\n\n- how"}}, slideshow=MORE),
        markdown("## What to remember\n\n- One: {doc}`nade`.\n- Two.\n\n## Exercises\n\nno", slideshow=START),
    )
    assert (first.title, first.kind, first.wide) == ("NADE", "first", True)
    assert first.parts == ['<p class="question">What does it buy?</p>']
    assert 'alt="a &quot;row&quot;"' in first.figures[0]
    assert r"<figcaption>Rows, as in: \(W &lt; 1\) (raster order).</figcaption>" in first.figures[0]
    assert tying.title == "Tying"
    assert tying.parts[0].strip() == "<div><p>One line with \\(x\\).</p>\n</div>"
    assert tying.parts[1:] == [r'<div class="math">\[a &lt; b\]</div>', r'<div class="math">\[c\]</div>']
    assert rest.title == "Not shown"
    assert rest.parts[0] == "<pre>12 &lt; 13</pre>"
    assert "<td>1</td>" in rest.parts[1]
    assert "cmd" not in rest.parts[1]
    assert "how" not in rest.parts[1]
    assert points.title == "What to remember"
    assert points.parts[0].count("<li>") == 2
    assert "no" not in points.parts[0].replace("nade", "")


def test_a_cell_chooses_its_formulas_and_a_tall_figure_stands_beside_the_text(tmp_path):
    source = "## A\n\n$$\na\n$$ (eq-a)\n\n$$\nb\n$$\n"
    one, both, none = slides_of(
        tmp_path,
        markdown(source, slideshow=START, slide={"title": "B", "equations": ["eq-a"]}),
        markdown(source, slideshow=START, slide={"equations": "all"}),
        markdown(source, slideshow=START, slide={"equations": [], "text": "t"}),
    )
    assert one.title == "B"
    assert [len(slide.parts) for slide in (one, both, none)] == [1, 2, 1]
    (tall,) = slides_of(tmp_path, code(drawn(100, 100), slideshow=START, slide={"text": "t"}))
    assert not tall.wide
    assert 'class="slide first beside"' in page([Deck("one", 1, "A", [tall])], "A")


@pytest.mark.parametrize("cell", [FIRST | {"metadata": {}}, markdown("## A", slideshow=START), code(slideshow=START)])
def test_a_deck_that_would_be_empty_is_an_error(tmp_path, cell):
    with pytest.raises(ValueError, match=r"one\.ipynb: (expected cells marked|cell .: expected something to show)"):
        slides_of(tmp_path, cell)


def test_the_minutes_of_a_lecture_are_shared_out():
    decks = [Deck("a", k, "A", [Slide("A")] * size) for k, size in enumerate((9, 10, 14))]
    assert sum(minutes(decks)) == MINUTES
    assert minutes(decks) == sorted(minutes(decks))


def test_every_chapter_has_a_deck(tmp_path, capsys):
    parts = list(chapters(ROOT))
    assert [len(paths) for _, paths in parts] == [7, 7, 5]
    for _, paths in parts:
        decks = [deck(path) for path in paths]
        assert 60 <= sum(len(one.slides) for one in decks) <= 90  # about a minute each
        for one in decks:
            assert 8 <= len(one.slides) <= 16, one.name
            assert one.slides[0].figures, one.name
            assert one.slides[-1].kind == "points", one.name
            assert len({slide.title for slide in one.slides}) == len(one.slides), one.name
    assert main(["slides", str(ROOT), str(tmp_path)]) == 0
    assert "slides; begin with index.html" in capsys.readouterr().out
    assert (tmp_path / "index.html").read_text("utf-8").count("<li ") == 19
    assert len(list(tmp_path.glob("*.html"))) == 20
    assert (tmp_path / "mathjax/tex-mml-chtml.js").exists()


@pytest.mark.slow
def test_every_slide_fits_and_no_request_leaves(tmp_path, browser):
    build(ROOT, tmp_path)
    decks = [deck(path) for _, paths in chapters(ROOT) for path in paths]
    (tmp_path / "all.html").write_text(page(decks, "All"), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    opened.set_default_timeout(600_000)
    seen: list[str] = []
    opened.on("request", lambda r: None if r.url.startswith((tmp_path.as_uri(), "data:")) else seen.append(r.url))
    opened.on("requestfailed", lambda r: seen.append(f"failed: {r.url}"))
    opened.on("pageerror", lambda e: seen.append(str(e)))
    opened.goto((tmp_path / "all.html").as_uri())
    opened.wait_for_function("() => 'shown' in document.documentElement.dataset")
    assert opened.locator(".slide:visible").count() == 1
    for key, shown in [("ArrowRight", 2), ("End", sum(len(one.slides) for one in decks)), ("Home", 1)]:
        opened.keyboard.press(key)
        assert (
            opened.evaluate("() => [...document.querySelectorAll('.slide')].findIndex(s => s.offsetWidth) + 1") == shown
        )
    opened.evaluate("() => { delete document.documentElement.dataset.shown; }")  # all, one below the other
    assert seen + opened.evaluate(MISFITS) == []
    opened.evaluate("() => { document.querySelector('.slide li').style.fontSize = '400px'; }")
    assert opened.evaluate(MISFITS)
    opened.close()
