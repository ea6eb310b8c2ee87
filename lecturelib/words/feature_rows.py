"""The features of a text's words as rows of a table: which row each word has, and rows of one scale.

>>> rows = word_rows(words, model.vocabulary)       # words: a list, all sentences in one
>>> features = standardised(model.vectors, rows)    # mean 0 and deviation 1 over these words
"""

import re
from collections.abc import Iterable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lecturelib import checks
from lecturelib.words.tags import check_word, strings
from lecturelib.words.vocabulary import Vocabulary

RUN = re.compile(r"[^\W_]+")  # letters and digits


def standardised(features: Float[Tensor, "V d"], rows: Int64[Tensor, " n"]) -> Float[Tensor, "V d"]:
    """Give every column mean 0 and standard deviation 1 over a text, so that one step size suits all features.

    Args:
        features: one row per word.
        rows: the text's words; numbers from V on, of unknown words, do not count.

    Raises:
        TypeError, ValueError: `features` is not a matrix of floats, `rows` are not integers, or no word of the text has
            features.

    """
    check_features(features)
    check_integers("rows", rows)
    rows = rows.long()
    known = features[rows[rows < len(features)]]
    mean, deviation = moments(known)
    return (features - mean) / deviation


def moments(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, " d"], Float[Tensor, " d"]]:
    """Return mean and standard deviation of every column, the latter at least 1e-6; that of one row is 0.

    Raises:
        TypeError, ValueError: not a matrix of floats, or there is no row.

    """
    check_matrix(x)
    if not len(x):
        raise ValueError("rows: expected at least one word that has features, got none")
    return x.mean(dim=0), x.std(dim=0, correction=min(1, len(x) - 1)).clamp(min=1e-6)


def word_rows(words: Iterable[str], vocabulary: Vocabulary) -> Int64[Tensor, " n"]:
    """Return each word's number, and V for unknown ones.

    A word counts as the vocabulary's in lower case; where that is unknown, as its longest run of letters and digits:
    "n't" as "n", "#Paris" as "paris". Nothing is left of punctuation.

    Raises:
        TypeError: `words` is one string, or something else than a string is among them.

    """
    check_vocabulary(vocabulary)
    number = {word: i for i, word in enumerate(vocabulary)}
    found = [number.get(word.lower(), number.get(longest_run(word), len(number))) for word in strings("words", words)]
    return torch.tensor(found, dtype=torch.int64, device="cpu")


def longest_run(word: str) -> str:
    """Return the longest run of letters and digits of a word, in lower case; of equally long ones the first.

    Raises:
        TypeError: it is not a string.

    """
    check_word(word)
    return max(RUN.findall(word.lower()), key=len, default="")


def check_matrix(x: object) -> None:
    """Raise TypeError unless it is a matrix of floats."""
    if not isinstance(x, Tensor) or x.dim() != 2 or not x.is_floating_point():
        got = f"{x.dtype} {list(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"x: expected floats [n, d], got {got}")
    if checks.can_read(x) and not x.isfinite().all():
        raise ValueError(f"x: expected finite numbers, got {int((~x.isfinite()).sum())} others")


def check_vocabulary(vocabulary: object) -> None:
    """Raise TypeError unless it is a vocabulary, or a list of words."""
    if isinstance(vocabulary, str) or not isinstance(vocabulary, Iterable):
        raise TypeError(f"vocabulary: expected a Vocabulary, got {type(vocabulary).__name__}")


def check_integers(name: str, x: object) -> None:
    """Raise unless `x` is a row of integers of at least 0."""
    if not isinstance(x, Tensor) or x.dtype not in checks.INTEGERS or x.dim() != 1:
        got = f"{x.dtype} {list(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"{name}: expected integers [n], got {got}")
    checks.has_values(name, x)
    if checks.can_read(x) and len(x) and x.min() < 0:
        raise ValueError(f"{name}: expected integers of at least 0, got {int(x.min())}")


def check_features(features: object) -> None:
    """Raise unless `features` is a matrix of floats, finite where there is a row."""
    if not isinstance(features, Tensor) or features.dim() != 2 or not features.is_floating_point():
        got = f"{features.dtype} {list(features.shape)}" if isinstance(features, Tensor) else type(features).__name__
        raise TypeError(f"features: expected a matrix of floats [V, d], got {got}")
    if len(features):
        checks.matrix("features", features, features.shape[1], features)
