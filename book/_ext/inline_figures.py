"""Sphinx extension: figures that a notebook drew as SVG stand in the page itself, where CSS can reach their colours.

An SVG behind an <img> keeps its own colours in a dark page. Inside the page its white ground is left out, and book.css
turns its ink light, but not the pictures within it.
"""

import re
from itertools import count
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PATH, DECIMALS = re.compile(r'\bd="[^"]*"'), re.compile(r"-?\d+\.\d{3,}")
GLYPH = re.compile(r'<path id="(?P<id>[^"]+)"(?P<rest> d="[^"]*" transform="scale\([\d.]+\)"\s*/>)')
GROUND = re.compile(r'<g id="patch_\d+">\s*<path d="[^"]*" style="fill: #ffffff"\s*/>\s*</g>')


def inline(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace every SVG that a cell has drawn by its markup, with the cell's description as its label."""
    if app.builder.format != "html" or app.builder.name == "epub":
        return
    number, glyphs = count(1), dict[str, str]()
    for image in list(doctree.findall(nodes.image)):
        path = Path(app.srcdir) / image["uri"]
        if path.suffix == ".svg" and "jupyter_execute" in path.parts:
            svg = clean(path.read_text(encoding="utf-8"), f"f{next(number)}-", image.get("alt", ""))
            image.replace_self(nodes.raw("", share_glyphs(svg, glyphs), format="html"))


def share_glyphs(svg: str, glyphs: dict[str, str]) -> str:
    """Return the drawing without the outlines of letters that an earlier one has, and add its own to `glyphs`."""
    moved: dict[str, str] = {}

    def leave_out(match: re.Match[str]) -> str:
        first = glyphs.setdefault(match["rest"], match["id"])
        if first == match["id"]:
            return match[0]
        moved[match["id"]] = first
        return ""

    svg = GLYPH.sub(leave_out, svg)
    return re.sub(r'(href="#)([^"]+)"', lambda match: f'{match[1]}{moved.get(match[2], match[2])}"', svg)


def slim(svg: str) -> str:
    """Return the <svg> element alone: two decimals, no comments, no metadata, and the ids that something refers to."""
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    used = set(re.findall(r'[("]#([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", re.sub(r">\s+<", "><", svg))
    return PATH.sub(lambda path: DECIMALS.sub(lambda number: f"{float(number[0]):.2f}", path[0]), svg)


def clean(svg: str, prefix: str, alt: str) -> str:
    """Return the <svg> element alone: ids that no other figure of the page has, no white ground, a label."""
    svg = slim(GROUND.sub("", svg))
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}", svg)
    width, height = (float(value) for value in re.findall(r'\b(?:width|height)="([\d.]+)pt"', svg)[:2])
    label = nodes.unescape(alt).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    size = f'style="width: {width * 4 / 3:.0f}px" width="{width * 4 / 3:.0f}" height="{height * 4 / 3:.0f}"'
    return re.sub(
        r'<svg([^>]*?) width="[\d.]+pt" height="[\d.]+pt"',
        lambda match: f'<svg class="figure" role="img" aria-label="{label}" {size}{match[1]}',
        svg,
        count=1,
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the replacement."""
    app.connect("doctree-resolved", inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
