r"""Labelled texts, to evaluate word vectors: the sentiment of sentences, the tags of words.

Tagged sentences are laid out as the Brown corpus is: x words, y tags, and a word "\n", its own tag, ends a sentence.
Sentences with a label each are rows of x, with `lengths`. Words are numbered from the most frequent on.
"""

import zipfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from lecturelib.datasets import packed
from lecturelib.datasets.dataset import PARTS, Reader, Split
from lecturelib.datasets.download import DatasetError
from lecturelib.datasets.words import frequent_first, numbering

POLARITIES = ("negative", "positive")
TEN = 8 * PARTS[:1] + PARTS[1:]  # of ten lines in a row eight are train, one is valid, one test
UD_COLUMNS = 10
TagRows = Iterator[tuple[str, str] | None]  # word and tag; None ends a sentence


def read_rt_polarity(files: list[Path]) -> dict[str, Any]:
    """Read the sentences, one per line: x int64 [sentences, longest], y 0 (negative) or 1, and `lengths`.

    Words are separated by spaces, in lower case as in the file. Of ten lines in a row, in each of the two files,
    the 9th is valid and the 10th test. Negative and positive sentences alternate.

    Raises:
        DatasetError: the file is not of this form.

    """
    index = numbering()
    words, sizes, labels = ({part: array("q") for part in PARTS} for _ in range(3))
    for k, pair in enumerate(zip(*_polarity_lines(files[0]), strict=True)):
        for label, line in enumerate(pair):
            sentence = line.split()
            words[TEN[k % 10]].extend(map(index.__getitem__, sentence))
            sizes[TEN[k % 10]].append(len(sentence))
            labels[TEN[k % 10]].append(label)
    if not all(words.values()):
        raise DatasetError(f"{files[0]}: expected sentences for three splits, got too few; fetch it again")
    vocabulary, flat = frequent_first(index, list(words.values()))
    longest = max(max(some) for some in sizes.values())
    splits = {}
    for part, numbers in zip(PARTS, flat, strict=True):
        lengths = torch.tensor(sizes[part])
        x = torch.zeros(len(lengths), longest, dtype=torch.int64)
        x[torch.arange(longest) < lengths[:, None]] = numbers
        splits[part] = Split(x, torch.tensor(labels[part]), lengths)
    return {**splits, "vocabulary": vocabulary, "tags": POLARITIES}


def _polarity_lines(path: Path) -> list[list[str]]:
    """Return the lines that are not blank, of the negative and of the positive file."""
    expected = f"{path}: expected a zip file of as many negative as positive sentences"
    try:
        with zipfile.ZipFile(path) as archive:
            # the files have a few control characters of Windows' quotation marks, so no splitlines()
            names = [f"sentence_polarity/rt-polarity.{of}" for of in ("neg", "pos")]
            texts = [packed.member(archive, name).decode("utf-8-sig") for name in names]
    except packed.ERRORS as error:
        raise DatasetError(f"{expected}, got {error}; fetch it again") from None
    lines = [[line for line in text.split("\n") if line.strip()] for text in texts]
    if len(lines[0]) != len(lines[1]):
        raise DatasetError(f"{expected}, got {len(lines[0])} and {len(lines[1])}; fetch it again")
    return lines


def read_ud_ewt(files: list[Path]) -> dict[str, Any]:
    """Read the treebank's three files: words as typed, their universal parts of speech, and nothing of the trees.

    The words are the syntactic ones, so "don't" is two, "do" and "n't".

    Raises:
        DatasetError: a file is not of this form.

    """
    return _tagged(files, _conllu)


def read_wnut17(files: list[Path]) -> dict[str, Any]:
    """Read the three files: words as typed, and tags: B-kind at the first word of a name, I-kind within it, else O.

    Raises:
        DatasetError: a file is not of this form.

    """
    return _tagged(files, _two_columns)


def _tagged(files: list[Path], rows: Callable[[Path], TagRows]) -> dict[str, Any]:
    """Number the words and tags of train, valid and test."""
    index, tags = numbering(), numbering()
    xs, ys = ([array("q") for _ in PARTS] for _ in range(2))
    for path, x, y in zip(files, xs, ys, strict=True):
        for row in rows(path):
            word, tag = row or ("\n", "\n")
            if row or (x and x[-1] != index["\n"]):  # blank lines in a row end one sentence
                x.append(index[word])
                y.append(tags[tag])
        if not x:
            raise DatasetError(f"{path}: expected tagged words, got none; fetch it again")
        if x[-1] != index["\n"]:
            x.append(index["\n"])
            y.append(tags["\n"])
    vocabulary, words = frequent_first(index, xs)
    names, labels = frequent_first(tags, ys)
    splits = {part: Split(*both) for part, both in zip(PARTS, zip(words, labels, strict=True), strict=True)}
    return {**splits, "vocabulary": vocabulary, "tags": names}


def _conllu(path: Path) -> TagRows:
    """Yield the words of CoNLL-U: ten columns, first a number; 3-4 is a word whose parts follow, 3.1 an unseen one."""
    for k, line in _lines(path):
        cells = line.split("\t")
        if not line:
            yield None
        elif line.startswith("#"):
            continue
        elif len(cells) != UD_COLUMNS or not all(cells):
            raise DatasetError(f"{path}: expected {UD_COLUMNS} columns, got {line!r} in line {k}; fetch it again")
        elif cells[0].isdecimal():
            yield cells[1], cells[3]


def _two_columns(path: Path) -> TagRows:
    """Yield word and tag, a tab between them; a line without a word, be it of a tab alone, ends a sentence."""
    for k, line in _lines(path):
        cells = line.split("\t")
        if not line.strip():
            yield None
        elif len(cells) != 2 or not cells[0] or not (cells[1] == "O" or cells[1][:2] in ("B-", "I-")):
            raise DatasetError(f"{path}: expected a word, a tab and a tag, got {line!r} in line {k}; fetch it again")
        else:
            yield cells[0], cells[1]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except ValueError as error:
        raise DatasetError(f"{path}: expected a text in UTF-8, got {error}; fetch it again") from None
    yield from enumerate(text.split("\n"), 1)


READERS = {"rt-polarity": Reader(read_rt_polarity), "ud-ewt": Reader(read_ud_ewt), "wnut17": Reader(read_wnut17)}
