"""What every page of the built site says of itself and loads, and how its figures and icons stand in it."""

import re
from pathlib import Path
from typing import Any

import pytest
from extensions import extension


def test_an_icon_stands_in_the_page_by_its_name_or_alias():
    paths = extension("lean_pages").icon_paths(
        'a={pencil:[512,256,[9999,"pencil-alt"],"f303","M1 2z"],"arrow-up":[1,2,[],"f062","M3"]}'
    )
    page = '<p><i class="fas fa-pencil-alt"></i><i class="fa-solid fa-arrow-up fa-lg" data-mode="x"></i><i>word</i></p>'
    drawn = extension("lean_pages").with_icons(page, paths)
    assert 'viewBox="0 0 512 256"><path fill="currentColor" d="M1 2z"/>' in drawn
    assert 'class="svg-inline--fa fa-solid fa-arrow-up fa-lg" data-mode="x" aria-hidden="true"' in drawn
    assert "<i>word</i>" in drawn


def test_a_description_is_the_first_paragraph_cut_between_words():
    describe = extension("lean_pages").description
    text = "How many <em>orders</em> &amp; pixels, for \\(D = 3\\), are there in all?"
    assert (
        describe(f"<article><p>Short.</p><p>{text}</p></article>")
        == "How many orders & pixels, for D = 3, are there in all?"
    )
    long = describe(f"<article><p>{'word ' * 100}</p></article>")
    assert long.endswith("word …")
    assert len(long) <= 203


def test_a_reader_without_scripts_is_told_what_formulas_and_demos_are():
    with_note = extension("lean_pages").with_note
    formula, demo = '<span class="math notranslate nohighlight">x</span>', '<div class="lecture-demo">'
    assert with_note("<h1>A</h1><p>") == "<h1>A</h1><p>"
    assert with_note(f"<h1>A</h1>{formula}").startswith(
        "<h1>A</h1>\n<noscript><p><em>Scripts are off. Formulas stand in LaTeX.</em>"
    )
    assert "Formulas stand in LaTeX. Demos are pictures." in with_note(f"<h1>A</h1>{formula}{demo}<h1>B</h1>")


@pytest.mark.slow
def test_pages_load_no_script_that_they_do_not_use(site: Path, pages: list[Path]):
    unused = re.compile(r"fontawesome|thebe|searchindex|searchtools|sphinx-design|design-tabs", re.IGNORECASE)
    assert [
        str(page) for page in pages if unused.search(re.sub(r"<article.*?</article>", "", page.read_text(), flags=re.S))
    ] == []
    assert not list(site.glob("_static/scripts/fontawesome*"))


def test_letters_that_two_figures_draw_are_in_the_page_once():
    drawing = (
        '<?xml version="1.0"?>\n<svg width="72pt" height="36pt">\n <!-- A -->\n <g id="text_1">\n <path id="a" '
        'd="M 1.23456 -0.5 L 2.999 3" transform="scale(0.015625)"/>\n </g>\n <use xlink:href="#a"/>\n</svg>'
    )
    figures, glyphs = extension("inline_figures"), dict[str, str]()
    first, second = (figures.share_glyphs(figures.clean(drawing, prefix, "x"), glyphs) for prefix in ("f1-", "f2-"))
    path = '<path id="f1-a" d="M 1.23 -0.5 L 3.00 3" transform="scale(0.015625)"/>'
    assert first.endswith(f'><g>{path}</g><use xlink:href="#f1-a"/></svg>')
    assert second.endswith('><g></g><use xlink:href="#f1-a"/></svg>')


@pytest.mark.slow
def test_search_quotes_sections_of_chapters_first(site: Path, browser: Any):
    page = browser.new_page()
    page.goto((site / "search.html").resolve().as_uri() + "?q=rotation")
    first = page.locator("ol.search > li").first
    assert "vision/rotation.html" in first.locator("h2 a").get_attribute("href")
    assert "#" in first.locator(".search-section a").first.get_attribute("href")
    assert "otation" in first.locator("mark").first.inner_text()
    assert (site / "_static/search_texts.js").stat().st_size < 1.5e6
    page.close()


@pytest.mark.slow
def test_pages_say_what_they_are(site: Path, pages: list[Path]):
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for tag in ('name="description"', 'property="og:title"', 'property="og:description"', 'property="og:image"'):
            content = re.search(rf'<meta {tag} content="([^"]+)"', text)
            assert content, f"{page.name}: expected <meta {tag}>"
        assert text.count('name="viewport"') == 1, page.name
    assert "This page does not exist" in (site / "404.html").read_text()


@pytest.mark.slow
def test_figures_of_chapters_stand_in_the_page_with_label_and_caption(pages: list[Path]):
    found = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        figures = re.findall(r'<svg class="figure" role="img" aria-label="([^"]*)"', text)
        found += len(figures)
        assert all(label.strip() for label in figures), page.name
        ids = re.findall(r'\bid="(f\d+-[^"]+)"', text)
        assert len(ids) == len(set(ids)), page.name
    assert found > 0
