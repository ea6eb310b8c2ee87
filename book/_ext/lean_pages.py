"""Sphinx extension: pages that load only what they use, and tell search engines and previews what they are.

After the build, in every page: the theme's icon script (1.5 MB for a dozen icons) gives way to the icons themselves;
scripts for running code in the page and the theme's search, which this book does not use, are removed, and so are those
for grids and tabs where there are none; a description, Open Graph tags and two more places to run a notebook are added.
A page for addresses that do not
exist is written.
"""

import html
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ICON = re.compile(
    r'<i class="(?P<classes>[^"]*\bfa[srb]?\b[^"]*|[^"]*\bfa-(?:solid|brands)\b[^"]*)"(?P<rest>[^>]*)>\s*</i>'
)
UNUSED = re.compile(
    r"[ \t]*<script[^>]*scripts/fontawesome\.js[^>]*></script>\n?"
    r"|[ \t]*<link[^>]*(?:sphinx-thebe|fontawesome)[^>]*/?>\n?"
    r"|[ \t]*<script[^>]*>const THEBE_JS_URL.*?</script>\n?"
    r"|[ \t]*<script[^>]*(?:sphinx-thebe|searchtools|language_data|searchindex)\.js[^>]*></script>\n?"
    r'|[ \t]*<script type="text/x-thebe-config">.*?</script>\n?'
    r"|[ \t]*<script>kernelName = '[^']*'</script>\n?"
    r'|[ \t]*<meta name="viewport" content="width=device-width, initial-scale=1" ?/>\n?',
    re.DOTALL,
)
DESIGN = re.compile(r"[ \t]*<(link|script)[^>]*(?:sphinx-design|design-tabs)[^>]*>(?:</script>)?\n?")  # grids, tabs
STYLES = {"fa-solid", "fa-brands", "fa-regular", "fa-lg", "fa-fw"}
TWICE = re.compile(r' id="(?:exercise|solution)-content"')  # the same in every exercise of a page
UNNAMED = '<summary><span class="toctree-toggle"'  # the theme's arrow beside a page that has pages below it
COLAB = re.compile(r'<li><a href="https://colab\.research\.google\.com/github/(?P<file>[^"]+)".*?</li>', re.DOTALL)
LAUNCH = """
      <li><a href="{url}" target="_blank" class="btn btn-sm dropdown-item" title="Launch on {place}"
   data-bs-placement="left" data-bs-toggle="tooltip"><span class="btn__text-container">{place}</span></a></li>"""
LENGTH = 200  # of a description, in characters
# A dark page is light on paper.
PRINT = """<script>(() => {
const root = document.documentElement;
let dark = false;
const print = (on) => {
if (on && root.dataset.theme === "dark") { dark = true; root.dataset.theme = "light"; }
else if (!on && dark) { dark = false; root.dataset.theme = "dark"; }
};
matchMedia("print").addEventListener("change", (event) => print(event.matches));
addEventListener("beforeprint", () => print(true));
addEventListener("afterprint", () => print(false));
})()</script>"""


def icon_paths(script: str) -> dict[str, tuple[str, str, str]]:
    """Return width, height and outline of every icon in the theme's script, by its name and its aliases."""
    found: dict[str, tuple[str, str, str]] = {}
    pattern = r'"?([a-z][a-z0-9-]*)"?:\[(\d+),(\d+),\[([^\]]*)\],"[0-9a-f]+","([^"]+)"\]'
    for name, width, height, aliases, path in re.findall(pattern, script):
        for each in (name, *re.findall(r'"([a-z0-9-]+)"', aliases)):
            found[each] = (width, height, path)  # the last of a name is the solid one
    return found


def with_icons(page: str, paths: dict[str, tuple[str, str, str]]) -> str:
    """Return the page with each icon drawn where it stands."""

    def draw(match: re.Match[str]) -> str:
        names = [c[3:] for c in match["classes"].split() if c.startswith("fa-") and c not in STYLES]
        width, height, path = paths[names[0]]
        return (
            f'<svg class="svg-inline--fa {match["classes"]}"{match["rest"]} aria-hidden="true" '
            f'viewBox="0 0 {width} {height}"><path fill="currentColor" d="{path}"/></svg>'
        )

    return ICON.sub(draw, page)


