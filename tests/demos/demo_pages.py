"""Pages with demos on them, and what a test reads from them."""

from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, ConsoleMessage, Page

# The variables of the book's theme, as its pages set them.
THEME = """
html { --pst-color-background: #fff; --pst-color-text-base: #222832; --pst-color-border: #d1d5da;
  --pst-color-primary: #176de8; }
html[data-theme=dark] { --pst-color-background: #14181e; --pst-color-text-base: #ced6dd; --pst-color-border: #48566b;
  --pst-color-primary: #528fe4; }
body { background: var(--pst-color-background); color: var(--pst-color-text-base); font-family: sans-serif;
  margin: 12px; }
"""
HEAD = '<!doctype html><html lang="en" data-theme="{theme}" {root}><head><meta charset="utf-8"><title>A</title>\
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body><main><h1>A</h1>'


class Watched:
    """A page that fails its test on any console error, any uncaught error, and any request off the site."""

    def __init__(self, browser: Browser, site: Path, **options: Any) -> None:
        self.site, self.problems = site, list[str]()
        self.page = browser.new_page(**options)
        self.page.set_default_timeout(600_000)  # the machine may be busy
        self.page.on("request", lambda r: None if r.url.startswith((self.site.as_uri(), "data:")) else self.note(r.url))
        self.page.on("requestfailed", lambda r: self.note(f"failed: {r.url}"))
        self.page.on("console", self.console)
        self.page.on("pageerror", lambda e: self.note(str(e)))

    def console(self, message: ConsoleMessage) -> None:
        if (
            message.type in ("error", "warning") and "willReadFrequently" not in message.text
        ):  # these tests read canvases
            self.note(message.text)

    def note(self, text: str) -> None:
        self.problems.append(text)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.site.as_uri()}/{path}")
        return self.page


def open_demo(watched: Any, name: str, theme: str = "light", **options: Any) -> Page:
    page: Page = watched(**options).open(f"book/{name}-{theme}.html")
    page.wait_for_selector(".lecture-demo[data-ready] > p")
    return page


def settled(page: Page) -> None:
    """Wait for the completions."""
    page.wait_for_selector(".lecture-demo-completions[aria-busy=false]")


def text(page: Page, name: str) -> str:
    return page.locator(f"[data-out={name}]").inner_text()


def wait_for_change(page: Page, name: str, old: str, act: Any) -> str:
    act()
    page.wait_for_function(
        "([name, old]) => document.querySelector(`[data-out=${name}]`)?.innerText !== old", arg=[name, old]
    )
    return text(page, name)


SHADES = """(selector) => {
    const canvas = document.querySelector(selector), cell = canvas.width / 28;
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const middle = (k) => Math.floor((k + 0.5) * cell);
    return Array.from({length: 784}, (_, i) => data[4 * (middle(Math.floor(i / 28)) * canvas.width + middle(i % 28))]);
}"""


def shades(page: Page, selector: str) -> list[int]:
    """Read the red of the middle of each of the 784 cells of a canvas."""
    levels: list[int] = page.evaluate(SHADES, selector)
    return levels


def grid(page: Page) -> set[tuple[int, int]]:
    """Read from the grid which pixels carry ink."""
    return {divmod(i, 28) for i, level in enumerate(shades(page, ".lecture-demo-grid")) if level < 120}


def wait_for_grid(page: Page, wanted: set[tuple[int, int]]) -> None:
    """Wait until the grid carries this ink, on a busy machine up to a minute."""
    for _ in range(600):
        if grid(page) == wanted:
            return
        page.wait_for_timeout(100)
    assert grid(page) == wanted


def drawn(page: Page) -> list[int]:
    """Read from the slider's canvas: 1 ink, 0 paper, -1 not drawn yet."""
    return [1 if level < 100 else 0 if level == 255 else -1 for level in shades(page, "canvas")]


def shown(value: torch.Tensor) -> str:
    return f"{value:.1f}".replace("-", "−")


def luminance(rgb: list[float]) -> float:
    """Relative luminance by WCAG 2, of red, green and blue from 0 to 255."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
