"""Vocabulary: the words that a model knows, each with a number, the most frequent first.

    >>> vocabulary = Vocabulary.of(sentences, min_count=4, unknown="<unk>")    # sentences: lists of words
    >>> x = vocabulary.encode(["the", "jury", "said"])                         # int64 [3]
    >>> vocabulary.decode(x)
    ['the', 'jury', 'said']

Many words of a corpus occur only once or twice, and nothing can be learnt about them. They are merged into one symbol,
which then has a probability like any other word (Bengio et al., 2003), or left out (word2vec).
"""

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from difflib import get_close_matches
from itertools import repeat

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lecturelib import checks
from lecturelib.words.tags import strings


class Vocabulary:
    """Words numbered from 0 in the order of falling counts, those with equal counts in alphabetical order.

    Args:
        counts: how often each word occurs, at least 0; in any order.
        min_count: words that occur less often are rare.
        unknown: a symbol for the rare words and all others; its count is theirs together (with its own, where it is in
            `counts`), and it is among the words even where none is rare. None leaves the rare words out.

    Attributes:
        words: V words.
        counts: int64 [V], how often they occur.
        reordered: whether they are all the words of the argument `counts` in another order, so that the rows of a table
            in the order of `counts` are not theirs.

    Raises:
        ValueError: no word is left.

    """

    words: tuple[str, ...]
    counts: Int64[Tensor, " V"]

    def __init__(self, counts: Mapping[str, int], *, min_count: int = 1, unknown: str | None = None) -> None:
        min_count = checks.positive_int("min_count", min_count)
        _check_counts(counts)
        if unknown is not None and not isinstance(unknown, str):
            raise TypeError(f"unknown: expected a string or None, got {unknown!r} ({type(unknown).__name__})")
        kept = {word: operator.index(n) for word, n in counts.items() if n >= min_count and word != unknown}
        if unknown is not None:
            kept[unknown] = sum(map(operator.index, counts.values())) - sum(kept.values())
        if not kept:
            raise ValueError(
                f"min_count: expected some word to occur {min_count} times, the most frequent occurs "
                f"{max(counts.values())} times: lower it or take a larger corpus"
            )
        self.words = tuple(sorted(kept, key=lambda word: (-kept[word], word)))
        self.reordered = len(self.words) == len(counts) and self.words != tuple(counts)
        self.counts = torch.tensor([kept[word] for word in self.words], dtype=torch.int64, device="cpu")
        self.unknown = unknown
        self._index = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def of(cls, sentences: Iterable[Sequence[str]], *, min_count: int = 1, unknown: str | None = None) -> "Vocabulary":
        """Count the words of the sentences, which are read once, one at a time: they need not fit in memory.

        Raises:
            TypeError: `sentences` or one of them is a string, or anything else than an iterable of words.
            ValueError: there is no word, or none that occurs `min_count` times.

        """
        counts: Counter[str] = Counter()
        check_iterable(sentences)
        for sentence in sentences:
            check_sentence(sentence)
            try:
                counts.update(sentence)
            except TypeError as error:  # a list in it cannot be counted
                raise TypeError(f"sentences: expected lists of words, got one with {error}") from None
        if not counts:
            raise ValueError("sentences: expected at least one word, got none (an iterator is empty once it was read)")
        vocabulary = cls(counts, min_count=min_count, unknown=unknown)
        vocabulary.reordered = False  # no table can have the order of these counts
        return vocabulary

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.words[:3])) + (", …" if len(self) > 3 else "")
        return f"Vocabulary({len(self)} words: {first})"

    def index(self, word: str) -> int:
        """Return the number of `word`, or that of `unknown`.

        Raises:
            TypeError: `word` is not a string.
            ValueError: the word is absent and there is no `unknown`; the nearest spellings are named.

        """
        if not isinstance(word, str):
            raise TypeError(f"word: expected a string, got {word!r:.60} ({type(word).__name__})")
        i = self._index.get(word, self._index.get(self.unknown) if self.unknown is not None else None)
        if i is None:
            nearest = nearest_spellings(word, self.words)
            raise ValueError(f"word: expected one of the vocabulary's {len(self)}, got {word!r}; {nearest}")
        return i

    def encode(self, words: Iterable[str]) -> Int64[Tensor, " n"]:
        """Return the words' numbers; absent words get that of `unknown`, or are left out where there is none.

        Raises:
            TypeError: `words` is one string, or there is something else than strings among them.

        """
        if isinstance(words, str):
            raise TypeError(f"words: expected a list of words, got one string {_start(words)}: split() it")
        if not isinstance(words, Iterable) or isinstance(words, set | frozenset):  # a set has no order
            raise TypeError(f"words: expected a list of words, got {words!r:.60} ({type(words).__name__})")
        words = list(words)
        try:
            x = np.fromiter(map(self._index.get, words, repeat(-1)), np.int64, len(words))
        except TypeError:  # some cannot be looked up, such as lists
            x = np.array([self._index.get(word, -1) if isinstance(word, str) else -1 for word in words], np.int64)
        absent = x < 0
        for i in absent.nonzero()[0].tolist():
            if not isinstance(words[i], str):
                raise TypeError(f"words: expected a list of words, got {words[i]!r} ({type(words[i]).__name__}) in it")
        if self.unknown is None:
            return torch.from_numpy(x[~absent])
        x[absent] = self._index[self.unknown]
        return torch.from_numpy(x)

    def decode(self, indices: Iterable[int] | Tensor) -> list[str]:
        """Return the words that have these numbers.

        Raises:
            TypeError: there is something else than integers among them.
            ValueError: a number is not from 0 to V - 1.

        """
        numbers = indices.tolist() if isinstance(indices, Tensor) else indices
        if not isinstance(numbers, Iterable):
            raise TypeError(f"indices: expected a row of integers, got {numbers!r} ({type(numbers).__name__})")
        numbers = list(numbers)
        for i in numbers:
            if isinstance(i, bool) or not hasattr(i, "__index__"):
                raise TypeError(f"indices: expected integers from 0 to {len(self) - 1}, got {i!r} ({type(i).__name__})")
            if not 0 <= i < len(self):
                raise ValueError(f"indices: expected integers from 0 to {len(self) - 1}, got {i}")
        return [self.words[i] for i in numbers]


