"""The book as one PDF: the site's pages as they are printed, one after another, with contents, bookmarks and numbers.

Each page is printed by a browser. Then the pieces are joined, and links from one to another are made to lead there
in the same file; links to what is left out (questions to test oneself, the pages of the library) lead to the site.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag

from lecturelib import __version__
from lecturelib.atomic import atomic_write
from lecturelib.editions.contents import ONLINE, SUBTITLE, TITLE, Entry, browser, contents, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pypdf import PdfReader, PdfWriter

PAPER: dict[str, Any] = {
    "format": "A4",
    "scale": 0.8,
    "print_background": True,
    "outline": True,
    "tagged": True,  # or there is no outline
    "margin": {"top": "16mm", "bottom": "20mm", "left": "17mm", "right": "17mm"},
}
# Of a chapter its exercises and their answers alone, without hints.
ANSWERS = """
.bd-article > section > :not(h1, #exercises), .bd-article > :not(section) { display: none !important; }
.bd-article h1::before { content: "Answers: "; }
html body div.solution.solution.dropdown.dropdown { display: block !important; }
html body div.solution.solution.dropdown.toggle-hidden > .admonition-title ~ * {
  height: auto; margin-bottom: 1rem; opacity: 1; visibility: visible;
}
"""
# A browser names in the file the places that something on the page links to: here all that another page may link to.
NAME_PLACES = """() => {
    for (const { id } of document.querySelectorAll('article [id]')) {
        const link = document.createElement('a');
        [link.href, link.hidden] = [`#${id}`, true];
        document.body.append(link);
    }
}"""
TWICE = re.compile(r"([\d.]+ )\1(.+)\2")  # what the browser makes of some headings
DEEPEST = 2  # level of the bookmarks below those of the parts: titles and sections


@dataclass(frozen=True)
class Piece:
    """A printed page of the site."""

    part: str
    title: str
    address: str  # of the page, as links name it
    data: bytes


@dataclass(frozen=True)
class Jump:
    """A link on a sheet: its rectangle, and where it leads: a sheet with a height on it, or an address."""

    sheet: int
    rectangle: tuple[float, float, float, float]
    target: int | str
    top: float | None = None


def print_book(site: Path, path: Path, running: "Browser | None" = None) -> int:
    """Print the site in the folder `site` into the file `path`; return the number of sheets.

    Raises:
        ValueError: there is no built site in the folder.
        RuntimeError: the browser or a package is missing.

    """
    entries = contents(site)
    _reader(b"")  # before minutes of printing
    with browser(running) as opened:
        page = opened.new_page(viewport={"width": 840, "height": 1100})
        pieces = [print_entry(page, site, entry) for entry in entries]
        front = _print(page, title_page())
        length = len(_reader(_print(page, contents_page(pieces, [0] * len(pieces)))).pages)
        starts = [1 + length]
        for piece in pieces:
            starts.append(starts[-1] + len(_reader(piece.data).pages))
        listed = _print(page, contents_page(pieces, starts))
        numbers = _print(page, number_sheets(starts[-1], first=1 + length), scale=1, margin={})
    opening = [Piece("", TITLE, "", front), Piece("", "Contents", "", listed)]
    writer = join([*opening, *pieces], {site.resolve().as_uri(): ONLINE}, numbers)
    with atomic_write(path) as temporary:
        writer.write(temporary)
    return starts[-1]


def print_entry(page: "Page", site: Path, entry: Entry) -> Piece:
    """Return the page of an entry, printed."""
    address = (site / "book" / entry.address).resolve().as_uri()
    visit(page, address)
    if entry.answers:
        page.add_style_tag(content=ANSWERS)
    page.evaluate(NAME_PLACES)
    return Piece(entry.part, entry.title, "" if entry.answers else address, page.pdf(**PAPER))


def _print(page: "Page", text: str, **settings: Any) -> bytes:
    page.goto("about:blank")
    page.set_content(text)
    return page.pdf(**{**PAPER, **settings})


def title_page() -> str:
    """Return the HTML of the first sheet."""
    return (
        "<style>body { font-family: sans-serif; text-align: center; margin-top: 300px } h1 { font-size: 40px }"
        "h2 { font-weight: normal } p { margin-top: 60px } p + p { margin-top: 400px }</style>"
        f"<h1>{TITLE}</h1><h2>{SUBTITLE}</h2><p>Version {__version__}</p>"
        f"<p>With demos that run, questions and the library's pages:<br><a href='{ONLINE}'>{ONLINE}</a>"
        "<br>Text under CC BY 4.0, code under the MIT licence.</p>"
    )


def contents_page(pieces: Sequence[Piece], starts: Sequence[int]) -> str:
    """Return the HTML of the table of contents; a piece that starts on sheet `k`, from 0, is on page `k + 1`."""
    lines, part = [], ""
    for piece, start in zip(pieces, starts, strict=False):
        if piece.part != part:
            part = piece.part
            lines.append(f"<h3>{escape(part)}</h3>")
        link = f"<a href='file:///sheet#{start}'>{escape(piece.title)}</a>"
        lines.append(f"<p>{link}<i></i><span>{start + 1}</span></p>")
    return (
        "<style>body { font-family: sans-serif } p { display: flex; gap: 8px; margin: 5px 0; break-inside: avoid }"
        "i { flex: 1; border-bottom: 1px dotted #888 } a { color: inherit; text-decoration: none; max-width: 85% }"
        "h3 { margin: 18px 0 8px; break-after: avoid }</style><h1>Contents</h1>" + "".join(lines)
    )


def number_sheets(count: int, *, first: int) -> str:
    """Return the HTML of sheets that hold nothing but their number, from sheet `first` on."""
    sheets = (
        f"<div>{f'<span>{k + 1}</span>' if k >= first else ''}</div>"  # one sheet each, whatever is on it
        for k in range(count)
    )
    return (
        "<style>@page { size: A4; margin: 0 } body { margin: 0; font: 13px sans-serif; color: #444 }"
        "div { height: 296mm; position: relative; break-after: page; overflow: hidden }"
        "div:last-child { break-after: auto }"
        "span { position: absolute; bottom: 9mm; width: 100%; text-align: center }</style>" + "".join(sheets)
    )


def join(pieces: Sequence[Piece], online: Mapping[str, str], numbers: bytes | None = None) -> "PdfWriter":
    """Return the pieces as one document with bookmarks and links.

    Args:
        pieces: in their order.
        online: an address in the site online for each beginning of an address on this machine.
        numbers: a document with as many sheets, which is printed over them.

    """
    from pypdf import PdfWriter
    from pypdf.annotations import Link
    from pypdf.generic import Fit

    readers = [_reader(piece.data) for piece in pieces]
    starts = [sum(len(r.pages) for r in readers[:k]) for k in range(len(readers))]
    places = {piece.address: k for k, piece in enumerate(pieces) if piece.address}
    jumps = [jump for k in range(len(pieces)) for jump in _jumps(readers, starts, places, k, online)]
    writer = PdfWriter()
    for reader in readers:
        for sheet in reader.pages:
            sheet.pop("/Annots", None)
            writer.add_page(sheet)
    part, parent = "", None
    for piece, reader, start in zip(pieces, readers, starts, strict=True):
        if piece.part != part:
            part, parent = piece.part, writer.add_outline_item(title=piece.part, page_number=start, bold=True)
        top = writer.add_outline_item(title=piece.title, page_number=start, parent=parent)
        _bookmarks(writer, reader, reader.outline, start, top, level=1)
    for jump in jumps:
        if isinstance(jump.target, int):
            fit = Fit.xyz(left=None, top=jump.top, zoom=None)
            link = Link(rect=jump.rectangle, target_page_index=jump.target, fit=fit)
        else:
            link = Link(rect=jump.rectangle, url=jump.target)
        writer.add_annotation(jump.sheet, link)
    if numbers is not None:
        for sheet, number in zip(writer.pages, _reader(numbers).pages, strict=True):
            sheet.merge_page(number)
    writer.add_metadata({"/Title": TITLE, "/Subject": SUBTITLE})
    writer.page_mode = "/UseOutlines"
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    return writer


def _bookmarks(writer: Any, reader: Any, outline: Sequence[Any], start: int, parent: Any, level: int) -> None:
    """Add the piece's own headings below its title, which is the only one of its first level."""
    last = parent
    for item in outline:
        if isinstance(item, list):
            _bookmarks(writer, reader, item, start, last, level + 1)
        elif 1 < level <= DEEPEST:
            sheet = reader.get_destination_page_number(item)
            title = TWICE.sub(r"\1\2", str(item.title))
            last = writer.add_outline_item(title=title, page_number=start + sheet, parent=parent)


def _jumps(
    readers: Sequence["PdfReader"],
    starts: Sequence[int],
    places: Mapping[str, int],
    k: int,
    online: Mapping[str, str],
) -> list[Jump]:
    """Return the links of piece `k`."""
    found = []
    for number, sheet in enumerate(readers[k].pages):
        for annotation in sheet.get("/Annots") or []:
            link = annotation.get_object()
            rectangle = tuple(float(value) for value in link["/Rect"])
            action = link.get("/A", {})
            name = link.get("/Dest", action.get("/D"))
            if name is not None:
                target: tuple[int | str, float | None] | None = _place(readers, starts, k, str(name))
            else:
                target = _follow(str(action.get("/URI", "")), readers, starts, places, online)
            if target is not None:
                found.append(Jump(starts[k] + number, rectangle, *target))  # type: ignore[arg-type]
    return found


def _follow(
    address: str,
    readers: Sequence["PdfReader"],
    starts: Sequence[int],
    places: Mapping[str, int],
    online: Mapping[str, str],
) -> tuple[int | str, float | None] | None:
    """Return where a link to another page leads."""
    page, fragment = urldefrag(address)
    if page == "file:///sheet":
        return int(fragment), None
    if page in places:
        return _place(readers, starts, places[page], fragment) or (starts[places[page]], None)
    for here, there in online.items():
        if address.startswith(here):
            return there + address.removeprefix(here), None
    return (address, None) if address.startswith(("http:", "https:")) else None


def _place(
    readers: Sequence["PdfReader"], starts: Sequence[int], k: int, name: str
) -> tuple[int | str, float | None] | None:
    """Return the sheet and the height of a named place in piece `k`, if it has a place of that name."""
    places = readers[k].named_destinations
    place = places.get(name.removeprefix("/")) or places.get(name) or places.get(unquote(f"/{name}"))
    if place is None:
        return None
    sheet = readers[k].get_destination_page_number(place)
    return None if sheet is None else (starts[k] + sheet, float(place.top) if place.top is not None else None)


def _reader(data: bytes) -> "PdfReader":
    try:
        from pypdf import PdfReader
    except ModuleNotFoundError:
        raise RuntimeError("pypdf: not installed; call: pip install 'lecturelib[print]'") from None
    return PdfReader(io.BytesIO(data)) if data else None  # type: ignore[return-value]
