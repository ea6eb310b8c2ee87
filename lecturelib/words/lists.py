"""Lists of words and of rated pairs as the evaluation reads them: refused in words before work starts."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lecturelib.words.vocabulary import Vocabulary


def checked_words(words: object) -> tuple[str, ...]:
    """Return the words in their order, or raise unless they are a list of words, or a Vocabulary in the rows' order."""
    if isinstance(words, Vocabulary):
        if words.reordered:
            raise ValueError(
                "words: expected the words in the order of the rows, got a Vocabulary that has sorted the counts it was"
                " made from; give the words themselves, or its .words if the rows have its order"
            )
        return words.words
    if isinstance(words, str | set | frozenset) or not isinstance(words, Iterable):  # a set has no order
        raise TypeError(f"words: expected a list of words, got {words!r:.60} ({type(words).__name__})")
    every = tuple(words)
    wrong = next((word for word in every if not isinstance(word, str)), None)
    if wrong is not None:
        raise TypeError(f"words: expected a list of words, got {wrong!r} ({type(wrong).__name__}) in it")
    if not every:
        raise ValueError("words: expected at least one word, got none")
    return every


def rated_pairs(pairs: Iterable[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    """Return the pairs as a list, or raise unless each is two words and a finite number."""
    rated = []
    for pair in listed("pairs", pairs):
        if (
            not isinstance(pair, Sequence | np.ndarray)
            or len(pair) != 3
            or not all(isinstance(w, str) for w in pair[:2])
        ):
            raise TypeError(f"pairs: expected two words and a number each, got {pair!r}")
        try:
            rated.append((pair[0], pair[1], float(pair[2])))
        except (TypeError, ValueError):
            raise TypeError(f"pairs: expected two words and a number each, got {pair!r}") from None
        if not math.isfinite(rated[-1][2]):
            raise ValueError(f"pairs: expected finite numbers, got {pair!r}")
    return rated


def listed(name: str, values: Any) -> list[Any]:
    """Return `values` as a list, or raise TypeError where they are one string, or nothing that can be listed."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected a list, got {values!r:.60} ({type(values).__name__})")
    return list(values)
