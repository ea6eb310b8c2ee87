"""Intrinsic evaluation of word vectors: neighbours, pairs that people have rated, analogies, and parallel offsets.

    similarity       cos(i, j) = ⟨w_i / ‖w_i‖, w_j / ‖w_j‖⟩
    the lecture      argmin_w ‖v_w - v_king - (v_woman - v_man)‖²
    3CosAdd          argmax_w cos(w, king) - cos(w, man) + cos(w, woman)
    3CosMul          argmax_w c(w, king) c(w, woman) / (c(w, man) + ε),  c = (1 + cos) / 2

Mikolov, Yih and Zweig, "Linguistic Regularities in Continuous Space Word Representations", NAACL 2013; Levy and
Goldberg, "Linguistic Regularities in Sparse and Explicit Word Representations", CoNLL 2014 (3CosMul). The three words
of the question are no answers, by the custom of all published scores; `exclude=False` allows them.

The scores are those of gensim's `evaluate_word_pairs` and `evaluate_word_analogies`: words are compared without regard
to capitals, of several spellings the most frequent one counts, and what has an unknown word is left out.

    >>> vectors = WordVectors(model.vectors, model.vocabulary)
    >>> vectors.nearest("frog", 5)                          # [(word, cosine), ...]
    >>> vectors.word_pairs(load("wordsim353").pairs).spearman
    >>> vectors.analogies(load("analogies").sections)["family"].accuracy
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from lecturelib import checks
from lecturelib.words.vocabulary import Vocabulary

Method = Literal["3cosadd", "3cosmul", "argmin"]
METHODS = ("3cosadd", "3cosmul", "argmin")
EPSILON = 1e-6  # of 3CosMul
FREQUENT = 2000  # words that an answer meets first
PIECE = 64  # questions at once: their scores of 20,000 words are 5 MB


class PairScore(NamedTuple):
    """How well cosines follow people's ratings: correlation of the values, of the ranks, and of how many pairs."""

    pearson: float
    spearman: float
    pairs: int


class Answered(NamedTuple):
    """Of how many questions the right word came first."""

    correct: int
    asked: int

    @property
    def accuracy(self) -> float:
        """Percent; NaN where nothing was asked."""
        return 100 * self.correct / self.asked if self.asked else float("nan")


