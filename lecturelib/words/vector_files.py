"""Files of word vectors: word2vec's text and binary formats, and GloVe's.

text      a first line "V dim", then a line per word: the word and dim numbers, blanks between them
binary    a first line "V dim", then per word: the word, a blank, dim float32 in little-endian order
GloVe     text without a first line

>>> words, vectors = read(Path("vectors.bin"))         # tuple of V words, float32 [V, dim]
>>> write(Path("vectors.txt"), words, vectors)
"""

import codecs
import gzip
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from lecturelib import checks
from lecturelib.words.tags import strings


def read(path: str | Path, first: int | None = None) -> tuple[tuple[str, ...], Float32[Tensor, "V dim"]]:
    """Return the words in their order, and their vectors; of a word that stands there twice, the first.

    Args:
        path: of the file; one whose name ends in .gz is unpacked.
        first: read only so many words.

    Raises:
        TypeError: `first` is not an integer, or `path` is not a path.
        ValueError: the file has none of the formats, ends too early, or has numbers that are not finite.

    """
    path, first = checks.path("path", path), None if first is None else checks.positive_int("first", first)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        begin = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0  # editors on Windows write it
        file.seek(begin)
        head = file.readline().split()
        if len(head) == 2 and all(part.isdigit() for part in head):
            V, dim = map(int, head)
            start = file.tell()
            text = _is_text(file.readline(), dim)
            file.seek(start)
            limit = V if first is None else min(V, first)
            rows = _text(file, dim, limit) if text else _binary(file, dim, limit)
            if len(rows) < limit:
                raise ValueError(f"{path}: expected {V} words, as its first line says, got {len(rows)} and the end")
            if limit == V and (more := file.read().strip()):
                raise ValueError(f"{path}: expected {V} words, as its first line says, got {more[:40]!r} behind them")
        else:
            file.seek(begin)
            rows = _text(file, len(head) - 1, first)
    found: dict[str, np.ndarray] = {}
    for word, row in rows:
        found.setdefault(word, row)
    if not found or not len(next(iter(found.values()))):
        raise ValueError(f"{path}: expected lines of a word and its numbers, got none")
    wrong = next((word for word, row in found.items() if not np.isfinite(row).all()), None)
    if wrong is not None:
        raise ValueError(f"{path}: expected finite numbers, got NaN or infinity for {wrong!r}")
    return tuple(found), torch.from_numpy(np.stack(list(found.values())))


def write(path: str | Path, words: Iterable[str], vectors: Float[Tensor, "V dim"], *, binary: bool = False) -> None:
    """Write word2vec's text or binary format; a file whose name ends in .gz is packed.

    Raises:
        TypeError: `path`, `words` or `vectors` are something else.
        ValueError: a word contains a blank or the end of a line, there are not as many words as vectors, or a number
            is not finite. Then nothing is written.

    """
    path, words = checks.path("path", path), strings("words", words)
    vectors = torch.from_numpy(vectors) if isinstance(vectors, np.ndarray) else vectors
    checks.floats("vectors", vectors, "V", "dim")
    wrong = next((word for word in words if not word or any(c in word for c in " \n\r\t")), None)
    if wrong is not None:
        raise ValueError(f"words: expected words without blanks and ends of lines, got {wrong!r}")
    rows = vectors.detach().to("cpu", torch.float32).numpy()
    if len(words) != len(rows):
        raise ValueError(f"words: expected {len(rows)}, one for each vector, got {len(words)}")
    if not np.isfinite(rows).all():
        raise ValueError(f"vectors: expected finite numbers, got {int((~np.isfinite(rows)).sum())} others")
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        file.write(f"{rows.shape[0]} {rows.shape[1]}\n".encode())
        for word, row in zip(words, rows, strict=True):
            numbers = row.astype("<f4").tobytes() if binary else " ".join(map(str, row)).encode()
            file.write(word.encode() + b" " + numbers + b"\n")


def _text(file: Any, dim: int, limit: int | None) -> list[tuple[str, np.ndarray]]:
    rows = []
    for k, line in enumerate(islice(file, limit), 1):
        if line.strip():
            row = _row(line, dim)
            if row is None:
                raise ValueError(f"{file.name}: expected a word and {dim} numbers, got {line[:40]!r}, line {k}")
            rows.append(row)
    return rows


def _is_text(line: bytes, dim: int) -> bool:
    """Return whether this is a line of the text format, be it a wrong one: of a word and two numbers or more."""
    try:
        return _row(line, dim) is not None or len(np.array(line.split()[1:], np.float32)) > 1
    except ValueError:
        return False


def _row(line: bytes, dim: int) -> tuple[str, np.ndarray] | None:
    """Return a line's word, which may contain blanks, and its numbers, or None where it has others."""
    parts = line.rstrip(b"\r\n ").rsplit(b" ", dim)
    try:
        row = np.array(parts[1:], np.float32)
        word = parts[0].decode()
    except ValueError:
        return None
    return (word, row) if dim > 0 and len(row) == dim else None


def _binary(file: Any, dim: int, limit: int) -> list[tuple[str, np.ndarray]]:
    rows: list[tuple[str, np.ndarray]] = []
    while len(rows) < limit:
        word = bytearray()
        while (byte := file.read(1)) not in (b" ", b""):
            word += byte
        row = file.read(4 * dim)
        if len(row) < 4 * dim:
            break
        rows.append((word.lstrip(b"\n").decode(errors="replace"), np.frombuffer(row, "<f4").astype(np.float32)))
    return rows
