"""The built site in a real browser: no request leaves it, nothing is cut, on a phone, on paper and in the dark."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from visits import PRINTED, new_page, reader, visit

PARTS = 6  # of the pages, visited apart

pytestmark = pytest.mark.slow


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server without a log."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """Serve the site on a free port of this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_problem(part: int, browser: Browser, site: Path, pages: list[Path], served: str):
    """Open every page from its file, light, then dark; and the first from a server, dark from the beginning."""
    names = [path.relative_to(site).as_posix() for path in pages[part::PARTS]]
    with reader(browser) as one:
        visits = [visit(one, site.resolve().as_uri(), name, then_dark=True) for name in names]
    with reader(browser, "dark") as one:
        visits += [visit(one, served, name, "dark") for name in names[:2]]
    found = [f"{kind}: {text}" for seen in visits for kind, texts in seen.problems.items() for text in texts]
    assert not found, "\n".join(found)


BAD = {
    "request": "<script src='https://127.0.0.1:9/a.js'></script>",
    "console": "<script>console.error('it broke')</script>",
    "math": "<span class='math'>\\(x\\)</span>",
    "image": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
    "theme": "<script>document.documentElement.dataset.theme = 'dark'</script>",
    "overflow": "<main><div style='width: 600px'>wide</div></main>",
    "axe": "<p style='color: #ccc; background: #fff'>pale</p>",
    "cut": "<article><pre style='overflow: auto; width: 90px'>a line of code that is longer</pre></article>",
    "start": "<article><p style='margin-top: 260px'>late</p></article>",
    "caption": "<article><svg class='figure' role='img' aria-label='a'></svg></article>",
    "weight": "<!-- " + "long " * 530_000 + "-->",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_problem_is_noted(kind: str, browser: Browser, tmp_path: Path):
    start = "<!doctype html><html lang='en' data-theme='light'><title>a</title><main><h1>A</h1>"
    (tmp_path / "good.html").write_text(start)
    (tmp_path / "bad.html").write_text(start + BAD[kind])
    root = tmp_path.resolve().as_uri()
    with reader(browser) as one:
        assert not any(visit(one, root, "good.html").problems.values())
        assert visit(one, root, "bad.html").problems[kind]


def test_what_is_wrong_on_paper_is_noted(browser: Browser, tmp_path: Path):
    (tmp_path / "book").mkdir()
    (tmp_path / PRINTED[0]).write_text(
        "<!doctype html><html lang='en' data-theme='light'><title>a</title><main><h1>A</h1><article>"
        "<style>@media print { b { color: #ccc } .derivation p { visibility: hidden } }</style><p>p</p>"
        "<div class='derivation'><i class='admonition-title'>D</i><p>so</p></div><b>pale</b>"
        "<button class='copybtn' aria-label='copy'></button><pre style='overflow: auto; width: 650px; max-width: 100%'>"
        "<i style='display: inline-block; width: 640px'></i></pre>"
        "<style>@media print { pre i { width: 700px !important } }</style></main>"
    )
    with reader(browser) as one:
        problems = visit(one, tmp_path.resolve().as_uri(), PRINTED[0]).problems
    assert {kind for kind, texts in problems.items() if texts} == {"print"}
    for start in ("on paper: copybtn", "folded on paper: so", "700 px in 650", "color-contrast"):
        assert any(start in text for text in problems["print"]), start


def test_pale_letters_in_the_dark_and_a_chapter_without_formulas_are_noted(browser: Browser, tmp_path: Path):
    start = "<!doctype html><html lang='en' data-theme='dark'><title>a</title><main style='background: #000'>"
    (tmp_path / "book/words").mkdir(parents=True)
    clear, pale = "<p style='color: #ddd'>clear</p>", "<p style='color: #333'>pale</p>"
    (tmp_path / "book/words/a.html").write_text(start + clear + pale)
    link = "<p style='color: #ddd'>of <a href='a.html' style='color: #ccc; text-decoration: none'>one</a> color</p>"
    (tmp_path / "book/words/b.html").write_text(start + link + clear + f"<div style='background: #bbb'>{clear}</div>")
    with reader(browser, "dark") as one:
        problems, ground = (
            visit(one, tmp_path.resolve().as_uri(), f"book/words/{name}.html", "dark").problems for name in "ab"
        )
    assert "pale" in problems["axe"][0]
    assert any(
        "color-contrast" in text and "clear" in text for text in ground["axe"]
    )  # the second only: the text of the same look stands on another ground
    assert any(">one</a>" in text for text in ground["axe"] if "link-in-text-block" in text)
    assert "a chapter without a formula" in problems["math"][0]


def test_what_is_pale_in_the_dark_alone_is_noted_on_a_light_page_that_is_made_dark(browser: Browser, tmp_path: Path):
    (tmp_path / "a.html").write_text(
        "<!doctype html><html lang='en' data-theme='light'><title>a</title><main><h1>A</h1><style>"
        "p { transition: color 60s } [data-theme=dark] body { background: #000 }"
        "[data-theme=dark] :is(h1, p) { color: #ddd } [data-theme=dark] .pale { color: #333 }</style>"
        "<p>clear</p><p class='pale'>pale</p><script>matchMedia('(prefers-color-scheme: dark)').onchange = e => {"
        "document.documentElement.dataset.theme = e.matches ? 'dark' : 'light' }</script></main>"
    )
    with reader(browser) as one:
        problems = visit(one, tmp_path.resolve().as_uri(), "a.html", then_dark=True).problems
        assert not any(visit(one, tmp_path.resolve().as_uri(), "a.html").problems.values())
    assert {kind for kind, texts in problems.items() if texts} == {"axe"}
    assert "dark: color-contrast" in problems["axe"][0]
    assert "pale" in problems["axe"][0]
    assert "clear" not in problems["axe"][0]


def test_the_root_leads_to_the_book(browser: Browser, site: Path):
    page = new_page(browser)
    page.goto((site / "index.html").resolve().as_uri())
    page.wait_for_url("**/book/index.html")
    page.close()


@pytest.mark.parametrize(("wish", "system"), [("dark", "light"), ("light", "dark")])
def test_the_reader_s_choice_of_theme_beats_the_system_s(wish: str, system: Any, browser: Browser, site: Path):
    page = new_page(browser, color_scheme=system)
    address = (site / "book/index.html").resolve().as_uri()
    page.goto(address)
    page.evaluate(f"localStorage.setItem('mode', '{wish}')")
    page.goto(address)
    assert page.evaluate("document.documentElement.dataset.theme") == wish
    page.close()


def test_search_finds_a_chapter_without_a_network(browser: Browser, site: Path):
    page = new_page(browser)
    page.goto((site / "search.html").resolve().as_uri() + "?q=NADE")
    page.wait_for_selector("#search-results li a", timeout=120_000)
    assert page.locator("#search-results li a[href*='nade.html']").count() > 0
    page.close()