class WordVectors:
    """Vectors of a vocabulary's words, to ask about.

    Args:
        vectors: one row a word.
        vocabulary: the words, the frequent ones first.
        restrict: only so many of the most frequent words are known; None is all.

    Raises:
        TypeError, ValueError: `vectors` is no finite matrix with a row for each word, `restrict` no positive integer.

    """

    def __init__(self, vectors: Float[Tensor, "V dim"], vocabulary: Vocabulary, *, restrict: int | None = None) -> None:
        if not isinstance(vectors, Tensor) or not vectors.is_floating_point() or vectors.dim() != 2:
            got = f"{vectors.dtype} {list(vectors.shape)}" if isinstance(vectors, Tensor) else type(vectors).__name__
            raise TypeError(f"vectors: expected a matrix of floats [{len(vocabulary)}, dim], got {got}")
        if len(vectors) != len(vocabulary):
            raise ValueError(f"vectors: expected one row for each of {len(vocabulary)} words, got {len(vectors)}")
        if not torch.isfinite(vectors).all():
            raise ValueError("vectors: expected finite values, got NaN or infinity")
        if restrict is not None:
            checks.positive_int("restrict", restrict)
        self.vectors, self.words = vectors[:restrict], vocabulary.words[:restrict]
        self.unit = normalize(self.vectors, dim=1)
        self._vocabulary = vocabulary
        self._number: dict[str, int] = {}  # of each word in upper case, the most frequent spelling
        spelling = [self._number.setdefault(word.upper(), i) for i, word in enumerate(self.words)]
        others: dict[int, list[int]] = {}
        for i, first in enumerate(spelling):
            others.setdefault(first, []).append(i)
        width = max(map(len, others.values()))
        rows = [(same + width * [i])[:width] for i, same in ((i, others[first]) for i, first in enumerate(spelling))]
        self._spellings = torch.tensor(
            rows
        )  # [words, width]: all spellings of each word, itself again where there are few

    def number(self, word: str) -> int:
        """Return the row of a word.

        Raises:
            ValueError: the word is unknown (the nearest spellings are named), or beyond `restrict`.

        """
        i = self._vocabulary.index(word)
        if i >= len(self.words):
            raise ValueError(f"query: expected one of the {len(self.words)} most frequent words, got {word!r}")
        return i

    def nearest(self, query: str | Tensor, n: int = 10) -> list[tuple[str, float]]:
        """Return the `n` words with the largest cosine to a word (that word aside) or to a vector.

        Raises:
            TypeError, ValueError: an unknown word (the nearest spellings are named), another length of the vector, or
                `n` is no positive integer.

        """
        checks.positive_int("n", n)
        if isinstance(query, str):
            i = self.number(query)
            cosine = self.unit @ self.unit[i]
            cosine[i] = -torch.inf
        else:
            if query.shape != self.vectors.shape[1:]:
                raise ValueError(f"query: expected shape [{self.vectors.shape[1]}], got {list(query.shape)}")
            cosine = self.unit @ normalize(query, dim=0)
        best = cosine.topk(min(n, len(self.words) - isinstance(query, str)))
        return [(self.words[i], c) for i, c in zip(best.indices.tolist(), best.values.tolist(), strict=True)]

    def word_pairs(self, pairs: Sequence[tuple[str, str, float]]) -> PairScore:
        """Compare the cosines of pairs of words with people's ratings; pairs with an unknown word are left out.

        Raises:
            ValueError: fewer than two pairs are known.

        """
        known = [
            (self._number[a.upper()], self._number[b.upper()], score)
            for a, b, score in pairs
            if a.upper() in self._number and b.upper() in self._number
        ]
        if len(known) < 2:
            raise ValueError(f"pairs: expected at least two with known words, got {len(known)} of {len(pairs)}")
        a, b, people = (torch.tensor(column) for column in zip(*known, strict=True))
        cosine = (self.unit[a] * self.unit[b]).sum(dim=1)
        return PairScore(correlation(cosine, people), rank_correlation(cosine, people), len(known))

    def analogies(
        self,
        sections: Mapping[str, Sequence[tuple[str, str, str, str]]],
        *,
        method: Method = "3cosadd",
        exclude: bool = True,
    ) -> dict[str, Answered]:
        """Answer "a is to b as c is to ...?", all questions of all sections; "all" has their sum.

        Args:
            sections: by name, questions of four words, the last of them the answer.
            method: see above.
            exclude: whether a, b and c are no answers.

        Raises:
            ValueError: an unknown method, or a question that has not four words.

        """
        checks.one_of("method", method, METHODS)
        scores = {name: self._answer(questions, method, exclude) for name, questions in sections.items()}
        return scores | {"all": Answered(*(sum(column) for column in zip(*scores.values(), strict=True)))}

    def _answer(self, questions: Sequence[Sequence[str]], method: Method, exclude: bool) -> Answered:
        if set(map(len, questions)) - {4}:
            wrong = next(question for question in questions if len(question) != 4)
            raise ValueError(f"sections: expected questions of four words, got {wrong!r}")
        # Each word is looked up once, and the numbers become no list: where few words compete, reading takes long.
        numbers = {word: self._number.get(word.upper(), -1) for word in set(chain.from_iterable(questions))}
        rows = np.fromiter(map(numbers.__getitem__, chain.from_iterable(questions)), np.int64, 4 * len(questions))
        asked = torch.from_numpy(rows).view(-1, 4)
        asked = asked[(asked >= 0).all(dim=1)]
        left = asked[(asked[:, 3:] != asked[:, :3]).all(dim=1)] if exclude else asked
        # Most wrong answers lose to a frequent word; only what is left then meets all the others.
        V = len(self.words)
        cut = min(FREQUENT, V - 1)
        for first, end in ((0, cut + 1), (max(0, cut - 1), V)):
            left = left[self._unbeaten(left, first, end, method, exclude)]
        return Answered(len(left), len(asked))

    def _unbeaten(
        self, asked: Int64[Tensor, "n 4"], first: int, end: int, method: Method, exclude: bool
    ) -> Bool[Tensor, " n"]:
        """Whether no other word from `first` up to `end` has a larger score than the answer, question by question.

        Of the words at the cut, one stands in for all that are not in this range, and is passed over with them.
        """
        table = self.vectors if method == "argmin" else self.unit
        known, at = asked[:, :3].unique(return_inverse=True)
        spellings = self._spellings[asked]
        right = _products(table[asked[:, :3]], table[spellings[:, 3]], method)
        right = _scores(right[:, 0], right[:, 1], right[:, 2], method).amax(dim=1)
        products = _products(table[known], table[first:end], method)
        out = (spellings if exclude else spellings[:, 3:]).flatten(1) - first
        out = out.where((out >= 0) & (out < end - first), 0 if first else end - 1)
        # Questions with the same a and b stand together, and have a part of their scores in common.
        _, runs = (at[:, 0] * len(known) + at[:, 1]).unique_consecutive(return_counts=True)
        pieces = [min(PIECE, run - done) for run in runs.tolist() for done in range(0, run, PIECE)]
        best = [right[:0]]
        for place, gone in zip(at.split(pieces), out.split(pieces), strict=True):
            a, b, c = products[place[0, 0]], products[place[0, 1]], products.index_select(0, place[:, 2])
            best.append(_scores(a, b, c, method).scatter_(1, gone, -torch.inf).amax(dim=1))
        return right >= torch.cat(best)


