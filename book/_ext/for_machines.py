"""Sphinx extension: maps of the site for search engines (sitemap.xml) and language models (llms.txt); moved pages.

Titles and descriptions are read from the pages that were written, after `lean_pages` has described them.
"""

import html
import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

MOVED = {"book/api.html": "book/api/index.html"}  # from where to where: links from outside go on working
SENT_ON = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>This page has moved</title><link rel="canonical" href="{base}/{new}">
<meta http-equiv="refresh" content="0; url={relative}"></head>
<body><p>This page has moved to <a href="{relative}">{new}</a>.</p></body></html>
"""
UNLISTED = {"404.html", "search.html", "genindex.html", "index.html"}
SECTIONS = (("Chapters", "book/"), ("Answers to the exercises", "book/solutions/"), ("The library", "book/api/"))
DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)"')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def listed(out: Path) -> list[str]:
    """Return the addresses of all pages for readers, relative to the site's root."""
    pages = (path.relative_to(out) for path in out.rglob("*.html") if "_static" not in path.parts)
    unlisted = UNLISTED | MOVED.keys()  # those of an earlier build
    return sorted(str(page.as_posix()) for page in pages if str(page) not in unlisted and page.parts[0] == "book")


def sitemap(base: str, pages: list[str]) -> str:
    """Return the text of sitemap.xml, in the format of sitemaps.org."""
    urls = "".join(f"  <url><loc>{html.escape(f'{base}/{page}')}</loc></url>\n" for page in pages)
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{start}{urls}</urlset>\n"


def llms(book: str, base: str, out: Path, pages: list[str]) -> str:
    """Return the text of llms.txt: a line per page, with its title, address and description, a section per kind."""
    lines = [f"# {book}", ""]
    folders = {folder: title for title, folder in SECTIONS}
    by_section: dict[str, list[str]] = {folder: [] for folder in folders}
    for page in pages:
        text = (out / page).read_text(encoding="utf-8")
        title = html.unescape(_first(TITLE, text)).removesuffix(book).rstrip(" —–-\n") or book
        said = html.unescape(_first(DESCRIPTION, text))
        folder = max((f for f in folders if page.startswith(f)), key=len)
        by_section[folder].append(f"- [{title}]({base}/{page})" + (f": {said}" if said else ""))
    for folder, entries in by_section.items():
        lines += [f"## {folders[folder]}", "", *entries, ""]
    return "\n".join(lines)


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1].strip() if match else ""


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write these files beside the pages of a site that was built without an error."""
    if exception is not None or app.builder.name != "html":
        return
    out, base = Path(app.outdir), str(app.config.html_baseurl).rstrip("/")
    pages = listed(out)
    (out / "sitemap.xml").write_text(sitemap(base, pages), encoding="utf-8")
    (out / "llms.txt").write_text(llms(app.config.html_title, base, out, pages), encoding="utf-8")
    for old, new in MOVED.items():
        relative = os.path.relpath(new, Path(old).parent)
        (out / old).write_text(SENT_ON.format(base=base, new=new, relative=relative), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the end of the build, after the extensions that rewrite pages."""
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
