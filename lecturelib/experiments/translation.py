"""Words translated by a linear map between two spaces: Mikolov, Le and Sutskever (2013), with sentences of Tatoeba.

Skip-gram learns English vectors from the English sentences and Spanish ones from the Spanish sentences, each alone: no
model sees which sentence translates which. A part of a dictionary determines the map, other parts test it. Still, the
two texts say the same things, which makes the spaces more alike than those of unrelated texts. So there are three:

    all            English and Spanish of all pairs
    same half      of every second family of pairs, both sides
    two halves     English of every second family, Spanish of the others: no sentence with its translation

    >>> space = train(*texts("all"), seed=0)
    >>> asked = questions(space, "test")
    >>> found = answers(space, asked.words, pairs_of(questions(space, "train")), "procrustes", "csls")
"""

from collections.abc import Container, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lecturelib.datasets import load
from lecturelib.datasets.bilingual import families, words_of
from lecturelib.datasets.words import WORD
from lecturelib.words import Vocabulary, Word2Vec
from lecturelib.words.translation import LinearMap, Method, Score, centred
from lecturelib.words.translation_scores import precision

TEXTS = ("all", "same half", "two halves")
SETTINGS: dict[str, Any] = {"vector_size": 100, "epochs": 20, "window": 5}
TOP = 5


class Asked(NamedTuple):
    """Words to translate: the English words' numbers, and the numbers of their right Spanish translations."""

    words: Int64[Tensor, " words"]
    answers: list[set[int]]


class Space(NamedTuple):
    """Two vocabularies and their vectors."""

    en: Vocabulary
    es: Vocabulary
    X: Float[Tensor, "source dim"]
    Z: Float[Tensor, "target dim"]


@cache
def texts(name: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the English and the Spanish sentences of one of TEXTS, each sentence of a language once.

    Raises:
        DatasetError: the data set can neither be found nor downloaded.

    """
    pairs = load("tatoeba-en-es").train
    halves: list[list[tuple[str, str]]] = [[], []]
    # Sentences are compared as skip-gram reads them: "Go!" and "Go." are the same words.
    read = [(_read(english), _read(spanish)) for english, spanish in pairs]
    for pair, family in zip(pairs, families(read), strict=True):
        halves[family % 2].append(pair)
    english, spanish = {"all": (pairs, pairs), "same half": (halves[0],) * 2, "two halves": halves}[name]
    return words_of(english, "en"), words_of(spanish, "es")


def _read(sentence: str) -> str:
    return " ".join(WORD.findall(sentence.lower()))


def train(english: Sequence[Sequence[str]], spanish: Sequence[Sequence[str]], seed: int, **settings: Any) -> Space:
    """Learn the vectors of both languages, each from its own sentences and from a seed of its own."""
    one, two = (
        Word2Vec(seed=2 * seed + k, **{**SETTINGS, **settings}).fit(sentences)
        for k, sentences in enumerate((english, spanish))
    )
    return Space(one.vocabulary, two.vocabulary, one.vectors, two.vectors)


def questions(space: Space, part: str, known: Container[str] | None = None) -> Asked:
    """Return the words of a part of the dictionary that are in the vocabulary with a translation that is, too.

    Args:
        space: has both vocabularies.
        part: "train", "valid" or "test".
        known: the English words to ask; None is all.

    """
    words, answers = [], []
    for word, translations in getattr(load("freedict-en-es"), part).items():
        right = {space.es.index(translation) for translation in translations if translation in space.es}
        if word in space.en and right and (known is None or word in known):
            words.append(space.en.index(word))
            answers.append(right)
    return Asked(torch.tensor(words, dtype=torch.long), answers)


def pairs_of(asked: Asked) -> tuple[Tensor, Tensor]:
    """Return the pairs that the map is fitted to: the numbers of the words, and those of their translations."""
    pairs = [(i, j) for i, right in zip(asked.words.tolist(), asked.answers, strict=True) for j in sorted(right)]
    i, j = torch.tensor(pairs, dtype=torch.long).view(-1, 2).T
    return i, j


def answers(space: Space, words: Tensor, pairs: tuple[Tensor, Tensor], method: Method, score: Score) -> Tensor:
    """Fit the map to the pairs and return the numbers of the best translations of words: [words, TOP]."""
    W = LinearMap(method).fit(space.X[pairs[0]], space.Z[pairs[1]])
    return W.translate(space.X[words], space.Z, TOP, score=score, sources=space.X)[1]


def both(found: Tensor, asked: Asked) -> dict[str, float]:
    """Return P@1 and P@5."""
    return {f"P@{k}": round(precision(found[:, :k], asked.answers), 2) for k in (1, TOP)}


def all_centred(space: Space) -> Space:
    """Return the same words with `translation.centred` vectors."""
    return space._replace(X=centred(space.X), Z=centred(space.Z))
