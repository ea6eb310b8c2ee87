"""Sphinx extension: a live demo shows its still until it is loaded, on paper, and where there are no scripts."""

import re
from functools import cache

from docutils import nodes
from sphinx.application import Sphinx

STUB = re.compile(r'(<div class="lecture-demo" data-demo="(\w+)"[^>]*>\s*<p>.*?</p>)', re.DOTALL)


def add_stills(app: Sphinx, doctree: nodes.document) -> None:
    """Put the still into the markup of every demo."""
    for node in doctree.findall(nodes.raw):
        if node.get("format") == "html" and STUB.search(node.astext()):
            markup = STUB.sub(lambda match: match[1] + still(match[2]), node.astext())
            node.replace_self(nodes.raw("", markup, format="html"))


@cache
def still(name: str) -> str:
    """Return the still of demo `name`; drawn once in a build."""
    from lecturelib.demos import stills

    return stills.still(name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the replacement."""
    app.connect("doctree-read", add_stills)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
