"""Phrases: pairs of words that come together far more often than apart, made into one word.

Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013, section 4:

    score(a, b) = (count(ab) - δ) / (count(a) · count(b))

As in the released word2phrase.c, the score is multiplied by the number of words N, so that one threshold does for
corpora of all sizes: about how many times as often as by chance a and b stand together.

    >>> phrases = find_phrases(sentences, discount=5, threshold=100)      # {("New", "York"), …}
    >>> model = Word2Vec().fit(Joined(sentences, phrases))                # "New_York" is a word now
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise, zip_longest

from lecturelib import checks

Pair = tuple[str, str]


def find_phrases(sentences: Iterable[Sequence[str]], *, discount: int = 5, threshold: float = 100.0) -> set[Pair]:
    """Return the pairs of neighbours whose score exceeds the threshold; all pairs are counted in memory.

    Args:
        sentences: lists of words, read once.
        discount: δ, keeps rare pairs out: one that comes δ times or less is none.
        threshold: of the score times N.

    Raises:
        TypeError, ValueError: an argument is not as described.

    """
    checks.integer_between("discount", discount, 0, 2**62)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise TypeError(f"threshold: expected a number, got {threshold!r} ({type(threshold).__name__})")
    if not threshold > 0:
        raise ValueError(f"threshold: expected a positive number, got {threshold}")
    words: Counter[str] = Counter()
    pairs: Counter[Pair] = Counter()
    for sentence in sentences:
        if isinstance(sentence, str):
            raise TypeError(
                f"sentences: expected lists of words, got a string {sentence[:20]!r} among them: split() it"
            )
        words.update(sentence)
        pairs.update(pairwise(sentence))
    N = words.total()
    return {(a, b) for (a, b), n in pairs.items() if (n - discount) * N > threshold * words[a] * words[b]}


class Joined:
    """The sentences with their phrases joined, from left to right; may be read again and again as `sentences` may.

    Args:
        sentences: lists of words.
        phrases: pairs of words. Those of a second run over joined sentences make longer phrases.
        by: what is put between the words.

    """

    def __init__(self, sentences: Iterable[Sequence[str]], phrases: Collection[Pair], *, by: str = "_") -> None:
        if iter(sentences) is sentences:
            raise TypeError(
                "sentences: expected what can be read again and again, such as a list, got an iterator "
                f"({type(sentences).__name__}): list(…) is"
            )
        self._sentences, self._phrases, self._by = sentences, phrases, by

    def __iter__(self) -> Iterator[list[str]]:
        for sentence in self._sentences:
            joined: list[str] = []
            rest = zip_longest(sentence, sentence[1:])
            for a, b in rest:
                if b is not None and (a, b) in self._phrases:
                    next(rest)
                    a = f"{a}{self._by}{b}"
                joined.append(a)
            yield joined
