"""Vocabulary: the words a model knows, each with a number, the frequent ones first.

    >>> vocabulary = Vocabulary.of(sentences, min_count=4, unknown="<unk>")    # sentences: lists of words
    >>> x = vocabulary.encode(["the", "jury", "said"])                         # int64 [3]
    >>> vocabulary.decode(x)
    ['the', 'jury', 'said']

A corpus has many words that came once or twice, of which nothing can be learnt. They are merged into one symbol, as
Bengio et al. (2003) do, where it gets a probability like any other word; or left out, as word2vec does.
"""

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lecturelib import checks


class Vocabulary:
    """Words numbered from 0 in the order of falling counts, those with equal counts in alphabetical order.

    Args:
        counts: how often each word came, at least 0.
        min_count: words that came less often are rare.
        unknown: a symbol for the rare words and all others; its count is theirs together (with its own, where it is in
            `counts`), and it is among the words even where none is rare. None leaves the rare words out.

    Attributes:
        words: V words.
        counts: int64 [V], how often they came.

    Raises:
        TypeError, ValueError: an argument is not as described, or no word is left.

    """

    words: tuple[str, ...]
    counts: Int64[Tensor, " V"]

    def __init__(self, counts: Mapping[str, int], *, min_count: int = 1, unknown: str | None = None) -> None:
        checks.positive_int("min_count", min_count)
        _check_counts(counts)
        if unknown is not None and not isinstance(unknown, str):
            raise TypeError(f"unknown: expected a string or None, got {unknown!r} ({type(unknown).__name__})")
        kept = {word: operator.index(n) for word, n in counts.items() if n >= min_count and word != unknown}
        if unknown is not None:
            kept[unknown] = sum(map(operator.index, counts.values())) - sum(kept.values())
        if not kept:
            raise ValueError(
                f"min_count: expected some word to come {min_count} times, the most frequent came "
                f"{max(counts.values())} times: lower it or take a larger corpus"
            )
        self.words = tuple(sorted(kept, key=lambda word: (-kept[word], word)))
        self.counts = torch.tensor([kept[word] for word in self.words], dtype=torch.int64)
        self.unknown = unknown
        self._index = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def of(cls, sentences: Iterable[Sequence[str]], *, min_count: int = 1, unknown: str | None = None) -> "Vocabulary":
        """Count the words of the sentences, which are read once, one at a time: they need not fit in memory.

        Raises:
            TypeError, ValueError: a sentence is one string, there is no word, or as for the class.

        """
        counts: Counter[str] = Counter()
        if isinstance(sentences, str):
            raise TypeError(
                f"sentences: expected lists of words, got one string {_start(sentences)}: [text.split()] is"
            )
        for sentence in sentences:
            if isinstance(sentence, str):
                raise TypeError(
                    f"sentences: expected lists of words, got a string {_start(sentence)} among them: split() it"
                )
            counts.update(sentence)
        if not counts:
            raise ValueError("sentences: expected at least one word, got none (an iterator is empty once it was read)")
        return cls(counts, min_count=min_count, unknown=unknown)

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
            ValueError: the word is absent and there is no `unknown`; the nearest spellings are named.

        """
        i = self._index.get(word, self._index.get(self.unknown) if self.unknown is not None else None)
        if i is None:
            raise ValueError(f"word: expected one of the vocabulary's {len(self)}, got {word!r}; {self._nearest(word)}")
        return i

    def encode(self, words: Iterable[str]) -> Int64[Tensor, " n"]:
        """Return the words' numbers; absent words get that of `unknown`, or are left out where there is none.

        Raises:
            TypeError: `words` is one string.

        """
        if isinstance(words, str):
            raise TypeError(f"words: expected a list of words, got one string {_start(words)}: split() it")
        if self.unknown is None:
            numbers: Iterable[int] = (self._index[word] for word in words if word in self._index)
        else:
            unknown = self._index[self.unknown]
            numbers = (self._index.get(word, unknown) for word in words)
        return torch.from_numpy(np.fromiter(numbers, dtype=np.int64))

    def decode(self, indices: Iterable[int] | Tensor) -> list[str]:
        """Return the words that have these numbers.

        Raises:
            TypeError, ValueError: a number is no integer from 0 to V - 1.

        """
        numbers = [operator.index(i) for i in (indices.tolist() if isinstance(indices, Tensor) else indices)]
        wrong = [i for i in numbers if not 0 <= i < len(self)]
        if wrong:
            raise ValueError(f"indices: expected integers from 0 to {len(self) - 1}, got {wrong[0]}")
        return [self.words[i] for i in numbers]

    def _nearest(self, word: object) -> str:
        """Name the words spelt nearly like `word`, capitals or not, the most frequent first among equals."""
        folded: dict[str, list[str]] = {}
        for known in self.words:
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
        if not hasattr(n, "__index__"):
            raise TypeError(f"counts: expected an integer for {word!r}, got {n!r} ({type(n).__name__})")
        if n < 0:
            raise ValueError(f"counts: expected at least 0 for {word!r}, got {n}")


def _start(text: str) -> str:
    return repr(text if len(text) <= 20 else text[:20] + "…")
