"""The book's other editions.

    python -m lecturelib.editions archive SITE FILE.zip  # the whole site as one file, with its checksum
    python -m lecturelib.editions slides BOOK FOLDER     # a deck of slides per chapter, from its marked cells

The first is made from the built site, the second from the notebooks.
"""

from lecturelib.editions.archive import pack, write_checksum
from lecturelib.editions.slides import Deck, Slide, build, chapters, deck, page

__all__ = ["Deck", "Slide", "build", "chapters", "deck", "pack", "page", "write_checksum"]
