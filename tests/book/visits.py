"""A visit of a page in a real browser, and all that is wrong with the page."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

PHONE, DESK = {"width": 375, "height": 800}, {"width": 1280, "height": 900}
# What axe asks of colors by default: the other rules do not depend on the scheme.
COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What is read out as one thing, by its label, has no parts to examine; they are half of a chapter's elements.
WITHOUT_PARTS = """() => {
    const wholes = [...document.querySelectorAll('svg.figure[aria-label], mjx-container')];
    window.parts = wholes.map(e => [e, [...e.childNodes]]);
    for (const [e] of parts) e.replaceChildren();
}"""
WITH_PARTS = "() => { for (const [e, nodes] of parts) e.replaceChildren(...nodes); }"
# Most of axe's time goes into colors. Of all visible texts that look alike, which are of one kind, size, weight and
# color on one ground, it is asked of the first. Call it once axe is loaded.
ONE_OF_EACH_LOOK = """() => {
    const own = e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    const grounds = new Map();
    const ground = e => {
        if (!e) return '';
        if (!grounds.has(e)) {
            const s = getComputedStyle(e);
            const solid = s.backgroundImage === 'none' && /^rgb\\(/.test(s.backgroundColor);
            const self = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode].join();
            const above = solid && s.opacity === '1' && s.filter === 'none' ? '' : ground(e.parentElement);
            grounds.set(e, self === 'rgba(0, 0, 0, 0),none,1,none,normal' ? above : self + above);
        }
        return grounds.get(e);
    };
    for (const e of document.querySelectorAll('[data-look]')) delete e.dataset.look;
    const looks = new Set();
    for (const e of document.querySelectorAll('body *')) {
        if (!own(e) && !e.matches('a, input, select, textarea') || !e.checkVisibility()) continue;
        const s = getComputedStyle(e), p = getComputedStyle(e.parentElement);
        const look = [e.localName, e.className, e.parentElement.localName, e.parentElement.className, s.color, p.color,
            s.fontSize, s.fontWeight, s.textDecoration, s.textShadow, s.position, ground(e)].join('|');
        if (!looks.has(look)) e.dataset.look = looks.add(look).size;
    }
    axe.configure({rules: [
        {id: 'color-contrast', selector: '[data-look]'}, {id: 'link-in-text-block', selector: 'a[href][data-look]'},
    ]});
}"""


@dataclass
class Visit:
    """What one page did in the browser."""

    name: str
    problems: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, *texts: str) -> None:
        self.problems.setdefault(kind, []).extend(f"{self.name}: {text}" for text in texts)


SCROLL_DOWN = """async () => {
    const pause = ms => new Promise(done => setTimeout(done, ms));
    for (let y = 0; y < document.body.scrollHeight; y += 600) { window.scrollTo(0, y); await pause(10); }
    window.scrollTo(0, 0);
    await pause(100);
    if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
}"""
CHAPTERS = tuple(f"book/{part}/" for part in ("sequences", "predictive", "words", "vision"))
RAW_MATH = """() => [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container'))
    .map(e => e.textContent.slice(0, 60))"""
BAD_MATH = "() => [...document.querySelectorAll('mjx-merror, [data-mml-node=merror]')].map(e => e.textContent)"
NO_ALT = "() => [...document.images].filter(i => !(i.alt || '').trim()).map(i => i.src.slice(0, 80))"
BROKEN_IMAGE = "() => [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src.slice(0, 80))"
OVERFLOW = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const wide = [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > room + 1);
    return [`more than ${room} px: ` + wide.slice(0, 3).map(e => e.outerHTML.slice(0, 80))];
}"""


# What is wider than its box: on a wide screen nothing may be; on a phone it may, if it scrolls by itself.
CUT = """(phone) => {
    const boxes = 'article pre, article table, article div.math, article mjx-container[display], article svg.figure, '
        + 'article .cell_output > div, article .pst-scrollable-table-container, article .lecture-quiz';
    const seen = e => e.clientWidth > 0 && getComputedStyle(e).visibility !== 'hidden';
    const hides = e => ['hidden', 'clip'].includes(getComputedStyle(e).overflowX);
    return [...document.querySelectorAll(boxes)]
        .filter(e => seen(e) && e.scrollWidth > e.clientWidth + 1 && (!phone || hides(e)))
        .map(e => `${e.scrollWidth} px in ${e.clientWidth}: <${e.localName} class="${e.className}"> `
            + e.textContent.trim().slice(0, 60));
}"""
FIRST = """() => {
    if (!document.querySelector('article')) return [];
    const first = document.querySelector('article h1 ~ :is(p, div, figure, ul, dl), article :is(p, figure)');
    const top = first ? Math.round(first.getBoundingClientRect().top + scrollY) : Infinity;
    return top > 250 ? [`the content begins at ${top} px`] : [];
}"""
NO_CAPTION = """() => [...document.querySelectorAll('article svg.figure, article .cell_output img')]
    .filter(e => !e.closest('.lecture-demo') && !e.closest('figure')?.querySelector('figcaption')?.textContent.trim())
    .map(e => (e.getAttribute('aria-label') ?? e.alt).slice(0, 60))"""
ON_PAPER = """() => {
    const navigation = '.bd-sidebar-primary, .bd-header-article, .prev-next-footer, button.copybtn';
    const shown = [...document.querySelectorAll(navigation)]
        .filter(e => e.getClientRects().length).map(e => `on paper: ${e.className}`);
    const folded = [...document.querySelectorAll('.derivation > .admonition-title ~ *')]
        .filter(e => getComputedStyle(e).visibility === 'hidden')
        .map(e => `folded on paper: ${e.textContent.slice(0, 60)}`);
    return [...shown, ...folded];
}"""
WEIGHT, WEIGHT_WITH_DEMOS = 2.5 * 2**20, 5 * 2**20  # bytes of all that a page loads
PRINTED = ("book/index.html", "book/sequences/pixelcnn.html", "book/words/masked_lm.html")  # tried on paper
PAPER = {"width": 718, "height": 1000}  # of A4, between its margins


def new_page(browser: Browser | BrowserContext, **options: Any) -> Page:
    page = browser.new_page(**options)
    page.set_default_timeout(600_000)  # milliseconds: the machine may be busy
    return page


def reader(browser: Browser, scheme: Any = "light") -> BrowserContext:
    """Return a browser's reader, whose pages share what is loaded."""
    return browser.new_context(color_scheme=scheme, viewport=DESK)  # type: ignore[arg-type]


def visit(reader: BrowserContext, root: str, path: str, scheme: str = "light", *, then_dark: bool = False) -> Visit:
    """Open root/path, scroll through it, and note all that is wrong with it, in the dark with its colors alone.

    With `then_dark` the light page, once seen, is made dark: half of a visit's time goes into loading and formulas.
    """
    seen = Visit(f"{path} ({root.split(':')[0]}, {scheme})")
    page = new_page(reader)
    loaded: set[str] = set()
    page.on("request", lambda r: loaded.add(r.url))
    page.on("request", lambda r: None if r.url.startswith((root, "data:", "blob:")) else seen.note("request", r.url))
    page.on("requestfailed", lambda r: seen.note("request", f"failed: {r.url}"))
    page.on("response", lambda r: seen.note("request", f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: seen.note("console", m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: seen.note("console", str(e)))
    page.goto(f"{root}/{path}", wait_until="load")
    page.evaluate(SCROLL_DOWN)
    seen.note("math", *page.evaluate(RAW_MATH), *page.evaluate(BAD_MATH))
    if path.startswith(CHAPTERS) and not path.endswith("index.html") and not page.locator("mjx-container").count():
        seen.note("math", "a chapter without a formula")
    seen.note("image", *page.evaluate(NO_ALT), *page.evaluate(BROKEN_IMAGE))
    if (theme := page.evaluate("() => document.documentElement.dataset.theme")) != scheme:
        seen.note("theme", f"expected {scheme}, got {theme}")
    seen.note("axe", *axe_findings(page, COLORS if scheme == "dark" else {}))
    if scheme == "light":
        seen.note("cut", *page.evaluate(CUT, False))
        seen.note("start", *page.evaluate(FIRST))
        seen.note("caption", *page.evaluate(NO_CAPTION))
        seen.note("weight", *too_heavy(loaded, demos=page.locator(".lecture-demo").count() > 0))
    if then_dark:
        page.add_style_tag(content="*, ::before, ::after { transition: none !important }")
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
        seen.note("axe", *(f"dark: {text}" for text in axe_findings(page, COLORS)))
        page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_timeout(50)
    seen.note("overflow", *page.evaluate(OVERFLOW), *page.evaluate(CUT, True))
    if path in PRINTED:
        page.set_viewport_size(PAPER)  # type: ignore[arg-type]
        page.emulate_media(media="print")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen.note("print", *page.evaluate(ON_PAPER), *page.evaluate(CUT, False), *axe_findings(page, COLORS))
        if (theme := page.evaluate("() => document.documentElement.dataset.theme")) != "light":
            seen.note("print", f"expected light colors on paper, got {theme}")
    page.close()
    return seen


def too_heavy(addresses: set[str], *, demos: bool) -> list[str]:
    """Return a line if the files at these addresses weigh more than a page may; with demos and sliders it is more."""
    paths = {unquote(urlsplit(url).path) for url in addresses if url.startswith("file:")}
    size = sum(Path(path).stat().st_size for path in paths)
    most = WEIGHT_WITH_DEMOS if demos else WEIGHT
    return [f"{size / 2**20:.2f} MiB, expected {most / 2**20} at most"] if size > most else []


def axe_findings(page: Page, options: dict[str, Any]) -> list[str]:
    """Return the serious and critical findings, with the first elements that have them."""
    page.evaluate(WITHOUT_PARTS)
    page.evaluate(Axe().axe_script)
    page.evaluate(ONE_OF_EACH_LOOK)
    # preloading would fetch the style sheets once more, and of a rule that is kept nobody reads anything
    findings = page.evaluate("o => axe.run(document, o)", {"preload": False, "resultTypes": ["violations"], **options})
    page.evaluate(WITH_PARTS)
    return [
        f"{v['id']} ({v['impact']}): " + "; ".join(n["html"][:150] for n in v["nodes"][:3])
        for v in findings["violations"]
        if v["impact"] in ("serious", "critical")
    ]
