"""Text as characters: Shakespeare's works, and a small dump of Wikipedia as typed, markup and all.

>>> shakespeare = load("shakespeare")
>>> "".join(shakespeare.vocabulary[i] for i in shakespeare.train.x[:20].tolist())
"""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lecturelib.datasets import packed
from lecturelib.datasets.dataset import PARTS, Reader, Split
from lecturelib.datasets.download import DatasetError

SPOILT: tuple[type[Exception], ...] = (*packed.ERRORS, ET.ParseError)  # what a dump that is none ends in
CUTS = (0.90, 0.95)  # fractions where valid and test begin: in each work of Shakespeare, in all of Wikipedia's dump
COMMON = 100  # a character that occurs less often in train becomes RARE
RARE = "\N{REPLACEMENT CHARACTER}"
ALWAYS = "\n" + "".join(map(chr, range(32, 127)))  # but printable ASCII is never RARE: a prompt may hold any of it
END = "\n\n"  # after every article


def read_shakespeare(files: list[Path]) -> dict[str, Any]:
    """Read the works, cut each in three at blank lines, and join the firsts, the seconds and the thirds.

    Raises:
        DatasetError: the file is not of this form.

    """
    try:
        text = packed.unpack(files[0], "xz").decode("ascii").replace("\r\n", "\n")
        pieces = [cut_work(work) for work in text.split("\f")]
    except packed.ERRORS as error:
        raise DatasetError(
            f"{files[0]}: expected works with blank lines, xz-packed, got {error}; fetch it again"
        ) from None
    codes = np.unique(np.frombuffer(text.replace("\f", "").encode(), np.uint8))
    parts = {}
    for part, works in zip(PARTS, zip(*pieces, strict=True), strict=True):
        letters = np.frombuffer("".join(works).encode(), np.uint8)
        parts[part] = Split(torch.from_numpy(np.searchsorted(codes, letters)).long())
    return {**parts, "vocabulary": tuple(map(chr, codes))}


def cut_work(work: str) -> tuple[str, str, str]:
    """Cut a work at the first blank lines after 90% and 95% of its characters: train, valid, test."""
    first, second = (work.index("\n\n", int(len(work) * fraction)) + 2 for fraction in CUTS)
    return work[:first], work[first:second], work[second:]


def read_wikipedia_markup(files: list[Path]) -> dict[str, Any]:
    """Read the articles in the dump's order: x int64 [characters], indices into the vocabulary, which is sorted.

    An article is a page of the main namespace that is not a redirect; its text is the wikitext of its newest revision
    (`[[links]]`, `{{templates}}`, `<ref>`, tables), without its title and the dump's XML, and a blank line. No article
    is in two splits: the first 90% of all characters, to the end of an article, are train, 5% valid, 5% test.
    Characters that are rare in train are replaced by one, U+FFFD, in all splits.

    Raises:
        DatasetError: the file is not such a dump.

    """
    articles = read_articles(files[0])
    starts = np.cumsum([0, *map(len, articles)])[:-1] / sum(map(len, articles))
    where = np.searchsorted(CUTS, starts, side="right")  # 0, 1 or 2: its part
    texts = ["".join(text for text, k in zip(articles, where, strict=True) if k == part) for part in range(3)]
    if not all(texts):
        raise DatasetError(f"{files[0]}: expected articles for three splits, got {len(articles)}; fetch it again")
    codes = [np.frombuffer(text.encode("utf-32-le"), np.uint32) for text in texts]
    characters, counts = np.unique(codes[0], return_counts=True)
    vocabulary = sorted({*ALWAYS, RARE, *map(chr, characters[counts >= COMMON])})
    known, rare = np.array([ord(c) for c in vocabulary], np.uint32), vocabulary.index(RARE)
    splits = {}
    for part, letters in zip(PARTS, codes, strict=True):
        x = np.searchsorted(known, letters).clip(max=len(known) - 1)
        splits[part] = Split(torch.from_numpy(np.where(known[x] == letters, x, rare)).long())
    return {**splits, "vocabulary": tuple(vocabulary)}


def read_articles(path: Path) -> list[str]:
    """Return the wikitext of each article of a bz2-packed dump.

    Raises:
        DatasetError: the file is not such a dump.

    """
    try:
        pages = ET.fromstring(packed.unpack(path, "bz2")).findall("{*}page")
    except SPOILT as error:
        raise DatasetError(f"{path}: expected a bz2-packed MediaWiki dump, got {error}; fetch it again") from None
    articles = [page for page in pages if page.findtext("{*}ns") == "0" and page.find("{*}redirect") is None]
    return [(page.findtext("{*}revision/{*}text") or "") + END for page in articles]


READERS = {"shakespeare": Reader(read_shakespeare), "wikipedia-markup": Reader(read_wikipedia_markup)}
