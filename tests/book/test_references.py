"""The bibliography: every work has a link and a label of its own, by author and year."""

import re
from pathlib import Path

from extensions import extension
from pybtex.database import parse_file  # type: ignore[import-untyped]

REFERENCES = Path(__file__).resolve().parents[2] / "book/references.bib"
LINK = r"https://[\w.-]+\.\w+/\S+|10\.\d{4,}/\S+"


def test_every_work_has_a_link():
    entries = parse_file(REFERENCES).entries
    links = {key: entry.fields.get("url") or entry.fields.get("doi", "") for key, entry in entries.items()}
    assert [key for key, link in links.items() if not re.fullmatch(LINK, link)] == []
    single = [link for link in links.values() if not re.fullmatch(r".*/paper/\d{4}", link)]  # a whole volume aside
    assert len(single) == len(set(single))


def test_labels_are_authors_and_years_and_tell_works_apart():
    works = parse_file(REFERENCES).entries.values()
    labels = [entry.label for entry in extension("citations").Style().format_entries(works)]
    assert len(set(labels)) == len(labels)
    assert [label for label in labels if not re.fullmatch(r"[^\W\d_][^\d{}\\]+, \d{4}[a-z]?", label)] == []
    assert {"Uria et al., 2014", "van den Oord et al., 2016a", "Pennington et al., 2014"} <= set(labels)
    assert {"Yu and Koltun, 2016", "Hochreiter and Schmidhuber, 1997", "Bishop, 1994"} <= set(labels)
