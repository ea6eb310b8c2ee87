"""The book as an ePub: the site's pages as XHTML, formulas as MathML, figures as they are.

A browser typesets each page and hands over its article (`epub.js`), without what needs a script: of a demo its still is
left, of a question its choices. Answers to exercises stand before the code that checks them, as in the PDF.
"""

import re
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from lecturelib import __version__
from lecturelib.atomic import atomic_write
from lecturelib.editions.archive import DATE, MODE
from lecturelib.editions.contents import ONLINE, SUBTITLE, TITLE, browser, contents, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AUTHORS = "The authors of Sequences and Self-Supervision"
KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml"}
BLANK = re.compile(rb"<path(?![^>]*\sd=)")  # the outline of a blank, as matplotlib draws it
STYLE = """body { line-height: 1.4 }
pre { white-space: pre-wrap; font-size: 0.8em; background: #f4f4f4; padding: 0.5em }
img, svg { max-width: 100%; height: auto } figure { margin: 1em 0 } figcaption { font-size: 0.9em }
table { border-collapse: collapse; font-size: 0.85em } td, th { border-bottom: 1px solid #bbb; padding: 0.2em 0.5em }
.admonition { border-left: 3px solid #4477aa; padding: 0 0.8em; margin: 1em 0 } .admonition-title { font-weight: bold }
.eqno { float: right } .lecture-quiz { border: 1px solid #bbb; padding: 0 0.8em; margin: 1em 0 }"""


@dataclass(frozen=True)
class Document:
    """A page of the book: its file in the ePub, and its article as XHTML."""

    part: str
    title: str
    name: str
    text: str


def write_epub(site: Path, path: Path, running: "Browser | None" = None) -> int:
    """Write the site in the folder `site` into the ePub `path`; return the number of its pages.

    Raises:
        ValueError: there is no built site in the folder.
        RuntimeError: the browser is missing.

    """
    entries = contents(site)
    here = site.resolve().as_uri()
    names = [f"{'answers-' * e.answers}{e.address.removesuffix('.html').replace('/', '-')}.xhtml" for e in entries]
    links = {f"{here}/book/{e.address}": name for e, name in zip(entries, names, strict=True) if not e.answers}
    script = files("lecturelib.editions").joinpath("epub.js").read_text("utf-8")
    documents, images = [], dict[str, bytes]()
    with browser(running) as opened:
        page = opened.new_page()
        for entry, name in zip(entries, names, strict=True):
            visit(page, f"{here}/book/{entry.address}")
            article = page.evaluate(script.partition("\n")[2], [entry.answers, links, [here, ONLINE]])
            documents.append(Document(entry.part, entry.title, name, article["text"]))
            for image, address in article["images"].items():
                data = Path(unquote(urlsplit(address).path)).read_bytes()
                images[image] = BLANK.sub(b'<path d="M 0 0"', data) if image.endswith(".svg") else data
    bind(documents, images, path, modified=last_updated(site))
    return len(documents)


def last_updated(site: Path) -> str:
    """Return the day that stands at the foot of the site's pages, as an ePub has it."""
    foot = re.search(r"Last updated on (\d+ \w+ \d+)", (site / "book/index.html").read_text(encoding="utf-8"))
    day = datetime.strptime(foot[1], "%d %B %Y") if foot else datetime(*DATE[:3])
    return f"{day:%Y-%m-%d}T00:00:00Z"


def bind(documents: Sequence[Document], images: Mapping[str, bytes], path: Path, *, modified: str) -> None:
    """Write the pages and their images into the ePub `path`; the same ones give the same bytes.

    Raises:
        ValueError: a page is not well-formed XML.

    """
    parts: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "EPUB/book.opf": _package(documents, images, modified),
        "EPUB/nav.xhtml": _page("Contents", _navigation(documents)),
        "EPUB/title.xhtml": _page(TITLE, f"<h1>{TITLE}</h1><p>{SUBTITLE}</p><p>Version {__version__}</p>"),
        "EPUB/style.css": STYLE,
        **{f"EPUB/{one.name}": _page(one.title, one.text) for one in documents},
        **{f"EPUB/{name}": data for name, data in images.items()},
    }
    for name, content in parts.items():
        if name.endswith((".xhtml", ".opf", ".xml")):
            try:
                ElementTree.fromstring(content)
            except ElementTree.ParseError as error:
                raise ValueError(f"{name}: expected well-formed XML, got {error}") from error
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in [("mimetype", "application/epub+zip"), *parts.items()]:
            entry = zipfile.ZipInfo(name, DATE)
            entry.external_attr, entry.create_system = MODE, 3
            archive.writestr(entry, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)


def _page(title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        'lang="en" xml:lang="en">\n'
        f'<head><title>{escape(title)}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>\n'
        f"<body>{body}</body>\n</html>\n"
    )


def _navigation(documents: Sequence[Document]) -> str:
    """Return the table of contents: parts, and in them the pages."""
    parts: dict[str, list[str]] = {}
    for one in documents:
        parts.setdefault(one.part, []).append(f'<li><a href="{one.name}">{escape(one.title)}</a></li>')
    items = (f"<li><span>{escape(part)}</span><ol>{''.join(pages)}</ol></li>" for part, pages in parts.items())
    return f'<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{"".join(items)}</ol></nav>'


def _package(documents: Sequence[Document], images: Mapping[str, bytes], modified: str) -> str:
    """Return the package document: what the book is, all its files, and the order of its pages."""
    items = []
    for k, one in enumerate(documents):
        found = [kind for kind, tag in (("mathml", "<math"), ("svg", "<svg")) if re.search(rf"{tag}\b", one.text)]
        kinds = f' properties="{" ".join(found)}"' if found else ""
        items.append(f'<item id="p{k}" href="{one.name}" media-type="application/xhtml+xml"{kinds}/>')
    for k, name in enumerate(images):
        items.append(f'<item id="i{k}" href="{name}" media-type="{KINDS[Path(name).suffix]}"/>')
    return PACKAGE.format(
        uid=uuid.uuid5(uuid.NAMESPACE_URL, f"{ONLINE}#{__version__}"),
        title=TITLE,
        subtitle=SUBTITLE,
        authors=AUTHORS,
        modified=modified,
        items="\n".join(items),
        spine="".join(f'<itemref idref="p{k}"/>' for k in range(len(documents))),
    )


CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="uid">urn:uuid:{uid}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:description>{subtitle}</dc:description>
<dc:creator>{authors}</dc:creator>
<dc:language>en</dc:language>
<dc:rights>CC BY 4.0; code under the MIT licence</dc:rights>
<meta property="dcterms:modified">{modified}</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="title" href="title.xhtml" media-type="application/xhtml+xml"/>
<item id="style" href="style.css" media-type="text/css"/>
{items}
</manifest>
<spine><itemref idref="title"/><itemref idref="nav"/>{spine}</spine>
</package>
"""
