"""Analogies: "a is to b as c is to ...?", answered by the arithmetic of word vectors.

    the lecture      argmin_w ‖v_w - v_king - (v_woman - v_man)‖²
    3CosAdd          argmax_w cos(w, king) - cos(w, man) + cos(w, woman)
    3CosMul          argmax_w c(w, king) c(w, woman) / (c(w, man) + ε),  c = (1 + cos) / 2

Mikolov, Yih and Zweig, "Linguistic Regularities in Continuous Space Word Representations", NAACL 2013; Levy and
Goldberg, "Linguistic Regularities in Sparse and Explicit Word Representations", CoNLL 2014 (3CosMul).

An answer is right if its score is larger than that of every other word, by more than rounding: a tie is wrong. This is
what `evaluation.WordVectors.analogies` calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

Method = Literal["3cosadd", "3cosmul", "argmin"]
METHODS = ("3cosadd", "3cosmul", "argmin")
EPSILON = 1e-6  # of 3CosMul
FREQUENT = 2000  # words that an answer is compared with first
ROUNDING = 16  # units in the last place by which a right answer has to lead
EVAL_BATCH_SIZE = 64  # questions: their scores of 20,000 words are 5 MB


class AnalogyScore(NamedTuple):
    """The number of questions whose right answer came first, and of all that were asked."""

    correct: int
    asked: int

    @property
    def accuracy(self) -> float:
        """Percent; NaN where nothing was asked."""
        return 100 * self.correct / self.asked if self.asked else float("nan")


def answer(
    table: Float[Tensor, "V dim"],
    spellings: Int64[Tensor, "V width"],
    number: Mapping[str, int],
    questions: Iterable[Sequence[str]],
    *,
    method: Method,
    exclude: bool,
) -> AnalogyScore:
    """Answer the questions whose words are known.

    Args:
        table: the unit vectors, or for "argmin" the vectors themselves.
        spellings: of each word the rows of all its spellings, padded with its own.
        number: the row of each word, written in upper case.
        questions: of four words each, the last of them the answer.
        method: see above.
        exclude: whether the first three words are no answers.

    Raises:
        TypeError, ValueError: a question is not four words.

    """
    asked_words = _questions(questions)
    # Each word is looked up once, and the numbers are never a list: with few words, that would take the most time.
    numbers = {word: number.get(word.upper(), -1) for word in set(chain.from_iterable(asked_words))}
    rows = np.fromiter(map(numbers.__getitem__, chain.from_iterable(asked_words)), np.int64, 4 * len(asked_words))
    asked = torch.from_numpy(rows).view(-1, 4)
    asked = asked[(asked >= 0).all(dim=1)]
    left = asked[(asked[:, 3:] != asked[:, :3]).all(dim=1)] if exclude else asked
    # Most wrong answers lose to a frequent word; only those that are left are compared with all the others.
    V = len(table)
    cut = min(FREQUENT, V - 1)
    for first, end in ((0, cut + 1), (max(0, cut - 1), V)):
        left = left[_wins(table, spellings, left, first, end, method, exclude)]
    return AnalogyScore(len(left), len(asked))


def _wins(
    table: Float[Tensor, "V dim"],
    spellings: Int64[Tensor, "V width"],
    asked: Int64[Tensor, "n 4"],
    first: int,
    end: int,
    method: Method,
    exclude: bool,
) -> Bool[Tensor, " n"]:
    """Return whether the answer scores higher than every other word from `first` up to `end`, for each question.

    Words to leave out that are not in this range are replaced by one at the cut, which both ranges contain.
    """
    known, at = asked[:, :3].unique(return_inverse=True)
    same = spellings[asked]
    right = _products(table[asked[:, :3]], table[same[:, 3]], method)
    right = _scores(right[:, 0], right[:, 1], right[:, 2], method).amax(dim=1)
    products = _products(table[known], table[first:end], method)
    out = (same if exclude else same[:, 3:]).flatten(1) - first
    out = out.where((out >= 0) & (out < end - first), 0 if first else end - 1)
    # Questions with the same a and b are neighbours, and share a part of their scores.
    _, runs = (at[:, 0] * len(known) + at[:, 1]).unique_consecutive(return_counts=True)
    sizes = [min(EVAL_BATCH_SIZE, run - done) for run in runs.tolist() for done in range(0, run, EVAL_BATCH_SIZE)]
    best = [right[:0]]
    for row, gone in zip(at.split(sizes), out.split(sizes), strict=True):
        a, b, c = products[row[0, 0]], products[row[0, 1]], products.index_select(0, row[:, 2])
        best.append(_scores(a, b, c, method).scatter_(1, gone, -torch.inf).amax(dim=1))
    scale = right if method == "3cosmul" else table.square().sum(dim=1)[asked].sum(dim=1)
    return right - torch.cat(best) > ROUNDING * torch.finfo(table.dtype).eps * scale


def _products(
    x: Float[Tensor, "*n some dim"], w: Float[Tensor, "*n others dim"], method: Method
) -> Float[Tensor, "*n some others"]:
    """Return what the scores are made of, for words x and w: cos(w, x), or c(w, x), or what argmin needs."""
    products = x @ w.mT
    if method == "argmin":  # ‖w - q‖² = ‖w‖² - 2 w · q + a constant: of a, b and c, -a + b + c is left
        products -= w.square().sum(dim=-1, keepdim=True).mT / 2
    return (1 + products) / 2 if method == "3cosmul" else products


def _scores(a: Tensor, b: Tensor, c: Tensor, method: Method) -> Tensor:
    """Return the scores of words, given their products with a, b and c; the last is overwritten."""
    return c.mul_(b / (a + EPSILON)) if method == "3cosmul" else c.add_(b - a)


def _questions(questions: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """Return the questions as a list, or raise unless each has four words."""
    listed = isinstance(questions, Iterable) and not isinstance(questions, str)
    asked: list[Any] = list(questions) if listed else [questions]
    if set(map(type, asked)) - {tuple, list}:
        for question in asked:
            if isinstance(question, str | set | frozenset) or not isinstance(question, Iterable):
                got = f"{question!r} ({type(question).__name__})"
                raise TypeError(f"sections: expected questions of four words, got {got}")
        asked = [tuple(question) for question in asked]
    if set(map(len, asked)) - {4}:
        wrong = next(question for question in asked if len(question) != 4)
        raise ValueError(f"sections: expected questions of four words, got {wrong!r}")
    for kind in set(map(type, chain.from_iterable(asked))):
        if not issubclass(kind, str):
            raise TypeError(f"sections: expected questions of four words, got a {kind.__name__} among the words")
    return asked
