"""Scores of translations: how often one is right, how often each word is the answer, how alike two words are spelt.

P@k      the percentage of words with a right translation among the k found
N_k(z)   the number of words that have z among their k answers; its skewness tells of hubs

>>> scores, found = W.translate(queries, targets, k=5)                  # `translation.LinearMap`
>>> precision(found, answers)
"""

import operator
from collections.abc import Iterable
from typing import SupportsIndex

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lecturelib import checks
from lecturelib.words.tags import strings


def precision(found: Int64[Tensor, "words k"], answers: Iterable[Iterable[SupportsIndex]]) -> float:
    """Return P@k: the percentage of words that have one of their right translations among the k found.

    Args:
        found: numbers of targets, as from `translate`.
        answers: for each word the numbers of its right translations.

    Raises:
        TypeError: `found` is not a matrix of integers, or `answers` are not collections of integers.
        ValueError: no word, another number of answers than of words, or a word without any.

    """
    check_numbers("found", found)
    right = _answers(answers)
    if not len(found):
        raise ValueError("found: expected at least one word, got none")
    if len(right) != len(found):
        raise ValueError(f"answers: expected one collection for each of {len(found)} words, got {len(right)}")
    if not all(right):
        raise ValueError("answers: expected at least one right translation for each word, got a word without any")
    hits = [not own.isdisjoint(row) for row, own in zip(found.tolist(), right, strict=True)]
    return 100 * sum(hits) / len(hits)


def _answers(answers: Iterable[Iterable[SupportsIndex]]) -> list[set[int]]:
    """Return the answers of each word as a set of integers."""
    try:
        right = [list(own) for own in answers]
        if any(
            isinstance(i, bool | np.bool_) or (isinstance(i, Tensor) and i.dtype == torch.bool)
            for own in right
            for i in own
        ):
            raise TypeError("a mask is not a collection of numbers")
        return [{operator.index(i) for i in own} for own in right]
    except TypeError:
        raise TypeError("answers: expected one collection of integers for each word, got something else") from None


def occurrences(found: Int64[Tensor, "words k"], V: int) -> Int64[Tensor, " V"]:
    """Return N_k: for each of the V targets the number of words that have it among their k answers; a hub has many."""
    check_numbers("found", found)
    V = checks.positive_int("V", V)
    if found.numel() and int(found.min()) < 0:
        raise ValueError(f"found: expected numbers from 0 to {V - 1}, got {int(found.min())}")
    counts = found.flatten().bincount(minlength=V)
    if len(counts) > V:
        raise ValueError(f"found: expected numbers from 0 to {V - 1}, got {len(counts) - 1}")
    return counts


def skewness(counts: Int64[Tensor, " V"]) -> float:
    """Return the skewness E[(N - μ)³] / σ³ of the k-occurrence: 0 if it is symmetric, large if there are hubs.

    (Radovanović, Nanopoulos and Ivanović, JMLR 2010.) It is 0 where all counts are equal.

    Raises:
        TypeError, ValueError: not a row of integers, at least one.

    """
    checks.integers("counts", counts, "V")
    checks.has_values("counts", counts)
    deviation = counts.double() - counts.double().mean()
    variance = float(deviation.square().mean())
    return float(deviation.pow(3).mean()) / variance**1.5 if variance else 0.0


def edit_distances(queries: Iterable[str], words: Iterable[str]) -> Int64[Tensor, "queries V"]:
    """Return the Levenshtein distance of each query to each of `words`: letters to replace, add or leave out.

    The paper's baseline: many words look alike in two languages.

    Raises:
        TypeError: one string in place of a list, or something else than a string among them.

    """
    queries, words = strings("queries", queries), strings("words", words)
    longest = max(map(len, words), default=0)
    letters = torch.tensor([[ord(c) for c in w.ljust(longest, "\0")] for w in words], device="cpu")
    letters, steps = letters.view(len(words), longest), torch.arange(longest + 1, device="cpu")
    ends = torch.tensor([[len(w)] for w in words], device="cpu").view(-1, 1)
    distances = torch.zeros(len(queries), len(words), dtype=torch.int64, device="cpu")
    for k, query in enumerate(queries):
        row = steps.expand(len(words), -1)  # from nothing to the first j letters of each of the words
        for c in query:
            # d(i, j) = min(d(i-1, j) + 1, d(i-1, j-1) + [c ≠ c_j], d(i, j-1) + 1), the last by a running minimum
            changed = torch.minimum(row[:, 1:] + 1, row[:, :-1] + (letters != ord(c)))
            row = torch.cat([row[:, :1] + 1, changed], dim=1)
            row = (row - steps).cummin(dim=1).values + steps
        distances[k] = row.gather(1, ends.long()).squeeze(1)
    return distances


def check_numbers(name: str, found: object) -> None:
    """Raise TypeError unless `found` is a matrix of integers."""
    if not isinstance(found, Tensor) or found.dim() != 2 or found.dtype not in checks.INTEGERS:
        got = f"{found.dtype} {list(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
        raise TypeError(f"{name}: expected integers [words, k], got {got}")
    checks.has_values(name, found)
