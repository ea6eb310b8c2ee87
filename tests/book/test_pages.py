"""What every page of the built site says of itself and loads, and how its figures and icons stand in it."""

import re
from pathlib import Path

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


@pytest.mark.slow
def test_pages_load_no_script_that_they_do_not_use(site: Path, pages: list[Path]):
    unused = re.compile(r"fontawesome|thebe", re.IGNORECASE)
    assert [
        str(page) for page in pages if unused.search(re.sub(r"<article.*?</article>", "", page.read_text(), flags=re.S))
    ] == []
    assert not list(site.glob("_static/scripts/fontawesome*"))


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
