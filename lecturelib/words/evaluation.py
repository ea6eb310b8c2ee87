"""Intrinsic evaluation of word vectors: neighbours, pairs that people have rated, analogies, and parallel offsets.

    similarity       cos(i, j) = ⟨w_i / ‖w_i‖, w_j / ‖w_j‖⟩
    analogies        see `analogies`

The scores are those of gensim's `evaluate_word_pairs` and `evaluate_word_analogies`: words are compared without regard
to case, of several spellings the most frequent one counts, and what has an unknown word is left out.

Ties: an answer is right if its score is larger than that of every other word, by more than rounding; a tie is wrong
(gensim takes whichever its sort puts first). Neighbours with the same cosine stand in the order of the rows. Equal
values share the mean of their ranks; the correlation with a constant is 0. So constant vectors score 0 everywhere.

    >>> vectors = WordVectors(model.vectors, model.vocabulary)
    >>> vectors.nearest("frog", 5)                          # [(word, cosine), ...]
    >>> vectors.word_pairs(load("wordsim353").pairs).spearman
    >>> vectors.analogies(load("analogies").sections)["family"].accuracy
    >>> WordVectors.from_word2vec_file("vectors.bin").save("vectors.txt")
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from lecturelib import checks
from lecturelib.words import vector_files
from lecturelib.words.analogies import METHODS, AnalogyScore, Method, answer
from lecturelib.words.correlation import correlation, rank_correlation
from lecturelib.words.lists import checked_words, listed, rated_pairs
from lecturelib.words.tags import check_word
from lecturelib.words.vocabulary import Vocabulary, nearest_spellings


class PairScore(NamedTuple):
    """How well cosines follow people's ratings: the correlation of values and of ranks, and the number of pairs."""

    pearson: float
    spearman: float
    pairs: int


