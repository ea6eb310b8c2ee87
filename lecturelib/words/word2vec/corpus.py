"""Corpus: sentences as numbers, a chunk at a time, so that neither the text nor the numbers need fit in memory.

Looking the words up takes about a tenth of the training time. It is done once: the numbers go to a temporary file, from
which every later pass reads them.

    >>> with Corpus(sentences, vocabulary) as corpus:
    ...     for x, sentence in corpus:            # as often as wanted; int64 [n] each, n ≤ 65,536
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lecturelib.words.vocabulary import Vocabulary, check_sentence

CHUNK = 65536  # words: enough for what is done once a chunk to cost nothing, and little beside any corpus


class Corpus:
    """Yields the words' numbers and those of their sentences; words that are not in the vocabulary are left out.

    Args:
        sentences: lists of words; read once.
        vocabulary: of these sentences, with their words' numbers and counts.
        chunk: number of words at a time; a longer sentence is cut.

    """

    def __init__(self, sentences: Iterable[Sequence[str]], vocabulary: Vocabulary, chunk: int = CHUNK) -> None:
        self._sentences, self._number, self._chunk = sentences, {word: i for i, word in enumerate(vocabulary)}, chunk
        self._words = int(vocabulary.counts.sum())
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)
        self._sizes: list[int] | None = None

    def __enter__(self) -> "Corpus":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[tuple[Int64[Tensor, " n"], Int64[Tensor, " n"]]]:
        self._file.seek(0)
        if self._sizes is None:
            sizes = []
            for x, sentence in self._encoded():
                self._file.write(np.stack([x, sentence]).astype(np.int32).tobytes())
                sizes.append(len(x))
                yield torch.from_numpy(x), torch.from_numpy(sentence)
            if sum(sizes) != self._words:
                raise TypeError(
                    "sentences: expected what can be read again and again, such as a list, got "
                    f"{self._words} words of the vocabulary at the first reading and {sum(sizes)} at the second"
                )
            self._sizes = sizes
        else:
            for size in self._sizes:
                both = np.frombuffer(self._file.read(8 * size), np.int32).reshape(2, size).astype(np.int64)
                yield torch.from_numpy(both[0]), torch.from_numpy(both[1])

    def _encoded(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for some in _chunks(self._sentences, self._chunk):
            lengths = np.fromiter(map(len, some), np.int64, len(some))
            x = np.fromiter(map(self._number.get, chain.from_iterable(some), repeat(-1)), np.int64, lengths.sum())
            sentence = np.arange(len(some)).repeat(lengths)[x >= 0]
            x = x[x >= 0]
            for start in range(0, len(x), self._chunk):
                yield x[start : start + self._chunk], sentence[start : start + self._chunk]


def _chunks(sentences: Iterable[Sequence[str]], words: int) -> Iterator[list[Sequence[str]]]:
    """Yield lists of sentences that together have at least `words` words, and fewer without the last sentence."""
    some: list[Sequence[str]] = []
    size = 0
    for sentence in sentences:
        check_sentence(sentence, again=True)
        some.append(sentence)
        size += len(sentence)
        if size >= words:
            yield some
            some, size = [], 0
    if some:
        yield some
