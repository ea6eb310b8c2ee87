"""Sphinx extension: a search over sections that ranks chapters first and quotes what it found, from a file, too.

Sphinx's own search takes a reader to the top of a page, and fetches pages to quote them, which a page opened from its
file may not. Here the texts of all sections are written into one script, _static/search_texts.js, which only the search
page loads, with search.js beside it; Sphinx's scripts are left out by lean_pages.py.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

SUFFIX = ".search.json"
TEXTS = (nodes.paragraph, nodes.caption, nodes.term)
SILENT = (nodes.literal_block, nodes.raw, nodes.math_block, nodes.comment, nodes.image, nodes.citation)


def sections(doctree: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield of every section, and of every entry of the library's pages, its anchor, title and text."""
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        if title is not None:
            yield section["ids"][0], plain(title), " ".join(texts(section))
    for entry in doctree.findall(addnodes.desc):
        for signature in entry.findall(addnodes.desc_signature, descend=False):
            if signature.get("ids"):
                yield signature["ids"][0], signature["ids"][0], " ".join(texts(entry))


def texts(parent: nodes.Element) -> Iterator[str]:
    """Yield the paragraphs of a section without those of the sections and entries inside it."""
    for child in parent.children:
        if isinstance(child, TEXTS):
            yield plain(child)
        elif isinstance(child, nodes.Element) and not isinstance(child, (nodes.section, addnodes.desc, *SILENT)):
            yield from texts(child)


def plain(node: nodes.Element) -> str:
    """Return the text of a node on one line; of formulas those that can be read as they stand."""
    copy = node.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        formula.replace_self(nodes.Text("…" if "\\" in formula.astext() else re.sub(r"[{}]", "", formula.astext())))
    for raw in list(copy.findall(nodes.raw)):
        raw.parent.remove(raw)
    return " ".join(copy.astext().split())


def keep(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Store the sections of a page that is written, for builds that write only some of the pages."""
    if app.builder.name == "html":
        path = Path(app.doctreedir) / f"{docname}{SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(list(sections(doctree))), encoding="utf-8")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the texts and the script, and let the search page load them."""
    if exception is not None or app.builder.name != "html":
        return
    found = []
    for docname in sorted(app.env.found_docs):
        path = Path(app.doctreedir) / f"{docname}{SUFFIX}"
        if path.exists():
            found.append([docname, json.loads(path.read_text(encoding="utf-8"))])
    static, page = Path(app.outdir) / "_static", Path(app.outdir) / "search.html"
    data = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (static / "search_texts.js").write_text(f"const SEARCH_TEXTS = {data};\n", encoding="utf-8")
    (static / "search.js").write_text(
        (Path(__file__).parent / "search.js").read_text(encoding="utf-8"), encoding="utf-8"
    )
    text = page.read_text(encoding="utf-8")
    if "search_texts.js" not in text:
        own = '<script src="_static/search_texts.js"></script>\n<script src="_static/search.js"></script>\n</body>'
        page.write_text(text.replace("</body>", own, 1), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect both."""
    app.connect("doctree-resolved", keep)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
