"""The book can be translated: sentences come out as a catalogue, and a page's catalogue makes it German."""

from pathlib import Path
from typing import Any

import yaml
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "locale"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def build(builder: str, out: Path, **settings: Any) -> None:
    """Build the front page alone, without the book's own extensions."""
    simple = {
        "extensions": ["myst_parser"],
        "root_doc": "index",
        "include_patterns": ["index.md"],
        "myst_enable_extensions": CONFIG["parse"]["myst_enable_extensions"],
        "gettext_compact": CONFIG["sphinx"]["config"]["gettext_compact"],
        "suppress_warnings": ["myst", "toc", "ref"],
        "html_theme": "basic",
    }
    Sphinx(ROOT / "book", None, out, out / ".trees", builder, simple | settings, status=None, warning=None).build(True)


def test_the_front_page_can_be_read_in_german(tmp_path: Path):
    """Sentences that have changed since they were translated stay English; a quarter at most."""
    build("gettext", tmp_path / "catalogue")
    with open(tmp_path / "catalogue/index.pot", "rb") as stream:
        sentences = [str(message.id) for message in read_po(stream) if message.id]
    with open(LOCALE / "de/LC_MESSAGES/book/index.po", "rb") as stream:
        german = {str(message.id): str(message.string) for message in read_po(stream, locale="de") if message.id}
    assert len(sentences) > 20
    translated = [sentence for sentence in sentences if german.get(sentence)]
    assert len(translated) >= 0.75 * len(sentences), sorted(set(sentences) - set(german))
    for sentence in translated:  # links, code and addresses are the same
        for mark in ("{doc}`", "{ref}`", "](http", "**", "`make "):
            assert sentence.count(mark) == german[sentence].count(mark), german[sentence]

    # as the book has it: locale/LANGUAGE/LC_MESSAGES/ and the page's name
    assert CONFIG["sphinx"]["config"]["locale_dirs"] == ["locale"]
    folder = tmp_path / "locale/de/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "index.po").write_bytes((LOCALE / "de/LC_MESSAGES/book/index.po").read_bytes())
    build("html", tmp_path / "site", language="de", locale_dirs=[str(tmp_path / "locale")])
    page = BeautifulSoup((tmp_path / "site/index.html").read_text(encoding="utf-8"), "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "de"
    heading = page.find("h1")
    assert heading is not None
    assert "Sequenzen und selbstüberwachtes Lernen" in heading.get_text()
    assert "Lehrbuch" in page.get_text()
    assert "A free course book" not in page.get_text()