def _products(
    x: Float[Tensor, "*n some dim"], w: Float[Tensor, "*n others dim"], method: Method
) -> Float[Tensor, "*n some others"]:
    """For words x and w what the scores are made of: cos(w, x), or c(w, x), or what argmin needs."""
    products = x @ w.mT
    if method == "argmin":  # ‖w - q‖² = ‖w‖² - 2 w · q + a constant: of a, b and c, -a + b + c is left
        products -= w.square().sum(dim=-1, keepdim=True).mT / 2
    return (1 + products) / 2 if method == "3cosmul" else products


def _scores(a: Tensor, b: Tensor, c: Tensor, method: Method) -> Tensor:
    """The scores of words, given their products with a, b and c; the last is overwritten."""
    return c.mul_(b / (a + EPSILON)) if method == "3cosmul" else c.add_(b - a)


def correlation(a: Float[Tensor, " n"], b: Float[Tensor, " n"]) -> float:
    """Pearson's coefficient of correlation."""
    return float(torch.corrcoef(torch.stack([a.double(), b.double()]))[0, 1])


def rank_correlation(a: Float[Tensor, " n"], b: Float[Tensor, " n"]) -> float:
    """Spearman's coefficient: the correlation of ranks; equal values share the mean of theirs."""
    ranks = []
    for values in (a, b):
        _, place, counts = values.unique(return_inverse=True, return_counts=True)
        ranks.append((counts.cumsum(0) - (counts - 1) / 2)[place])
    return correlation(*ranks)


def parallelism(vectors: WordVectors, pairs: Sequence[tuple[str, str]]) -> float:
    """Mean cosine between the offsets v_b - v_a of different pairs (a, b): 1 if all arrows are parallel.

    Raises:
        ValueError: fewer than two pairs, or an unknown word.

    """
    if len(pairs) < 2:
        raise ValueError(f"pairs: expected at least two, got {len(pairs)}")
    index = vectors._vocabulary.index
    a, b = (torch.tensor([index(pair[k]) for pair in pairs]) for k in (0, 1))
    offset = normalize(vectors.vectors[b] - vectors.vectors[a], dim=1)
    n = len(offset)
    return float(((offset @ offset.T).sum() - n) / (n * (n - 1)))
