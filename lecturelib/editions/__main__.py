"""`python -m lecturelib.editions archive | slides | pdf | epub SOURCE OUT`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lecturelib.editions import build, pack, print_book, write_epub


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one edition and return the exit code; a foreseen error is one line on stderr and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m lecturelib.editions")
    kinds = parser.add_subparsers(required=True, metavar="EDITION")
    archive = kinds.add_parser("archive", help="the whole site as one file, with its checksum")
    archive.set_defaults(make=lambda site, file: f"SHA-256 {pack(site, file)}")
    slides = kinds.add_parser("slides", help="a deck of slides per chapter")
    slides.set_defaults(make=lambda book, folder: f"{build(book, folder)} slides; begin with index.html")
    pdf = kinds.add_parser("pdf", help="the book as one PDF")
    pdf.set_defaults(make=lambda site, file: f"{print_book(site, file)} pages")
    epub = kinds.add_parser("epub", help="the book as an ePub")
    epub.set_defaults(make=lambda site, file: f"{write_epub(site, file)} pages")
    for kind, source, out in (
        (archive, "the folder of the built site", "the archive"),
        (slides, "the book", "the folder"),
        (pdf, "the folder of the built site", "the PDF"),
        (epub, "the folder of the built site", "the ePub"),
    ):
        kind.add_argument("source", type=Path, help=source)
        kind.add_argument("out", type=Path, help=f"{out} to write")
    parsed = parser.parse_args(arguments)
    try:
        print(f"{parsed.out}: {parsed.make(parsed.source, parsed.out)}")
    except (ValueError, RuntimeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
