"""The book's other editions.

    python -m lecturelib.editions archive SITE FILE.zip  # the whole site as one file, with its checksum
    python -m lecturelib.editions slides BOOK FOLDER     # a deck of slides per chapter, from its marked cells
    python -m lecturelib.editions pdf SITE FILE.pdf      # the book as it is printed
    python -m lecturelib.editions epub SITE FILE.epub    # the same for readers of ePubs

Slides are made from the notebooks, the others from the built site; the last two need the extra `print` and Chromium.
"""

from lecturelib.editions.archive import pack, write_checksum
from lecturelib.editions.epub import write_epub
from lecturelib.editions.pdf import print_book
from lecturelib.editions.slides import Deck, Slide, build, chapters, deck, page

__all__ = ["Deck", "Slide", "build", "chapters", "deck", "pack", "page", "print_book", "write_checksum", "write_epub"]
