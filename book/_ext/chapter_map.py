"""Sphinx extension: the chapters as cards, paths through them, and a demo, all read from the notebooks.

A card's title, question, reading time and picture are the chapter's own, so that none of them is typed twice:

    ```{chapter-cards} sequences
    ```

    ```{reading-path}
    book/sequences/fvsbn 2
    book/predictive/any_part
    ```

    ```{lecture-demo} pixelcnn
    ```

The number behind a chapter of a path is that of the sections to read, from the first on; without one, all are read.
"""

import base64
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from inline_figures import slim
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROLE = re.compile(r"\{[\w:-]+\}`(?:([^`<]*?)\s*<[^`>]*>|([^`]*))`")


@dataclass(frozen=True)
class Chapter:
    """What a chapter's notebook says of itself."""

    title: str
    question: str
    minutes: int  # to read; 0 where the chapter does not say
    words: tuple[int, ...]  # before the first section, and of each section
    picture: tuple[str, str, str]  # suffix, content (SVG as text, PNG in base64), description
    demo: bool  # whether a model runs in the page


def read(path: Path) -> Chapter:
    """Read the chapter in the notebook `path`."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    title = re.search(r"^# (.+)", texts[0], re.MULTILINE)
    question = re.search(r"\*\*([^*]+\?)\*\*", texts[0])
    minutes = re.search(r"\*\*Time\*\*:\s+(\d+)\s+minutes", "\n".join(texts))
    sections = re.split(r"^## ", "\n".join(texts), flags=re.MULTILINE)
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return Chapter(
        title=plain(title[1]) if title else path.stem,
        question=plain(question[1]) if question else "",
        minutes=int(minutes[1]) if minutes else 0,
        words=tuple(len(section.split()) for section in sections),
        picture=first_picture(cells),
        demo="demos.show(" in code,
    )


def plain(text: str) -> str:
    """Return Markdown as text on one line: roles, emphasis and code lose their signs."""
    text = ROLE.sub(lambda match: match[1] or match[2], text)
    return " ".join(re.sub(r"[*`]", "", text).split())


def first_picture(cells: list[dict[str, Any]]) -> tuple[str, str, str]:
    """Return suffix, content and description of the first figure that has a caption."""
    for cell in cells:
        settings = cell["metadata"].get("mystnb", {})
        for output in cell.get("outputs", []) if "figure" in settings else []:
            for kind, suffix in (("image/svg+xml", "svg"), ("image/png", "png")):
                if kind in output.get("data", {}):
                    content = output["data"][kind]
                    return suffix, "".join(content), settings.get("image", {}).get("alt", "")
    return "", "", ""


def minutes_to_read(chapter: Chapter, sections: int | None) -> float:
    """Return the minutes of the first `sections`, by their share of the words; without a number, of the chapter."""
    share = 1.0 if sections is None else sum(chapter.words[: sections + 1]) / sum(chapter.words)
    return chapter.minutes * share


def in_words(minutes: float) -> str:
    """Return a time as a reader would say it."""
    if minutes < 75:
        return f"{max(5, 5 * round(minutes / 5))} minutes"
    hours = round(minutes / 30) / 2
    return f"{int(hours)}{'½' if hours % 1 else ''} hours"


class cards(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """The cards of some chapters; its children, a list of links, are for builders without HTML."""


class Directive(SphinxDirective):
    """What the directives share: they know the chapters."""

    def chapter(self, name: str) -> Chapter:
        """Return the chapter `name`, which this page then depends on."""
        path = Path(self.env.srcdir) / f"{name}.ipynb"
        if not path.exists():
            raise self.error(f"{name}: expected a notebook, got no such file")
        self.env.note_dependency(str(path))
        return read(path)

    def link(self, name: str) -> addnodes.pending_xref:
        """Return a link to the document `name`, with its title."""
        options = {"refdomain": "std", "reftype": "doc", "refexplicit": False, "refwarn": True}
        title = nodes.inline(name, name)
        return addnodes.pending_xref("", title, refdoc=self.env.docname, reftarget=f"/{name}", **options)


class ChapterCards(Directive):
    """The cards of all chapters in some folders of the book, in the order of the table of contents."""

    required_arguments = 1
    optional_arguments = 5

    def run(self) -> list[nodes.Node]:
        """Return the node of the cards."""
        contents = Path(self.env.srcdir) / "_toc.yml"
        self.env.note_dependency(str(contents))
        files = re.findall(r"file: (book/(\w+)/\w+)$", contents.read_text(encoding="utf-8"), re.MULTILINE)
        source = Path(self.env.srcdir)
        names = [name for name, folder in files if folder in self.arguments and (source / f"{name}.ipynb").exists()]
        if not names:
            raise self.error(f"expected folders of chapters, got {' '.join(self.arguments)}")
        items = [nodes.list_item("", nodes.paragraph("", "", self.link(name))) for name in names]
        return [cards("", nodes.bullet_list("", *items), chapters={name: self.chapter(name) for name in names})]


class ReadingPath(Directive):
    """Chapters to read one after another, the whole of them or their first sections, and the time it takes."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the time and a list of links."""
        total = 0.0
        items = []
        for name, *number in (line.split() for line in self.content if line.strip()):
            chapter, sections = self.chapter(name), int(number[0]) if number else None
            if sections is not None and not 0 < sections < len(chapter.words):
                raise self.error(f"{name}: expected 1 to {len(chapter.words) - 1} sections, got {sections}")
            total += minutes_to_read(chapter, sections)
            some = {None: "", 1: ", the first section"}.get(sections, f", the first {sections} sections")
            items.append(nodes.list_item("", nodes.paragraph("", "", self.link(name), nodes.Text(some))))
        time = nodes.paragraph("", "", nodes.strong("", f"About {in_words(total)}"), classes=["path-time"])
        return [time, nodes.enumerated_list("", *items, enumtype="arabic", prefix="", suffix=".")]


