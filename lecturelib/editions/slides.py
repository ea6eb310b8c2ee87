"""A deck of slides per chapter, from the cells of its notebook that are marked for it.

A cell whose metadata has `{"slideshow": {"slide_type": "slide"}}` begins a slide, and one with `"fragment"` adds to it,
as in Jupyter's own slide show. What a cell gives to its slide:

* the first one the title and the question, *What to remember* its points, and any other Markdown its heading and its
  numbered formulas; the text stays in the book;
* code its figure with the caption, its table, or what it printed.

`{"slide": {"title": "...", "text": "...", "equations": ["eq-nade"]}}` beside it gives a shorter title, a line or two of
text (Markdown with formulas), and other formulas than the numbered ones: those with these labels, or `"all"`.

A deck is one HTML file beside the folder `mathjax`: no network, arrow keys, one slide a page when printed.
"""

import base64
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from lecturelib.atomic import atomic_write
from lecturelib.demos.html import compact

PARTS = {  # folders of the book, by the lecture whose chapters they hold
    "Models for sequential data": ("sequences",),
    "Self-supervised learning, and words": ("predictive", "words"),
    "Self-supervised learning for images": ("vision",),
}
MINUTES = 80  # of a lecture: the decks of one part share them
FORMULA = re.compile(r"^ *\$\$(.+?)\$\$(?: \(([\w-]+)\))?$", re.MULTILINE | re.DOTALL)
TO_REMEMBER = re.compile(r"^## What to remember\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
WIDE = 1.9  # width by height of a figure below the text; a narrower one stands beside it
LONG = 11  # lines of a table from which on it is set smaller
WITHOUT_TEXT = re.compile(r"[\s,;:]*\{(?:cite:\w|eq|numref)\}`[^`]*`")  # references that only a page can follow
ROLE = re.compile(r"\{[\w:]+\}`(?:([^`<]*?)\s*<[^`>]*>|([^`]*))`")


@dataclass
class Slide:
    """One slide: its title, and the HTML of its words, formulas and numbers, and of its figure."""

    title: str
    parts: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    wide: bool = True
    kind: str = ""


@dataclass(frozen=True)
class Deck:
    """The slides of a chapter, its title and its number."""

    name: str
    number: int
    title: str
    slides: list[Slide]


def chapters(root: Path) -> Iterator[tuple[str, list[Path]]]:
    """Yield the title of each part and the notebooks of its chapters, in the order of the table of contents."""
    found = re.findall(r"file: (book/(\w+)/\w+)$", (root / "_toc.yml").read_text(encoding="utf-8"), re.MULTILINE)
    for title, folders in PARTS.items():
        paths = [root / f"{name}.ipynb" for name, folder in found if folder in folders]
        yield title, [path for path in paths if path.exists()]


def deck(path: Path, number: int = 1) -> Deck:
    """Return the slides of the chapter in the notebook `path`.

    Raises:
        ValueError: no cell is marked, or a marked one has nothing to show.

    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    slides: list[Slide] = []
    heading = ""
    for cell in cells:
        source, kind = "".join(cell["source"]), cell["metadata"].get("slideshow", {}).get("slide_type")
        headings = re.findall(r"^#+ (.+)$", source, re.MULTILINE) if cell["cell_type"] == "markdown" else []
        own = cell["metadata"].get("slide", {})
        if kind in ("slide", "fragment"):
            if kind == "slide" or not slides:
                title = "What to remember" if TO_REMEMBER.search(source) and headings else (headings or [heading])[0]
                slides.append(Slide(own.get("title", title)))
            before = len(slides[-1].parts) + len(slides[-1].figures)
            _add(slides[-1], cell, source, own)
            if len(slides[-1].parts) + len(slides[-1].figures) == before:
                raise ValueError(f"{path}: cell {cell.get('id')}: expected something to show on a slide, got {own}")
        heading = headings[-1] if headings else heading
    if not slides:
        raise ValueError(f"{path}: expected cells marked as slides in their metadata, got none")
    slides[0].kind = "first"
    return Deck(path.stem, number, slides[0].title, slides)


def _add(slide: Slide, cell: dict[str, Any], source: str, own: dict[str, Any]) -> None:
    """Add what the cell has to show."""
    if "text" in own:
        slide.parts.append(_block(own["text"]))
    if cell["cell_type"] == "markdown":
        question = re.search(r"\*\*([^*]+\?)\*\*", source) if source.startswith("# ") else None
        points = TO_REMEMBER.search(source)
        if question:
            slide.parts.append(f'<p class="question">{_line(" ".join(question[1].split()))}</p>')
        if points:
            slide.parts.append(_block(points[1]))
            slide.kind = "points"
        which = own.get("equations", [label for _, label in FORMULA.findall(source) if label])
        slide.parts += [_formula(f) for f, label in FORMULA.findall(source) if which == "all" or label in which]
        return
    caption = cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "")
    alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
    drawn = any({"text/markdown", "image/svg+xml", "image/png"} & set(o.get("data", {})) for o in cell["outputs"])
    for output in cell["outputs"]:
        data = output.get("data", {})
        table = re.findall(r"^\|.*\n?", "".join(data.get("text/markdown", "")), re.MULTILINE)
        if "image/svg+xml" in data or "image/png" in data:
            figure, slide.wide = _figure(data, alt, caption)
            slide.figures.append(figure)
        elif table:
            size = " long" if len(table) > LONG else ""
            slide.parts.append(f'<div class="table{size}">{_MARKDOWN.render("".join(table))}</div>')
        elif output.get("name") == "stdout" and not drawn:
            slide.parts.append(f"<pre>{escape(''.join(output['text']).rstrip())}</pre>")


def _figure(data: dict[str, Any], alt: str, caption: str) -> tuple[str, bool]:
    """Return the picture with its caption, and whether it is wide."""
    kind = "image/svg+xml" if "image/svg+xml" in data else "image/png"
    content = "".join(data[kind])
    wide = True
    if kind == "image/svg+xml":
        size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"|height="([\d.]+)pt"[^>]* width="([\d.]+)pt"', content)
        if size:
            width, height = float(size[1] or size[4]), float(size[2] or size[3])
            wide = width > WIDE * height
        content = base64.b64encode(content[content.index("<svg") :].encode()).decode()
    picture = f'<img src="data:{kind};base64,{content.strip()}" alt="{escape(" ".join(alt.split()))}">'
    return f"<figure>{picture}<figcaption>{_line(caption)}</figcaption></figure>", wide


def _line(text: str) -> str:
    return str(_MARKDOWN.renderInline(_plain(text)))


def _block(text: str) -> str:
    return f"<div>{_MARKDOWN.render(_plain(text))}</div>"


def _plain(text: str) -> str:
    """Return MyST as Markdown: of a role its text is kept, of a reference nothing."""
    return ROLE.sub(lambda match: match[1] or match[2], WITHOUT_TEXT.sub("", text))


def _formula(formula: str) -> str:
    return rf'<div class="math">\[{escape(formula.strip())}\]</div>'


def _markdown() -> MarkdownIt:
    def render(content: str, settings: dict[str, Any]) -> str:
        return _formula(content) if settings["display_mode"] else rf"\({escape(content)}\)"

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.use(dollarmath_plugin, double_inline=False)
    reader.add_render_rule(
        "math_inline", lambda self, tokens, k, *_: render(tokens[k].content, {"display_mode": False})
    )
    reader.add_render_rule("math_block", lambda self, tokens, k, *_: render(tokens[k].content, {"display_mode": True}))
    return reader


_MARKDOWN = _markdown()


def page(decks: Sequence[Deck], title: str) -> str:
    """Return the HTML page of one or more decks."""
    style, script = (
        files("lecturelib.editions").joinpath(f"slides.{kind}").read_text("utf-8") for kind in ("css", "js")
    )
    sections = []
    for one in decks:
        for k, slide in enumerate(one.slides, start=1):
            level = "h1" if slide.kind == "first" else "h2"
            beside = bool(slide.figures) and bool(slide.parts) and not slide.wide
            layout = " ".join(filter(None, ["slide", slide.kind, "beside" if beside else ""]))
            words = f'<div class="words">{"".join(slide.parts)}</div>' if slide.parts else ""
            sections.append(
                f'<section class="{layout}" id="{one.name}-{k}" aria-label="Slide {k} of {len(one.slides)}">\n'
                f"<{level}>{_line(slide.title)}</{level}>\n"
                f'<div class="body">{words}{"".join(slide.figures)}</div>\n'
                f"<footer><span>{one.number}. {_line(one.title)}</span><span>{k} / {len(one.slides)}</span></footer>\n"
                "</section>"
            )
    return PAGE.format(
        title=escape(re.sub(r"[*$`]", "", title)),
        style=compact(style),
        script=compact(script),
        sections="\n".join(sections),
    )


PAGE = r"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
<script>window.MathJax = {{tex: {{inlineMath: [["\\(", "\\)"]]}}, options: {{enableMenu: false}}}};</script>
<script defer src="mathjax/tex-mml-chtml.js"></script>
</head>
<body>
<main>
{sections}
</main>
<script>
{script}
</script>
</body>
</html>
"""


def minutes(decks: Sequence[Deck]) -> list[int]:
    """Return the minutes of each deck of one lecture, by its share of the slides; they add up to `MINUTES`."""
    ends = [0]
    for one in decks:
        ends.append(ends[-1] + len(one.slides))
    marks = [round(MINUTES * end / ends[-1]) for end in ends]
    return [b - a for a, b in pairwise(marks)]


def build(root: Path, out: Path) -> int:
    """Write the decks of all chapters of the book in `root`, and a page that lists them; return how many slides.

    Raises:
        ValueError: a chapter has no slides.

    """
    listed, number, total = [], 0, 0
    for part, paths in chapters(root):
        decks = [deck(path, number + k) for k, path in enumerate(paths, start=1)]
        number += len(decks)
        total += sum(len(one.slides) for one in decks)
        items = [
            f'<li value="{one.number}"><a href="{one.name}.html">{_line(one.title)}</a>: {len(one.slides)} slides, '
            f"about {time} minutes</li>"
            for one, time in zip(decks, minutes(decks), strict=True)
        ]
        listed.append(f"<h2>{escape(part)}</h2>\n<p>A lecture of {MINUTES} minutes.</p>\n<ol>{''.join(items)}</ol>")
        for one in decks:
            _write(out / f"{one.name}.html", page([one], one.title))
    shutil.copytree(root / "book/_vendor/mathjax", out / "mathjax", dirs_exist_ok=True)
    _write(out / "index.html", INDEX.format(parts="\n".join(listed)))
    return total


INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Slides: Sequences and Self-Supervision</title>
<style>
body {{ font-family: system-ui, sans-serif; line-height: 1.5; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }}
@media (prefers-color-scheme: dark) {{ body {{ background: #121212; color: #ddd }} a {{ color: #7ab8ff }} }}
</style>
</head>
<body>
<main>
<h1>Slides: Sequences and Self-Supervision</h1>
<p>A deck per chapter. Arrow keys, space or a click turn the pages, Home and End lead to the first and the last, and
printing gives one slide a page. The pictures and formulas are those of the chapters.</p>
{parts}
</main>
</body>
</html>
"""


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
