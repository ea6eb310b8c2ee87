"""Sphinx extension: bibliography entries with the role that a screen reader expects inside a list."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def visit_citation(self: Any, node: nodes.citation) -> None:
    """Write the entry as docutils does, as a `listitem`: ARIA 1.2 dropped `doc-biblioentry` from lists."""
    type(self).visit_citation(self, node)
    self.body[-1] = self.body[-1].replace('role="doc-biblioentry"', 'role="listitem"')


def depart_citation(self: Any, node: nodes.citation) -> None:
    """Close the entry as docutils does."""
    type(self).depart_citation(self, node)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the visitors."""
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