class WordVectors:
    """Words and their vectors, to ask about.

    Args:
        vectors: one row per word.
        words: in the order of the rows, the most frequent first. A `Vocabulary` has its own order: one that was made
            from counts and has sorted them is refused, since the rows may have the order of the counts.
        restrict: only so many of the first words are known; None is all.

    Attributes:
        vectors: the rows of the known words.
        words: the known words.
        unit: the rows divided by their lengths, in float32 or better.

    Raises:
        TypeError: `vectors` is not a matrix of floats, or `words` are not strings.
        ValueError: there is not one row per word, a word occurs twice, or a value is not finite.

    """

    def __init__(
        self, vectors: Tensor | np.ndarray, words: Vocabulary | Sequence[str], *, restrict: int | None = None
    ) -> None:
        vectors = torch.from_numpy(vectors) if isinstance(vectors, np.ndarray) else vectors
        every = checked_words(words)
        if not isinstance(vectors, Tensor) or not vectors.is_floating_point() or vectors.dim() != 2:
            got = f"{vectors.dtype} {list(vectors.shape)}" if isinstance(vectors, Tensor) else type(vectors).__name__
            raise TypeError(f"vectors: expected a matrix of floats [{len(every)}, dim], got {got}")
        if len(vectors) != len(every):
            raise ValueError(f"vectors: expected one row for each of {len(every)} words, got {len(vectors)}")
        checks.has_values("vectors", vectors)
        if not torch.isfinite(vectors).all():
            raise ValueError("vectors: expected finite values, got NaN or infinity")
        if restrict is not None:
            restrict = checks.positive_int("restrict", restrict)
        self.vectors, self.words = vectors.detach()[:restrict], every[:restrict]
        self.unit = normalize(self.vectors.to(torch.promote_types(vectors.dtype, torch.float32)), dim=1)
        self._rows = {word: i for i, word in enumerate(every)}
        if len(self._rows) < len(every):
            twice = next(word for i, word in enumerate(every) if self._rows[word] != i)
            raise ValueError(f"words: expected different words, got {twice!r} twice")
        self._number: dict[str, int] = {}  # of each word in upper case: its most frequent spelling
        spelling = [self._number.setdefault(word.upper(), i) for i, word in enumerate(self.words)]
        others: dict[int, list[int]] = {}
        for i, first in enumerate(spelling):
            others.setdefault(first, []).append(i)
        width = max(map(len, others.values()))
        rows = [(same + width * [i])[:width] for i, same in ((i, others[first]) for i, first in enumerate(spelling))]
        # [words, width]: all spellings of each word, padded with the word itself
        self._spellings = torch.tensor(rows, device="cpu")

    @classmethod
    def from_gensim(cls, keyed: Any, *, restrict: int | None = None) -> "WordVectors":
        """Return the words and vectors of gensim's `KeyedVectors` (a model's `wv`), in its order."""
        return cls(np.array(keyed.vectors), keyed.index_to_key, restrict=restrict)

    @classmethod
    def from_word2vec_file(cls, path: str | Path, *, restrict: int | None = None) -> "WordVectors":
        """Read a file of word2vec, text or binary, or of GloVe (text without a first line); which one is found out.

        Args:
            path: of the file; one whose name ends in .gz is unpacked.
            restrict: read only so many of the first words.

        Raises:
            ValueError: the file has none of these forms.

        """
        words, vectors = vector_files.read(path, restrict)
        return cls(vectors, words)

    def save(self, path: str | Path, *, binary: bool = False) -> None:
        """Write word2vec's text format, or its binary one; gensim reads both. Values are rounded to float32.

        Raises:
            ValueError: a word contains a blank or the end of a line, which these formats cannot hold.

        """
        vector_files.write(path, self.words, self.vectors, binary=binary)

    def number(self, word: str) -> int:
        """Return the row of a word.

        Raises:
            ValueError: the word is unknown (the nearest spellings are named), or beyond `restrict`.

        """
        check_word(word)
        i = self._rows.get(word)
        if i is None:
            nearest = nearest_spellings(word, self.words)
            raise ValueError(f"word: expected one of the vocabulary's {len(self._rows)}, got {word!r}; {nearest}")
        if i >= len(self.words):
            raise ValueError(f"query: expected one of the {len(self.words)} most frequent words, got {word!r}")
        return i

    def numbers(self, words: Iterable[str]) -> Int64[Tensor, " n"]:
        """Return the rows of words.

        Raises:
            TypeError: `words` is one string.
            ValueError: some are unknown; they are named.

        """
        if isinstance(words, str):
            raise TypeError(f"words: expected a list of words, got one string {words!r}: split() it")
        if not isinstance(words, Iterable) or isinstance(words, set | frozenset):
            raise TypeError(f"words: expected a list of words, got {words!r:.60} ({type(words).__name__})")
        words = list(words)
        unknown = [word for word in words if self._rows.get(word, len(self.words)) >= len(self.words)]
        if unknown:
            some = ", ".join(map(repr, unknown[:5])) + (", …" if len(unknown) > 5 else "")
            raise ValueError(f"words: expected known words, got {len(unknown)} unknown of {len(words)}: {some}")
        return torch.tensor([self._rows[word] for word in words], dtype=torch.int64, device="cpu")

    def nearest(self, query: str | Tensor | np.ndarray | Sequence[float], n: int = 10) -> list[tuple[str, float]]:
        """Return the `n` words with the largest cosine to a word (other than that word) or to a vector.

        Raises:
            ValueError: the word is unknown (the nearest spellings are named), or the vector has another length or a
                value that is not finite.

        """
        n = checks.positive_int("n", n)
        own = self.number(query) if isinstance(query, str) else None
        q = self._direction(query) if own is None else self.unit[own]
        cosine = self.unit @ q
        if own is not None:
            cosine[own] = -torch.inf
        n = min(n, len(self.words) - (own is not None))
        if not n:
            return []
        rounding = 16 * torch.finfo(cosine.dtype).eps
        at = (cosine >= cosine.topk(n).values[-1] - rounding).nonzero()[:, 0]
        exact = (self.unit[at] * q).sum(dim=1)  # the same for the same rows, which a matrix product does not promise
        best, order = exact.sort(descending=True, stable=True)
        return [(self.words[i], c) for i, c in zip(at[order].tolist()[:n], best.tolist(), strict=False)]

    def _direction(self, query: object) -> Float[Tensor, " dim"]:
        """Return the unit vector of a query that is not a word."""
        try:
            q = torch.as_tensor(query, dtype=self.unit.dtype, device=self.unit.device).detach()
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(f"query: expected a word or a vector, got {query!r:.60} ({type(query).__name__})") from None
        if q.shape != self.vectors.shape[1:]:
            raise ValueError(f"query: expected shape [{self.vectors.shape[1]}], got {list(q.shape)}")
        if not torch.isfinite(q).all():
            raise ValueError("query: expected finite values, got NaN or infinity")
        return normalize(q, dim=0)

    def word_pairs(self, pairs: Iterable[tuple[str, str, float]]) -> PairScore:
        """Compare the cosines of pairs of words with people's ratings; pairs with an unknown word are left out.

        Raises:
            TypeError, ValueError: the pairs are not (word, word, finite number), or fewer than two are known.

        """
        rated = rated_pairs(pairs)
        known = [
            (self._number[a.upper()], self._number[b.upper()], score)
            for a, b, score in rated
            if a.upper() in self._number and b.upper() in self._number
        ]
        if len(known) < 2:
            raise ValueError(f"pairs: expected at least two with known words, got {len(known)} of {len(rated)}")
        a, b, scores = map(list, zip(*known, strict=True))
        cosine = (self.unit[a] * self.unit[b]).sum(dim=1)
        people = torch.tensor(scores, dtype=torch.float64, device="cpu")
        return PairScore(correlation(cosine, people), rank_correlation(cosine, people), len(known))

    def analogies(
        self,
        sections: Mapping[str, Iterable[Sequence[str]]],
        *,
        method: Method = "3cosadd",
        exclude: bool = True,
    ) -> dict[str, AnalogyScore]:
        """Answer "a is to b as c is to ...?", all questions of all sections; "all" has their sum.

        Args:
            sections: by name, questions of four words, the last of them the answer.
            method: see `analogies`.
            exclude: whether a, b and c are no answers, as in all published scores.

        Raises:
            TypeError: `sections` is not a mapping, or a question is not a list of words.
            ValueError: an unknown method, or a question that does not have four words.

        """
        checks.one_of("method", method, METHODS)
        if not isinstance(sections, Mapping):
            raise TypeError(f"sections: expected a mapping from names to questions, got {type(sections).__name__}")
        table = self.unit if method != "argmin" else self.vectors.to(self.unit.dtype)
        ask = partial(answer, table, self._spellings, self._number, method=method, exclude=exclude)
        scores = {name: ask(questions) for name, questions in sections.items()}
        return scores | {"all": AnalogyScore(*map(sum, zip((0, 0), *scores.values(), strict=True)))}


