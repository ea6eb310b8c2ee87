r"""Corpora as words: the Brown corpus with its tags, and articles of Wikipedia.

A paragraph's end is a word too, "\n"; in the Brown corpus a text's end is "\f". Words (and tags) are numbered from the
most frequent on, those with equal counts in alphabetical order.
"""

import html
import re
import zipfile
from array import array
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lecturelib.datasets import packed
from lecturelib.datasets.dataset import PARTS, Article, Reader, Split
from lecturelib.datasets.download import DatasetError

BROWN_CUTS = (800_000, 1_000_000)  # where valid and test begin: Bengio et al. (2003)
BROWN_TEXT = re.compile(r"brown/c[a-r]\d\d")
# One blank line follows headings and sometimes splits a sentence; two or more separate paragraphs.
BROWN_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n){2,}")

TWENTY = 18 * PARTS[:1] + PARTS[1:]  # of 20 articles in a row 18 are train, one is valid, one test
DOC = re.compile(r'<doc id="\d+" url="([^"]*)" title="([^"]*)">\n')
HTML = re.compile(r"</?[A-Za-z][^<>\n]*>")
WORD = re.compile(r"[^\W_]+")


def read_brown(files: list[Path]) -> dict[str, Any]:
    r"""Read the corpus in the order of its 500 texts, ca01 ... cr09: x words, y tags, both int64 [words].

    Words and tags are as typed, capitals, punctuation and all. As in Bengio et al. (2003), marks separate paragraphs
    and texts, and are words like others: "\n" after every paragraph, and "\f" after the last of a text; each is its
    own tag. The first 800,000 are train, the next 200,000 valid, the rest test, so two texts are cut in two.

    Raises:
        DatasetError: the file is not of this form.

    """
    index, tags = numbering(), numbering()
    x, y = array("q"), array("q")
    for text in _brown_texts(files[0]):
        for paragraph in BROWN_PARAGRAPHS.split(text):
            pairs = [token.rpartition("/") for token in paragraph.split()]
            if not all(word and tag for word, _, tag in pairs):
                wrong = next("".join(pair) for pair in pairs if not (pair[0] and pair[2]))
                raise DatasetError(f"{files[0]}: expected word/tag, got {wrong!r}; fetch it again")
            if pairs:
                x.extend([*(index[word] for word, _, _ in pairs), index["\n"]])
                y.extend([*(tags[tag] for _, _, tag in pairs), tags["\n"]])
        x.append(index["\f"])
        y.append(tags["\f"])
    if len(x) <= BROWN_CUTS[1]:
        raise DatasetError(f"{files[0]}: expected more than {BROWN_CUTS[1]} words, got {len(x)}; fetch it again")
    vocabulary, (words,) = frequent_first(index, [x])
    names, (labels,) = frequent_first(tags, [y])
    pieces = zip(words.tensor_split(BROWN_CUTS), labels.tensor_split(BROWN_CUTS), strict=True)
    splits = {part: Split(*piece) for part, piece in zip(PARTS, pieces, strict=True)}
    return {**splits, "vocabulary": vocabulary, "tags": names}


def _brown_texts(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(filter(BROWN_TEXT.fullmatch, archive.namelist())):
                yield packed.member(archive, name).decode("ascii").replace("\r\n", "\n")
    except packed.ERRORS as error:
        raise DatasetError(f"{path}: expected a zip file of ASCII texts, got {error}; fetch it again") from None


def read_wikipedia_2014(files: list[Path]) -> dict[str, Any]:
    r"""Read the articles, line by line: x int64 [words], and of each article its title, URL and first word.

    A word is a run of letters and digits, of any alphabet, in lower case: "China's" is two, "china" and "s".
    Punctuation is left out. "\n" follows every line that has a word; a line is a paragraph, a heading, or an
    article's title, which is its first. Of 20 articles in a row the 19th is valid and the 20th test, so that every
    split has every topic; no article is in two splits.

    Raises:
        DatasetError: the file is not of this form.

    """
    index = numbering()
    newline = index["\n"]
    numbers = {part: array("q") for part in PARTS}
    articles: dict[str, list[Article]] = {part: [] for part in PARTS}
    for k, (url, title, text) in enumerate(_wikipedia_articles(files[0])):
        part = TWENTY[k % 20]
        x = numbers[part]
        articles[part].append(Article(title, url, len(x)))
        for line in text.lower().split("\n"):
            words = WORD.findall(line)
            if words:
                x.extend(map(index.__getitem__, words))
                x.append(newline)
    if not all(numbers.values()):
        raise DatasetError(
            f"{files[0]}: expected articles for three splits, got {sum(map(len, articles.values()))}; fetch it again"
        )
    vocabulary, tensors = frequent_first(index, list(numbers.values()))
    splits = {part: Split(x, articles=tuple(articles[part])) for part, x in zip(PARTS, tensors, strict=True)}
    return {**splits, "vocabulary": vocabulary}


def _wikipedia_articles(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield each article's URL, title and text, without the HTML that is left in it."""
    expected = f"{path}: expected articles, each between <doc id url title> and </doc>"
    header: re.Match[str] | None = None
    lines: list[str] = []
    try:
        with open(path, encoding="utf-8-sig") as stream:
            for k, line in enumerate(stream, 1):
                if line == "</doc>\n" and header:
                    text = "".join(lines)
                    yield header[1], html.unescape(header[2]), html.unescape(HTML.sub(" ", text))
                    header, lines = None, []
                elif header and not line.startswith("<doc "):
                    lines.append(line)
                elif header or not (header := DOC.fullmatch(line)):
                    raise DatasetError(f"{expected}, got {line[:60].strip()!r} in line {k}; fetch it again")
    except (OSError, ValueError) as error:
        raise DatasetError(f"{expected}, got {error}; fetch it again") from None
    if header:
        raise DatasetError(f"{expected}, got an end within one; fetch it again")


def numbering() -> defaultdict[str, int]:
    """Return a mapping that numbers its keys in the order of their first use."""
    index: defaultdict[str, int] = defaultdict(int)
    index.default_factory = index.__len__
    return index


def frequent_first(index: dict[str, int], arrays: list["array[int]"]) -> tuple[tuple[str, ...], list[Tensor]]:
    """Renumber the keys of `index` by falling frequency; return the keys in that order and the renumbered arrays."""
    old = [np.frombuffer(x, np.int64) for x in arrays]
    counts = np.sum([np.bincount(x, minlength=len(index)) for x in old], axis=0).tolist()
    keys = sorted(index, key=lambda key: (-counts[index[key]], key))
    new = np.empty(len(keys), np.int64)
    new[[index[key] for key in keys]] = np.arange(len(keys))
    return tuple(keys), [torch.from_numpy(new[x]) for x in old]


READERS = {"brown": Reader(read_brown), "wikipedia-2014": Reader(read_wikipedia_2014)}
