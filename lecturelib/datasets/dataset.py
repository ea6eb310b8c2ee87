"""`Dataset`, which `load` returns: three splits of tensors, and a card with licence, citation and source."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from lecturelib import checks

PARTS = ("train", "valid", "test")
MARKS = ("\n", "\f")  # in texts of words: the ends of a paragraph and of a text


class Article(NamedTuple):
    """A piece of a split whose authors the licence asks to name: its title and its URL.

    `start` is the index of its first token in x; it ends where the next one starts.
    """

    title: str
    url: str
    start: int


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Examples, and their labels where the set has any.

    `len(split)` is the number of examples (of characters or words, for text), as for every torch data set; so a split
    is not a tuple and does not unpack: write `split.x` and `split.y`.

    Args:
        x: [examples, ...]; for text [characters], [words], or [sentences, longest].
        y: [examples], or None; for text [words], or [sentences], indices into the set's `tags`.
        lengths: [examples], or None; of sequences that differ in length, all in one x, the number of steps of each;
            padded with zeros. (One tensor with lengths, not a list of tensors, so that it can be indexed, batched and
            moved like every other x.)
        articles: the articles that x was made of, in order, with their authors' page, or None.

    """

    x: Tensor
    y: Tensor | None = None
    lengths: Tensor | None = None
    articles: tuple[Article, ...] | None = None

    __iter__ = None  # so that `x, y = split` is an error for a split of two examples, too

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Tensor | tuple[Tensor, ...]:
        """Return one example, as `torch.utils.data.DataLoader` reads it: x, or (x, y), (x, y, length) where there are.

        Raises:
            IndexError: there is no such example.
            ValueError: y has a row per word, not per example.

        """
        parts = [part for part in (self.x, self.y, self.lengths) if part is not None]
        if any(len(part) != len(self.x) for part in parts):
            raise ValueError(f"y: expected a label for each of {len(self.x)} examples, got {len(parts[1])}")
        return self.x[index] if len(parts) == 1 else tuple(part[index] for part in parts)

    def __repr__(self) -> str:
        fields = {"x": self.x, "y": self.y, "lengths": self.lengths}
        described = [f"{name}: {_describe(x)}" for name, x in fields.items() if x is not None]
        described += [f"articles: {len(self.articles)}"] if self.articles is not None else []
        return f"Split({', '.join(described)})"


@dataclass(frozen=True, eq=False, repr=False)
class Card:
    """What every data set says of itself; `repr` prints it, the same on every machine.

    Args:
        name: what `load` calls it.
        title: one line.
        licence: of the data, as far as known.
        citation: whom to cite.
        source: where the files come from.
        note: what a user must know; may be empty.

    """

    name: str
    _: KW_ONLY
    title: str
    licence: str
    citation: str
    source: str
    note: str = ""

    def contents(self) -> list[str]:
        """Return the lines of the card that say what is in the set."""
        return []

    def __repr__(self) -> str:
        text = [f"{self.name}: {self.title}", *(f"  {line}" for line in self.contents())]
        for field in ("licence", "citation", "source", "note"):
            if getattr(self, field):
                text.append(textwrap.fill(f"  {field:9} {getattr(self, field)}", 84, subsequent_indent=" " * 12))
        return "\n".join(text)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(Card):
    """A data set of three splits.

    Args:
        name, title, licence, citation, source, note: see `Card`.
        train, valid, test: the splits; no example is in two of them.
        vocabulary: for text, the characters or words in the order of the indices in x; None otherwise.
        tags: for text whose words or sentences are labelled, the labels in the order of the indices in y; None
            otherwise.

    """

    train: Split
    valid: Split
    test: Split
    vocabulary: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number of examples (of characters or words, for text) in each split."""
        return {part: len(getattr(self, part)) for part in PARTS}

    def sentences(self, part: str = "train") -> "Sentences":
        r"""Return the lists of words of a split of text, which it is cut into at the marks "\n" and "\f".

        Raises:
            ValueError: there is no such split, or the set is not text.

        """
        checks.one_of("part", part, PARTS)
        if self.vocabulary is None:
            raise ValueError(f"sentences: expected a set of text, such as brown; {self.name} has no vocabulary")
        split = getattr(self, part)
        return Sentences(split.x.numpy(), self.vocabulary, None if split.lengths is None else split.lengths.numpy())

    def sentence_tags(self, part: str = "train") -> "Sentences":
        """Return the lists of tags of a split's words, each as long as that of `sentences`.

        Raises:
            ValueError: there is no such split, or the set's words have no tags.

        """
        checks.one_of("part", part, PARTS)
        split = getattr(self, part)
        if self.tags is None or split.y is None or split.lengths is not None:
            raise ValueError(f"sentence_tags: expected a set of tagged words, such as ud-ewt; {self.name} has none")
        return Sentences(split.y.numpy(), self.tags)

    def contents(self) -> list[str]:
        """Return the splits, and the symbols, words and tags where there are any."""
        lines = [f"{part:9} {getattr(self, part)!r}" for part in PARTS]
        if self.vocabulary is not None and all(len(symbol) == 1 for symbol in self.vocabulary):
            lines.append(f"{'symbols':9} {len(self.vocabulary)}: {''.join(self.vocabulary)!r}")
        elif self.vocabulary is not None:
            lines.append(f"{'words':9} {_some(self.vocabulary)}")
        lines += [f"{'tags':9} {_some(self.tags)}"] if self.tags is not None else []
        return lines


@dataclass(frozen=True)
class Reader:
    """How `load` makes a set of its files.

    Args:
        read: from the paths of the files, in the registry's order, to the fields of `kind` that are not on the card.
        kind: the class of the set.

    """

    read: Callable[[list[Path]], Mapping[str, Any]]
    kind: Callable[..., Any] = Dataset


class Sentences:
    """Lists of words, made one at a time in each iteration, so that no corpus of strings is held in memory.

    Args:
        x: integers [words], or [sentences, longest] where there are `lengths`; indices into `vocabulary`.
        vocabulary: the words, the marks among them.
        lengths: how many words each row of x has; without it the marks end the sentences.

    """

    def __init__(self, x: np.ndarray, vocabulary: tuple[str, ...], lengths: np.ndarray | None = None) -> None:
        self._x, self._vocabulary = x.reshape(-1), vocabulary
        if lengths is None:
            marks = [vocabulary.index(mark) for mark in MARKS if mark in vocabulary]
            ends = np.append(np.flatnonzero(np.isin(x, marks)), len(x))  # a split may end within a sentence
            starts = np.append(0, ends[:-1] + 1)
        else:
            starts = np.arange(len(x)) * x.shape[1]
            ends = starts + lengths
        self._starts, self._ends = starts[starts < ends], ends[starts < ends]

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[list[str]]:
        words = self._vocabulary
        for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True):
            yield [words[i] for i in self._x[start:end].tolist()]

    def __repr__(self) -> str:
        return f"Sentences({len(self)} lists of words)"


def _describe(x: Tensor) -> str:
    return f"{str(x.dtype).removeprefix('torch.')} {list(x.shape)}"


def _some(words: tuple[str, ...]) -> str:
    return f"{len(words)}: {', '.join(map(repr, words[:8]))}" + (", ..." if len(words) > 8 else "")
