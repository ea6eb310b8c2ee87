"""Phrases: pairs of words that occur together far more often than by chance, made into one word.

Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013, section 4:

    score(a, b) = (count(ab) - δ) / (count(a) · count(b))

As in the released word2phrase.c, the score is multiplied by the number of words N, so that one threshold does for
corpora of all sizes: about how many times as often as by chance a and b stand together.

    >>> phrases = find_phrases(sentences, discount=5, threshold=100)      # {("New", "York"), …}
    >>> model = Word2Vec().fit(Joined(sentences, phrases))                # "New_York" is a word now
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from itertools import pairwise, zip_longest

from lecturelib import checks
from lecturelib.words.vocabulary import check_iterable, check_sentence, check_sentences

Pair = tuple[str, str]


def find_phrases(sentences: Iterable[Sequence[str]], *, discount: int = 5, threshold: float = 100.0) -> set[Pair]:
    """Return the pairs of neighbours whose score exceeds the threshold; all pairs are counted in memory.

    Args:
        sentences: lists of words, read once.
        discount: δ, keeps rare pairs out: one that occurs δ times or less is no phrase.
        threshold: of the score times N, above 0.

    Raises:
        TypeError: `sentences` or one of them is a string, or anything else than an iterable of words.

    """
    discount, threshold = (
        checks.integer_between("discount", discount, 0, 2**62),
        checks.number("threshold", threshold, above=0),
    )
    check_iterable(sentences)
    words: Counter[str] = Counter()
    pairs: Counter[Pair] = Counter()
    for sentence in sentences:
        check_sentence(sentence)
        sentence = list(sentence)
        if not all(isinstance(word, Hashable) for word in sentence):
            raise TypeError(f"sentences: expected lists of words, got {sentence!r:.60}")
        words.update(sentence)
        pairs.update(pairwise(sentence))
    N = words.total()
    return {(a, b) for (a, b), n in pairs.items() if (n - discount) * N > threshold * words[a] * words[b]}


class Joined:
    """The sentences with their phrases joined, from left to right; may be read again and again, as `sentences`.

    Args:
        sentences: lists of words.
        phrases: pairs of words. Those of a second run over joined sentences make longer phrases.
        by: what is put between the words.

    """

    def __init__(self, sentences: Iterable[Sequence[str]], phrases: Collection[Pair], *, by: str = "_") -> None:
        check_sentences(sentences)
        if not isinstance(phrases, Collection) or not all(isinstance(p, tuple | list) and len(p) == 2 for p in phrases):
            raise TypeError(f"phrases: expected a set of pairs of words, got {phrases!r} ({type(phrases).__name__})")
        self._sentences, self._phrases, self._by = sentences, set(map(tuple, phrases)), by

    def __iter__(self) -> Iterator[list[str]]:
        for sentence in self._sentences:
            joined: list[str] = []
            check_sentence(sentence, again=True)
            sentence = list(sentence)
            rest = zip_longest(sentence, sentence[1:])
            for a, b in rest:
                if b is not None and (a, b) in self._phrases:
                    next(rest)
                    a = f"{a}{self._by}{b}"
                joined.append(a)
            yield joined
