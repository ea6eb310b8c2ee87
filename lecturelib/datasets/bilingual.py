"""Two languages: pairs of sentences that translate each other, and a dictionary of words.

>>> load("tatoeba-en-es").train[0]
('Go.', 'Ve.')
>>> load("freedict-en-es").train["house"]
('casa',)
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lecturelib import checks
from lecturelib.datasets import packed
from lecturelib.datasets.dataset import PARTS, Card, Reader
from lecturelib.datasets.download import DatasetError
from lecturelib.datasets.words import TWENTY, WORD

LANGUAGES = ("en", "es")
TEN = 7 * PARTS[:1] + PARTS[1:] + PARTS[2:]  # of 10 English words in a row 7 are train, one is valid, two test
SPEECH = re.compile(r"(\S.*?) /[^/\n]*/\n(.+)", re.S)  # an entry: the headword, its pronunciation, and lines below
MEANING = re.compile(r"\d+\. ")
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # of the index's numbers


@dataclass(frozen=True, eq=False, repr=False)
class SentencePairs(Card):
    """Sentences and their translations, as typed.

    Args:
        name, title, licence, citation, source, note: see `Card`.
        train, valid, test: pairs (English, Spanish); no sentence of either language is in two splits.

    """

    train: list[tuple[str, str]]
    valid: list[tuple[str, str]]
    test: list[tuple[str, str]]

    def __len__(self) -> int:
        return sum(len(getattr(self, part)) for part in PARTS)

    def sentences(self, language: str, part: str = "train") -> list[list[str]]:
        """Return a split's sentences of one language as lists of words in lower case, each sentence once.

        A word is a run of letters and digits, as in wikipedia-2014: "don't" is two, "don" and "t".

        Raises:
            ValueError: the language is neither "en" nor "es", or there is no such split.

        """
        checks.one_of("part", part, PARTS)
        return words_of(getattr(self, part), language)

    def contents(self) -> list[str]:
        """Return how many pairs there are in each split."""
        return [f"{part:9} {len(getattr(self, part))} pairs" for part in PARTS]


@dataclass(frozen=True, eq=False, repr=False)
class Dictionary(Card):
    """Words and their translations, in lower case.

    Args:
        name, title, licence, citation, source, note: see `Card`.
        train, valid, test: of each English word, in alphabetical order, the Spanish words; no English word is in two
            splits.

    """

    train: dict[str, tuple[str, ...]]
    valid: dict[str, tuple[str, ...]]
    test: dict[str, tuple[str, ...]]

    def __len__(self) -> int:
        return sum(len(getattr(self, part)) for part in PARTS)

    def contents(self) -> list[str]:
        """Return how many pairs there are in each split."""
        parts = ((part, getattr(self, part)) for part in PARTS)
        return [f"{p:9} {len(of)} words, {sum(map(len, of.values()))} pairs" for p, of in parts]


def words_of(pairs: list[tuple[str, str]], language: str) -> list[list[str]]:
    """Return one side of pairs of sentences as lists of words, each different sentence once, in their order.

    Raises:
        ValueError: the language is neither "en" nor "es".

    """
    checks.one_of("language", language, LANGUAGES)
    side = LANGUAGES.index(language)
    return [WORD.findall(sentence.lower()) for sentence in dict.fromkeys(pair[side] for pair in pairs)]


def families(pairs: list[tuple[str, str]]) -> list[int]:
    """Number the pairs such that those that share a sentence, or are linked by others that do, have one number.

    Families are numbered in the order of their first pairs.
    """
    parent = list(range(len(pairs)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = k = parent[parent[k]]
        return k

    first: dict[tuple[str, str], int] = {}  # of each sentence of each language, the pair that it was first in
    for k, pair in enumerate(pairs):
        for sentence in zip(LANGUAGES, pair, strict=True):
            a, b = sorted((root(first.setdefault(sentence, k)), root(k)))
            parent[b] = a
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(k), len(numbers)) for k in range(len(pairs))]


def read_tatoeba(files: list[Path]) -> dict[str, Any]:
    """Read lines of an English and a Spanish sentence, a tab between them, in their order.

    Of 20 families of pairs in a row 18 are train, one is valid and one test.

    Raises:
        DatasetError: the file is not of this form.

    """
    try:
        with zipfile.ZipFile(files[0]) as archive:
            lines = packed.member(archive, "spa-eng/spa.txt").decode("utf-8-sig").splitlines()
    except packed.ERRORS as error:
        raise DatasetError(
            f"{files[0]}: expected a zip file with spa-eng/spa.txt, got {error}; fetch it again"
        ) from None
    pairs = []
    for k, line in enumerate(lines, 1):
        english, _, spanish = line.partition("\t")
        if not english or not spanish or "\t" in spanish:
            raise DatasetError(
                f"{files[0]}: expected lines of two sentences, a tab between them, got {line[:60]!r} in line {k};"
                " fetch it again"
            )
        pairs.append((english, spanish))
    splits: dict[str, list[tuple[str, str]]] = {part: [] for part in PARTS}
    for pair, family in zip(pairs, families(pairs), strict=True):
        splits[TWENTY[family % 20]].append(pair)
    if not all(splits.values()):
        raise DatasetError(f"{files[0]}: expected pairs for three splits, got {len(pairs)}; fetch it again")
    return splits


def read_freedict(files: list[Path]) -> dict[str, Any]:
    """Read a Spanish-English dictionary in dictd's format, and turn it around.

    Words of both languages are lower-cased; what has more than one word, or other characters than letters, is left out.
    The English words in alphabetical order: of ten in a row 7 are train, one is valid, two are test.

    Raises:
        DatasetError: the files are not of this form.

    """
    found: dict[str, dict[str, None]] = {}
    for entry in _entries(*files):
        spoken = SPEECH.fullmatch(entry.strip())
        if not spoken:
            raise DatasetError(f"{files[0]}: expected entries 'word /speech/', got {entry[:60]!r}; fetch it again")
        spanish = spoken[1].lower()
        for line in spoken[2].lower().split("\n"):
            for english in MEANING.sub("", line, count=1).split(","):
                if spanish.isalpha() and english.strip().isalpha():
                    found.setdefault(english.strip(), {})[spanish] = None
    splits: dict[str, dict[str, tuple[str, ...]]] = {part: {} for part in PARTS}
    for k, english in enumerate(sorted(found)):
        splits[TEN[k % 10]][english] = tuple(sorted(found[english]))
    if not all(splits.values()):
        raise DatasetError(f"{files[0]}: expected words for three splits, got {len(found)}; fetch it again")
    return splits


def _entries(text: Path, index: Path) -> Iterator[str]:
    """Yield the entries of a dictionary; its index has the headword, start and length of each."""
    try:
        content = packed.unpack(text, "gzip")
        for line in index.read_text(encoding="utf-8-sig").splitlines():
            word, start, length = line.split("\t")
            if not word.startswith("00database"):  # about the dictionary
                begin = _number(start)
                yield content[begin : begin + _number(length)].decode("utf-8")
    except packed.ERRORS as error:
        raise DatasetError(f"{text}: expected a dictionary of dictd, got {error}; fetch it again") from None


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = 64 * value + DIGITS.index(digit)
    return value


READERS = {"tatoeba-en-es": Reader(read_tatoeba, SentencePairs), "freedict-en-es": Reader(read_freedict, Dictionary)}
