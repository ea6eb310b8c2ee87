"""Sphinx extension: bibliography entries by author and year, with the role that a screen reader expects in a list."""

from collections import Counter
from collections.abc import Iterable, Iterator
from string import ascii_lowercase
from typing import Any

from docutils import nodes
from pybtex.database import Entry, Person
from pybtex.plugin import register_plugin
from pybtex.richtext import Text
from pybtex.style.formatting.plain import Style as Plain
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx


def names(people: list[Person]) -> str:
    """Return the family names as a text cites them: of one or two authors all, of more the first."""
    family = [str(Text.from_latex(" ".join(person.prelast_names + person.last_names))) for person in people]
    return " and ".join(family) if len(family) < 3 else f"{family[0]} et al."


class AuthorYear(BaseLabelStyle):
    """Labels such as "Uria et al., 2014"; works of the same authors and year get letters."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """Yield a label per entry."""
        labels = [f"{names(entry.persons['author'])}, {entry.fields['year']}" for entry in sorted_entries]
        times, seen = Counter(labels), Counter[str]()
        for label in labels:
            yield label + (ascii_lowercase[seen[label]] if times[label] > 1 else "")
            seen[label] += 1


class Style(Plain):
    """The entries, in the order of their authors, under such labels."""

    default_label_style = AuthorYear


register_plugin("pybtex.style.formatting", "author_year", Style)


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