def parallelism(vectors: WordVectors, pairs: Iterable[tuple[str, str]]) -> float:
    """Return the mean cosine between the offsets v_b - v_a of different pairs (a, b): 1 if all arrows are parallel.

    The cosine with an offset of length 0 is 0.

    Raises:
        TypeError: a pair is not two words.
        ValueError: fewer than two pairs, or an unknown word.

    """
    if not isinstance(vectors, WordVectors):
        raise TypeError(f"vectors: expected WordVectors, got {type(vectors).__name__}")
    pairs = listed("pairs", pairs)
    for pair in pairs:
        if not isinstance(pair, tuple | list | np.ndarray) or len(pair) != 2:
            raise TypeError(f"pairs: expected two words each, got {pair!r}")
    if len(pairs) < 2:
        raise ValueError(f"pairs: expected at least two, got {len(pairs)}")
    a, b = (torch.tensor([vectors.number(pair[k]) for pair in pairs], device="cpu") for k in (0, 1))
    rows = vectors.vectors.to(vectors.unit.dtype)
    offset = normalize(rows[b] - rows[a], dim=1)
    n, own = len(offset), (offset != 0).any(dim=1).sum()  # cosines of an offset with itself: 1, or 0 if it is 0
    return float(((offset @ offset.T).sum() - own) / (n * (n - 1)))
