"""A small dump of Wikipedia: its articles as they were typed, markup and all, as characters."""

import bz2
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lecturelib.datasets.dataset import Split
from lecturelib.datasets.download import DatasetError

PARTS = ("train", "valid", "test")
CUTS = (0.90, 0.95)  # an article with more of all characters before it than that is valid, or test
COMMON = 100  # a character that train has less often is RARE
RARE = "\N{REPLACEMENT CHARACTER}"
ALWAYS = "\n" + "".join(map(chr, range(32, 127)))  # but printable ASCII is never RARE: a prompt may hold any of it
END = "\n\n"  # behind every article


def read_wikipedia_markup(files: list[Path]) -> dict[str, Any]:
    """Read the articles in the dump's order: x int64 [characters], indices into the vocabulary, which is sorted.

    An article is a page of the main namespace that is no redirect; its text is the wikitext of its newest revision
    (`[[links]]`, `{{templates}}`, `<ref>`, tables), without its title and the dump's XML, and a blank line. No article
    is in two splits: the first 90% of all characters, to the end of an article, are train, 5% valid, 5% test.
    Characters rare in train are folded into one, U+FFFD, in all splits.

    Raises:
        DatasetError: the file is no such dump.

    """
    articles = read_articles(files[0])
    starts = np.cumsum([0, *map(len, articles)])[:-1] / sum(map(len, articles))
    where = np.searchsorted(CUTS, starts, side="right")  # 0, 1 or 2: its part
    texts = ["".join(text for text, k in zip(articles, where, strict=True) if k == part) for part in range(3)]
    if not all(texts):
        raise DatasetError(f"{files[0]}: expected articles for three splits, got {len(articles)}; fetch it anew")
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
        DatasetError: the file is no such dump.

    """
    try:
        pages = ET.fromstring(bz2.decompress(path.read_bytes())).findall("{*}page")
    except (OSError, ValueError, ET.ParseError) as error:
        raise DatasetError(f"{path}: expected a bz2-packed MediaWiki dump, got {error}; fetch it anew") from None
    articles = [page for page in pages if page.findtext("{*}ns") == "0" and page.find("{*}redirect") is None]
    return [(page.findtext("{*}revision/{*}text") or "") + END for page in articles]
