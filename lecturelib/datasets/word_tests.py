"""Tests of word vectors, without splits: analogy questions, and word pairs with human similarity scores.

>>> questions = load("analogies")
>>> questions.sections["capital-common-countries"][0]
('Athens', 'Greece', 'Baghdad', 'Iraq')
>>> load("wordsim353").pairs[0]
('love', 'sex', 6.77)
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lecturelib.datasets.dataset import Card, Reader
from lecturelib.datasets.download import DatasetError


@dataclass(frozen=True, eq=False, repr=False)
class AnalogyQuestions(Card):
    """Analogy questions: the first word is to the second as the third is to the fourth.

    Args:
        name, title, licence, citation, source, note: see `Card`.
        sections: by what it is about, the questions of each section, as typed.

    """

    sections: dict[str, list[tuple[str, str, str, str]]]

    def __len__(self) -> int:
        return sum(map(len, self.sections.values()))

    def contents(self) -> list[str]:
        """Return how many there are."""
        return [f"{'questions':9} {len(self)} in {len(self.sections)} sections"]


@dataclass(frozen=True, eq=False, repr=False)
class WordPairs(Card):
    """Word pairs with human similarity scores.

    Args:
        name, title, licence, citation, source, note: see `Card`.
        pairs: two words as typed and their score, from 0 to 10, the mean of what people said.

    """

    pairs: list[tuple[str, str, float]]

    def __len__(self) -> int:
        return len(self.pairs)

    def contents(self) -> list[str]:
        """Return how many there are."""
        return [f"{'pairs':9} {len(self)}"]


def read_analogies(files: list[Path]) -> dict[str, Any]:
    """Read lines ": section" and, below each, lines of four words.

    Raises:
        DatasetError: the file is not of this form.

    """
    sections: dict[str, list[tuple[str, ...]]] = {}
    questions: list[tuple[str, ...]] | None = None
    for k, line in _lines(files[0]):
        words = tuple(line.split())
        if words[0] == ":" and len(words) == 2 and words[1] not in sections:
            questions = sections[words[1]] = []
        elif len(words) == 4 and words[0] != ":" and questions is not None:
            questions.append(words)
        else:
            raise DatasetError(
                f"{files[0]}: expected sections, each a line ': name' and lines of four words,"
                f" got {line!r} in line {k}; fetch it again"
            )
    return {"sections": sections}


def read_word_pairs(files: list[Path]) -> dict[str, Any]:
    """Read lines of two words and their score, a tab between them; those that begin with # are comments.

    Raises:
        DatasetError: the file is not of this form.

    """
    pairs = []
    for k, line in _lines(files[0]):
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        score = _number(cells[2]) if len(cells) == 3 and all(cells) else math.nan
        if not 0 <= score <= 10:
            raise DatasetError(
                f"{files[0]}: expected lines of two words and a number from 0 to 10, a tab between them,"
                f" got {line!r} in line {k}; fetch it again"
            )
        pairs.append((cells[0], cells[1], score))
    return {"pairs": pairs}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, and their numbers.

    Raises:
        DatasetError: the file is not text, or has no lines.

    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except ValueError as error:
        raise DatasetError(f"{path}: expected a text in UTF-8, got {error}; fetch it again") from None
    if not any(map(str.strip, lines)):
        raise DatasetError(f"{path}: expected lines of words, got none; fetch it again")
    yield from ((k, line) for k, line in enumerate(lines, 1) if line.strip())


READERS = {
    "analogies": Reader(read_analogies, AnalogyQuestions),
    "wordsim353": Reader(read_word_pairs, WordPairs),
    "simlex999": Reader(read_word_pairs, WordPairs),
}