def with_more_places(page: str) -> str:
    """Return the page with Kaggle and Codespaces below Colab among the places to run its notebook."""

    def add(match: re.Match[str]) -> str:
        owner, name, _ = match["file"].split("/", 2)
        places = {
            "Kaggle": f"https://www.kaggle.com/kernels/welcome?src=https://github.com/{match['file']}",
            "Codespaces": f"https://codespaces.new/{owner}/{name}",
        }
        return match[0] + "".join(LAUNCH.format(url=url, place=place) for place, url in places.items())

    return COLAB.sub(add, page)


def description(page: str) -> str:
    """Return the first paragraph of the page's text, cut between words."""
    article = page[page.find("<article") :]
    for paragraph in re.findall(r"<p>(.*?)</p>", article, re.DOTALL):
        text = html.unescape(re.sub(r"<[^>]+>", "", paragraph)).replace("\\(", "").replace("\\)", "")
        text = " ".join(text.split())
        if len(text) > 40:
            return text if len(text) <= LENGTH else text[:LENGTH].rsplit(" ", 1)[0] + " …"
    return ""


def head(page: str, book: str, image: str) -> str:
    """Return the tags that say what the page is, for search engines and for previews of links to it."""
    title = html.unescape(re.sub(r"\s*[—–-]\s*" + re.escape(book) + r"\s*$", "", _first(r"<title>(.*?)</title>", page)))
    address = _first(r'<link rel="canonical" href="([^"]*)"', page)
    said = html.escape(description(page) or book)
    tags = {"og:type": "article", "og:site_name": book, "og:title": title or book, "og:url": address, "og:image": image}
    lines = [f'<meta name="description" content="{said}" />', f'<meta property="og:description" content="{said}" />']
    lines += [f'<meta property="{name}" content="{html.escape(value)}" />' for name, value in tags.items() if value]
    return "\n    ".join([*lines, '<meta name="twitter:card" content="summary_large_image" />'])


def _first(pattern: str, page: str) -> str:
    match = re.search(pattern, page, re.DOTALL)
    return html.unescape(match[1].strip()) if match else ""


def with_note(page: str) -> str:
    """Return a page of formulas or demos with a line at its top for readers whose browser runs no scripts."""
    seen = [
        sentence
        for mark, sentence in (
            (r'class="math ', "Formulas stand in LaTeX."),
            (r'class="lecture-demo', "Demos are pictures."),
        )
        if re.search(mark, page)
    ]
    note = f"<noscript><p><em>Scripts are off. {' '.join(seen)}</em></p></noscript>"
    return page.replace("</h1>", f"</h1>\n{note}", 1) if seen else page


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Rewrite the pages of a site that was built without an error."""
    if exception is not None or app.builder.name not in ("html", "dirhtml"):
        return
    out, book, base = Path(app.outdir), app.config.html_title, str(app.config.html_baseurl).rstrip("/")
    script = out / "_static/scripts/fontawesome.js"
    if not script.exists():  # a second build into the same folder copies it again; pages that were not built stay lean
        return
    paths = icon_paths(script.read_text(encoding="utf-8"))
    for file in out.rglob("*.html"):
        page = file.read_text(encoding="utf-8")
        if "scripts/fontawesome.js" in page:
            page = with_icons(TWICE.sub("", UNUSED.sub("", page)), paths)
            page = with_more_places(page)
            page = page.replace(f"<title>{book} &#8212; {book}</title>", f"<title>{book}</title>")
            page = page if re.search(r'class="(?:[^"]* )?sd-', page) else DESIGN.sub("", page)
            page = page.replace(UNNAMED, f'<summary aria-label="Pages of this section">{UNNAMED[9:]}')
            page = page.replace(
                "</title>", f"</title>\n    {head(page, book, f'{base}/_static/site.png')}\n    {PRINT}", 1
            )
            file.write_text(with_note(page), encoding="utf-8")  # after the description, which is the first paragraph
    for unused in (*out.glob("_static/scripts/fontawesome.js*"), *out.glob("_static/scripts/*.map")):
        unused.unlink(missing_ok=True)
    (out / "404.html").write_text(NOT_FOUND.format(book=html.escape(book), base=html.escape(base)), encoding="utf-8")


NOT_FOUND = """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>Not found: {book}</title>
  <style>
    body {{ font-family: system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }}
    @media (prefers-color-scheme: dark) {{ body {{ background: #121212; color: #ddd }} a {{ color: #7ab8ff }} }}
  </style>
</head>
<body>
  <h1>This page does not exist</h1>
  <p>It may have moved. The book begins <a href="{base}/">here</a>; its <a href="{base}/search.html">search</a>
  knows all pages.</p>
</body>
</html>
"""


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the end of the build."""
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
