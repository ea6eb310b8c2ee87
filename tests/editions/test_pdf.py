"""The PDF: which pages, in which order; pieces joined with bookmarks and links that lead to the right sheet."""

import io
from pathlib import Path
from typing import Any

import pytest

from lecturelib.editions import contents as module
from lecturelib.editions.__main__ import main
from lecturelib.editions.contents import Entry, contents
from lecturelib.editions.pdf import Piece, contents_page, join, number_sheets, print_book

pypdf = pytest.importorskip("pypdf")
HERE, THERE = "file:///site", "https://example.org/book"
BAR = """<nav class="bd-links bd-docs-nav"><a class="reference internal" href="#"> The Book </a>
<p><span class="caption-text">Part &amp; I</span></p>
<a class="reference internal" href="part/index.html">About</a>
<a class="reference internal" href="part/nade.html">1. <em>NADE</em></a>
<a class="reference internal" href="part/test_yourself.html">Test yourself</a>
<p><span class="caption-text">Solutions</span></p>
<a class="reference internal" href="solutions/nade.html">Solutions: NADE</a>
<p><span class="caption-text">Reference</span></p>
<a class="reference internal" href="api/index.html">Library</a></nav>
<a class="reference internal" href="part/nade.html">not in the bar</a>"""


def test_the_pages_are_those_of_the_contents_with_answers_before_their_checks(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/index.html").write_text(BAR)
    assert contents(tmp_path) == [
        Entry("Part & I", "About", "part/index.html"),
        Entry("Part & I", "1. NADE", "part/nade.html"),
        Entry("Solutions", "Answers: 1. NADE", "part/nade.html", answers=True),
        Entry("Solutions", "Solutions: NADE", "solutions/nade.html"),
    ]


def piece(part: str, title: str, address: str, sheets: int, links: dict[int, Any], named: dict[str, int]) -> Piece:
    """Return a piece of blank sheets, with a link on some and a name for some, as a browser prints them."""
    from pypdf.annotations import Link
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject

    writer = pypdf.PdfWriter()
    for _ in range(sheets):
        writer.add_blank_page(100, 100)
    for sheet, url in links.items():
        link = writer.add_annotation(sheet, Link(rect=(1, 2, 3, 4), url=url))
        if url.startswith("#"):
            del link[NameObject("/A")]
            link[NameObject("/Dest")] = NameObject(f"/{url[1:]}")
    places = DictionaryObject()
    for name, sheet in named.items():
        target = [writer.pages[sheet].indirect_reference, NameObject("/XYZ"), *map(NumberObject, (0, 70, 0))]
        places[NameObject(f"/{name}")] = ArrayObject(target)
    writer.root_object[NameObject("/Dests")] = places
    top = writer.add_outline_item(title=title, page_number=0)
    section = writer.add_outline_item(title="1.1. 1.1. SectionSection", page_number=sheets - 1, parent=top)
    writer.add_outline_item(title="too deep", page_number=0, parent=section)
    out = io.BytesIO()
    writer.write(out)
    return Piece(part, title, address, out.getvalue())


def targets(reader: Any, sheet: int) -> list[Any]:
    """Return the targets of a sheet's links: the number of a sheet with the height, or an address."""
    found: list[Any] = []
    for annotation in reader.pages[sheet].get("/Annots", []):
        link = annotation.get_object()
        if "/Dest" in link:
            place = link["/Dest"]
            top = place[3].get_object() if len(place) > 3 else None
            found.append((reader.get_page_number(place[0].get_object()), top if isinstance(top, int | float) else None))
        else:
            found.append(link["/A"]["/URI"])
    return found


def test_pieces_are_joined_with_bookmarks_and_links():
    first = {0: "#fig", 1: f"{HERE}/b.html#eq-b"}
    second = {0: f"{HERE}/a.html#nothing-of-this-name", 1: f"{HERE}/api/x.html#f", 2: "https://arxiv.org/abs/1"}
    pieces = [
        piece("", "Contents", "", 1, {0: "file:///sheet#3"}, {}),
        piece("I", "A", f"{HERE}/a.html", 2, first, {"fig": 1}),
        piece("I", "B", f"{HERE}/b.html", 3, second, {"eq-b": 2}),
        piece("II", "C", f"{HERE}/c.html", 1, {0: "file:///elsewhere"}, {}),
    ]
    out = io.BytesIO()
    join(pieces, {HERE: THERE}).write(out)
    reader = pypdf.PdfReader(out)
    assert len(reader.pages) == 7
    assert [targets(reader, k) for k in range(7)] == [
        [(3, None)],
        [(2, 70)],
        [(5, 70)],
        [(1, None)],
        [f"{THERE}/api/x.html#f"],
        ["https://arxiv.org/abs/1"],
        [],
    ]
    lines: list[tuple[int, str, int]] = []

    def walk(items: list[Any], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, level + 1)
            else:
                lines.append((level, item.title, reader.get_destination_page_number(item)))

    walk(reader.outline, 0)
    assert lines == [
        *[(0, "Contents", 0), (1, "1.1. Section", 0), (0, "I", 1), (1, "A", 1), (2, "1.1. Section", 2), (1, "B", 3)],
        *[(2, "1.1. Section", 5), (0, "II", 6), (1, "C", 6), (2, "1.1. Section", 6)],
    ]


def test_the_table_of_contents_names_pages_from_one():
    pieces = [Piece("I", "A & B", "a", b""), Piece("I", "C", "c", b""), Piece("II", "D", "d", b"")]
    listed = contents_page(pieces, [2, 5, 9])
    assert listed.count("<h3>") == 2
    assert "<a href='file:///sheet#5'>C</a><i></i><span>6</span>" in listed
    assert "A &amp; B" in listed
    assert number_sheets(4, first=2).count("<div>") == 4
    assert "<div></div><div></div><div><span>3</span></div>" in number_sheets(4, first=2)


def test_what_is_missing_is_said_in_a_line(tmp_path, monkeypatch, capsys):
    assert main(["pdf", str(tmp_path), str(tmp_path / "book.pdf")]) == 1
    assert (
        capsys.readouterr().err
        == f"error: {tmp_path}: expected a built site with its book/index.html; call: make site\n"
    )
    (tmp_path / "book").mkdir()
    (tmp_path / "book/index.html").write_text(BAR)
    pytest.importorskip("playwright")
    monkeypatch.setattr(module, "BROWSERS", ("no-such-browser",))
    with pytest.raises(RuntimeError, match="expected one of no-such-browser, got none; call: apt-get install chromium"):
        print_book(tmp_path, tmp_path / "book.pdf")
    monkeypatch.setitem(__import__("sys").modules, "pypdf", None)
    with pytest.raises(RuntimeError, match=r"pypdf: not installed; call: pip install 'lecturelib\[print\]'"):
        print_book(tmp_path, tmp_path / "book.pdf")
    assert not Path(tmp_path / "book.pdf").exists()