def nearest_spellings(word: object, words: Iterable[str]) -> str:
    """Return the end of an error message: the words that are spelt nearly like `word`, ignoring case."""
    folded: dict[str, list[str]] = {}
    for known in map(str, strings("words", words)):
        folded.setdefault(known.casefold(), []).append(known)
    close = [k for spelling in get_close_matches(str(word).casefold(), folded) for k in folded[spelling]]
    return f"nearest: {', '.join(map(repr, close[:5]))}" if close else "none is spelt nearly like it"


def _check_counts(counts: object) -> None:
    if not isinstance(counts, Mapping):
        raise TypeError(f"counts: expected a mapping from words to counts, got {type(counts).__name__}: see .of()")
    if not counts:
        raise ValueError("counts: expected at least one word, got none")
    for word, n in counts.items():
        if not isinstance(word, str):
            raise TypeError(f"counts: expected strings as words, got {word!r} ({type(word).__name__})")
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(f"counts: expected an integer for {word!r}, got {n!r} ({type(n).__name__})")
        if n < 0:
            raise ValueError(f"counts: expected at least 0 for {word!r}, got {n}")


def check_iterable(sentences: object) -> None:
    """Raise TypeError unless `sentences` may be a list of sentences: not a string, and iterable."""
    if isinstance(sentences, str):
        raise TypeError(f"sentences: expected lists of words, got one string {_start(sentences)}: [text.split()] is")
    if not isinstance(sentences, Iterable) or isinstance(sentences, Mapping):
        raise TypeError(f"sentences: expected lists of words, got {sentences!r} ({type(sentences).__name__})")


def check_sentences(sentences: object) -> None:
    """Raise TypeError unless `sentences` can be read again and again, and the first of them is a list of words."""
    check_iterable(sentences)
    assert isinstance(sentences, Iterable)
    first = iter(sentences)
    if first is sentences or first is iter(sentences):
        raise TypeError(
            "sentences: expected what can be read again and again, such as a list, got an iterator "
            f"({type(sentences).__name__}), which is empty once it was read: list(…) is not"
        )
    check_sentence(next(first, []), again=True)


def check_sentence(sentence: object, again: bool = False) -> None:
    """Raise TypeError unless `sentence` is an iterable of words, and if `again`, one that can be read again."""
    if isinstance(sentence, str):
        raise TypeError(f"sentences: expected lists of words, got a string {_start(sentence)} among them: split() it")
    if not isinstance(sentence, Iterable) or isinstance(sentence, Mapping | bytes | set | frozenset):
        raise TypeError(f"sentences: expected lists of words, got {sentence!r} ({type(sentence).__name__}) among them")
    if again and not isinstance(sentence, Sized):
        raise TypeError(f"sentences: expected lists of words, got a {type(sentence).__name__} among them: list(…) is")


def _start(text: str) -> str:
    return repr(text if len(text) <= 20 else text[:20] + "…")