class LectureDemo(SphinxDirective):
    """A live demo of the library, as a notebook shows it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return its markup."""
        from lecturelib import demos

        return [nodes.raw("", demos.show(self.arguments[0]).html, format="html")]


def visit_cards(self: Any, node: cards) -> None:
    """Write the cards, and their pictures beside the site's other images."""
    folder = Path(self.builder.outdir) / self.builder.imagedir
    folder.mkdir(parents=True, exist_ok=True)
    self.body.append('<ul class="chapter-cards">\n')
    for name, chapter in node["chapters"].items():
        address = self.builder.get_relative_uri(self.builder.current_docname, name)
        number = self.builder.env.toc_secnumbers.get(name, {}).get("", ())
        picture = ""
        suffix, content, description = chapter.picture
        if content:
            file = folder / f"card-{name.replace('/', '-')}.{suffix}"
            file.write_bytes(slim(content).encode() if suffix == "svg" else base64.b64decode(content))
            sheet = ' class="sheet"' if suffix == "png" or "<image" in content else ""
            source = f"{self.builder.imgpath}/{file.name}"
            picture = f'<div><img{sheet} src="{source}" alt="{html.escape(plain(description))}" loading="lazy"></div>'
        self.body.append(card(chapter, address, ".".join(map(str, number)), picture))
    self.body.append("</ul>\n")
    raise nodes.SkipNode


def card(chapter: Chapter, address: str, number: str, picture: str) -> str:
    """Return one card; its link is the title's, and book.css stretches it over the whole."""
    facts = [f"{chapter.minutes} minutes"] if chapter.minutes else []
    facts += ["with a live demo"] if chapter.demo else []
    return (
        f'<li class="chapter-card">{picture}<p class="chapter-card-title">'
        + (f'<span class="chapter-card-number">{number}</span> ' if number else "")
        + f'<a href="{html.escape(address)}">{html.escape(chapter.title)}</a></p>'
        + (f"<p>{html.escape(chapter.question)}</p>" if chapter.question else "")
        + (f'<p class="chapter-card-facts">{", ".join(facts)}</p>' if facts else "")
        + "</li>\n"
    )


def visit_children(self: Any, node: cards) -> None:
    """Leave it to the list of links."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    other = (visit_children, visit_children)
    app.add_node(cards, html=(visit_cards, visit_children), latex=other, text=other, man=other, texinfo=other)
    app.add_directive("chapter-cards", ChapterCards)
    app.add_directive("reading-path", ReadingPath)
    app.add_directive("lecture-demo", LectureDemo)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
