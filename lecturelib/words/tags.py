"""Tags of words: the most frequent tag of each, and the names that B-kind, I-kind and O mark.

>>> spans(["B-place", "I-place", "O"])
{('place', 0, 2)}
>>> span_f1([["B-place", "O"]], [["B-place", "O"]])
100.0
"""

from collections import Counter
from collections.abc import Iterable


def most_frequent_tag(words: Iterable[str], tags: Iterable[str]) -> dict[str, str]:
    """Return each word's most frequent tag, and under "" the most frequent of all, for words that did not occur.

    Of equally frequent tags it is the one that occurs first.

    Raises:
        TypeError: one string in place of a list, or something else than a string among them.
        ValueError: there are not as many tags as words, or none.

    """
    words, tags = strings("words", words), strings("tags", tags)
    if len(words) != len(tags) or not tags:
        raise ValueError(f"tags: expected one for each of {len(words)} words, at least one, got {len(tags)}")
    found = {"": Counter(tags).most_common(1)[0][0]}
    for (word, tag), _ in reversed(Counter(zip(words, tags, strict=True)).most_common()):
        found[word] = tag  # the most frequent one is written last
    return found


Span = tuple[str, int, int]  # kind, number of the first word, and of the one behind the last


def spans(tags: Iterable[str]) -> set[Span]:
    """Return the names that B-kind, I-kind and O mark.

    A name continues only with an I- of its own kind. An I- with no name to continue begins one, as in the shared task
    of CoNLL-2003, whose script's scores are the published ones.

    Raises:
        TypeError: `tags` is one string, or something else than a string is among them.
        ValueError: tags of another scheme, such as E-kind, S-kind, U-kind or kind-B.

    """
    found, begun = set(), None
    for t, tag in enumerate([*strings("tags", tags), "O"]):
        mark, _, kind = tag.partition("-")
        check_tag(tag, mark, kind)
        if begun is not None and not (mark == "I" and kind == begun[0]):
            found.add((*begun, t))
            begun = None
        if begun is None and mark != "O":
            begun = (kind, t)
    return found


def span_f1(expected: Iterable[Iterable[str]], got: Iterable[Iterable[str]]) -> float:
    """Return F1 of the names in all sentences, in percent; a name is right if its kind and both its ends are.

    precision = right / got,  recall = right / expected,  F1 = 2 precision · recall / (precision + recall)

    Raises:
        TypeError: tags in place of lists of tags.
        ValueError: not as many sentences, or words of a sentence, or tags that `spans` does not take.

    """
    truth, guess = sentences_of_tags("expected", expected), sentences_of_tags("got", got)
    if len(truth) != len(guess):
        raise ValueError(f"got: expected {len(truth)} sentences, got {len(guess)}")
    right = both = 0
    for one, other in zip(truth, guess, strict=True):
        if len(one) != len(other):
            raise ValueError(f"got: expected {len(one)} tags in a sentence, got {len(other)}")
        a, b = spans(one), spans(other)
        right, both = right + len(a & b), both + len(a) + len(b)
    return 200 * right / both if both else 0.0  # the same: 2 right / (expected + got)


def strings(name: str, values: Iterable[str]) -> list[str]:
    """Return the strings as a list, or raise TypeError: for a string alone is read as its letters."""
    if isinstance(values, str | set | frozenset | dict) or not isinstance(values, Iterable):  # a set has no order
        raise TypeError(f"{name}: expected a list of strings, got {values!r:.60} ({type(values).__name__})")
    values = list(values)
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"{name}: expected a list of strings, got a {type(value).__name__} among them")
    return values


def sentences_of_tags(name: str, sentences: Iterable[Iterable[str]]) -> list[list[str]]:
    """Return each sentence's tags as a list, or raise TypeError."""
    if isinstance(sentences, str | set | frozenset | dict) or not isinstance(sentences, Iterable):
        raise TypeError(f"{name}: expected lists of tags, got {sentences!r:.60} ({type(sentences).__name__})")
    sentences = list(sentences)
    if any(isinstance(tags, str) for tags in sentences):
        raise TypeError(f"{name}: expected lists of tags, got a string among them")
    return [strings(name, tags) for tags in sentences]


def check_word(word: object) -> None:
    """Raise TypeError unless it is a string."""
    if not isinstance(word, str):
        raise TypeError(f"word: expected a string, got {word!r:.60} ({type(word).__name__})")


def check_tag(tag: str, mark: str, kind: str) -> None:
    """Raise ValueError unless the tag is B-kind, I-kind or O."""
    if tag != "O" and not (mark in ("B", "I") and kind):
        raise ValueError(f"tags: expected B-kind, I-kind or O, got {tag!r}")
