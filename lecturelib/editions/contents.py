"""What a printed edition consists of, read from the built site, and the browser that prints it."""

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TITLE = "Sequences and Self-Supervision"
SUBTITLE = "Models for sequential data, and learning without labels"
ONLINE = "https://sequences-and-self-supervision.github.io/book"
LEFT_OUT = re.compile(r"^#|test_yourself\.html$|^api/")  # what only a screen can show, and the pages of the library
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAY_TAKE = 600_000  # milliseconds, on a busy machine
READY = """async () => {
    if (window.MathJax?.startup) await MathJax.startup.promise;
    await document.fonts.ready;
}"""


@dataclass(frozen=True)
class Entry:
    """A page of the site in its place in the book.

    Attributes:
        part: the caption above it in the table of contents.
        title: with the number of its chapter.
        address: relative to the folder `book` of the site.
        answers: whether it stands for the answers to the page's exercises instead of the page.

    """

    part: str
    title: str
    address: str
    answers: bool = False


def contents(site: Path) -> list[Entry]:
    """Return the pages of the book in their order; answers to exercises come before the code that checks them.

    Raises:
        ValueError: there is no built site in the folder.

    """
    front = site / "book/index.html"
    if not front.is_file():
        raise ValueError(f"{site}: expected a built site with its book/index.html; call: make site")
    bar = re.search(r'<nav class="bd-links.*?</nav>', front.read_text(encoding="utf-8"), re.DOTALL)
    found: list[Entry] = []
    part = ""
    line = r'caption-text">([^<]*)<|<a class="reference internal" href="([^"]*)">(.*?)</a>'
    for caption, address, title in re.findall(line, bar[0] if bar else "", re.DOTALL):
        if caption:
            part = html.unescape(caption)
        elif not LEFT_OUT.search(address):
            title = " ".join(html.unescape(re.sub(r"<[^>]+>", "", title)).split())
            chapter = [e for e in found if Path(e.address).name == Path(address).name and "solutions/" in address]
            found += [Entry(part, f"Answers: {c.title}", c.address, answers=True) for c in chapter]
            found.append(Entry(part, title, address))
    return found


@contextmanager
def browser(running: "Browser | None" = None) -> Iterator["Browser"]:
    """Run a browser without a window, or use the one that is running.

    Raises:
        RuntimeError: there is none, or the package that drives it is not installed.

    """
    if running is not None:
        yield running
        return
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise RuntimeError("playwright: not installed; call: pip install 'lecturelib[print]'") from None
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise RuntimeError(f"expected one of {', '.join(BROWSERS)}, got none; call: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def visit(page: "Page", address: str) -> None:
    """Open the page at `address`, as it is on paper, and wait until its formulas are typeset."""
    page.set_default_timeout(MAY_TAKE)
    page.emulate_media(media="print", color_scheme="light", reduced_motion="reduce")
    page.goto(address, wait_until="load")
    page.evaluate(READY)
