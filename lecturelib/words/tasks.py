"""Extrinsic tasks: what features of words are good for, told by a small net that has them as its input.

Collobert, Weston, Bottou, Karlen, Kavukcuoglu and Kuksa, "Natural Language Processing (Almost) from Scratch", JMLR 12
(2011), the window approach: a word is tagged by what stands around it.

    x_t = (e_{t-w}, c_{t-w}, …, e_{t+w}, c_{t+w})      e_i: features of a word, c_i: of its shape, such as "Capital"
    p(tag of word t) = softmax(b + U hardtanh(d + H x_t))
    p(class of a sentence) = softmax(b + U (1/n) Σ_t e_t)

The features are rows of a table: one a word of a vocabulary (word2vec, GloVe), or, for a model that looks at the whole
sentence, one for each place in the text. They stay as they are (frozen) or are trained with the rest (finetuned).

    >>> rows = word_rows(words, model.vocabulary)                          # words: a list, all sentences in one
    >>> table = Lookup(standardised(model.vectors, rows), finetune=False)
    >>> x = windows(rows, lengths, reach=2, edge=table.edge)               # lengths: of the sentences
    >>> shapes = windows(torch.tensor([shape(w) for w in words]), lengths, reach=2, edge=0)
    >>> tagger = WindowTagger(table, tags=17)
    >>> cross_entropy(tagger(x, shapes), tags)
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import embedding, hardtanh

from lecturelib import checks
from lecturelib.words.vocabulary import Vocabulary

RUN = re.compile(r"[^\W_]+")  # letters and digits
SHAPES = ("edge", "lower", "Capital", "UPPER", "miXed", "number", "mark")


def standardised(features: Float[Tensor, "V d"], rows: Int64[Tensor, " n"]) -> Float[Tensor, "V d"]:
    """Give every column mean 0 and standard deviation 1 over a text, so that one step size suits all features.

    Args:
        features: one row a word.
        rows: the text's words; numbers from V on, of unknown words, do not count.

    """
    of = features[rows[rows < len(features)]]
    return (features - of.mean(dim=0)) / of.std(dim=0).clamp(min=1e-6)


class Lookup(nn.Module):
    """A table of features, and two rows more: `unknown`, of words that have none, and `edge`, beyond a sentence's end.

    Args:
        features: one row a word; none at all where the words' features come from elsewhere.
        finetune: whether the table is trained; its gradient is sparse, for an optimizer such as Adagrad.

    Raises:
        TypeError, ValueError: `features` is no finite matrix of floats.

    """

    def __init__(self, features: Float[Tensor, "V d"], *, finetune: bool) -> None:
        super().__init__()
        if not isinstance(features, Tensor) or features.dim() != 2 or not features.is_floating_point():
            got = (
                f"{features.dtype} {list(features.shape)}" if isinstance(features, Tensor) else type(features).__name__
            )
            raise TypeError(f"features: expected a matrix of floats [V, d], got {got}")
        if len(features):
            checks.matrix("features", features, features.shape[1], features)
        self.unknown, self.edge = len(features), len(features) + 1
        rows = torch.cat([features, features.new_zeros(2, features.shape[1])])
        self.table: Tensor
        if finetune:
            torch.sparse.check_sparse_tensor_invariants.disable()  # as is the default; torch wants it said
            self.table = nn.Parameter(rows)
        else:
            self.register_buffer("table", rows, persistent=False)  # it does not change: no part of a checkpoint

    def forward(self, rows: Int64[Tensor, "*batch"]) -> Float[Tensor, "*batch d"]:
        """Return the features of words with these numbers."""
        return embedding(rows, self.table, sparse=self.table.requires_grad)


class WindowTagger(nn.Module):
    """p(tag of word t) = softmax(b + U hardtanh(d + H x_t)), x_t the features and shapes of the words around.

    Args:
        lookup: the table of features.
        tags: how many there are.
        reach: w, words to either side.
        hidden: units; the paper has 300.
        shape_features: numbers for each shape; the paper has 5.

    Raises:
        TypeError, ValueError: a size is no positive integer.

    """

    def __init__(
        self, lookup: Lookup, tags: int, *, reach: int = 2, hidden: int = 100, shape_features: int = 5
    ) -> None:
        sizes = dict(tags=tags, reach=reach, hidden=hidden, shape_features=shape_features)
        for name, size in sizes.items():
            checks.positive_int(name, size)
        super().__init__()
        self.e = lookup
        self.c = nn.Embedding(len(SHAPES), shape_features)
        self.reach = reach
        self.H = nn.Linear((2 * reach + 1) * (lookup.table.shape[1] + shape_features), hidden)  # with its bias d
        self.U = nn.Linear(hidden, tags)  # with its bias b

    def forward(
        self, x: Int64[Tensor, "batch words"], shapes: Int64[Tensor, "batch words"]
    ) -> Float[Tensor, "batch tags"]:
        """Return a score for each tag of the middle word; their softmax are the probabilities."""
        return self.scores(self.e(x), shapes)

    def scores(
        self, e: Float[Tensor, "*batch words d"], shapes: Int64[Tensor, "*batch words"]
    ) -> Float[Tensor, "*batch tags"]:
        """As `forward`, given the words' features."""
        x_t = torch.cat([e, self.c(shapes)], dim=-1).flatten(-2)  # (e_{t-w}, c_{t-w}, …, e_{t+w}, c_{t+w})
        return self.U(hardtanh(self.H(x_t)))  # b + U hardtanh(d + H x_t)


class SentenceClassifier(nn.Module):
    """p(class) = softmax(b + U (1/n) Σ_t e_t): linear in the mean of the words' features.

    Args:
        lookup: the table of features.
        classes: how many there are.

    Raises:
        TypeError, ValueError: `classes` is no positive integer.

    """

    def __init__(self, lookup: Lookup, classes: int) -> None:
        checks.positive_int("classes", classes)
        super().__init__()
        self.e, self.U = lookup, nn.Linear(lookup.table.shape[1], classes)

    def forward(self, x: Int64[Tensor, "batch longest"]) -> Float[Tensor, "batch classes"]:
        """Return a score for each class of sentences, rows of words with the number `lookup.edge` behind the last."""
        return self.scores(self.e(x), x != self.e.edge)

    def scores(
        self, e: Float[Tensor, "batch longest d"], inside: Bool[Tensor, "batch longest"]
    ) -> Float[Tensor, "batch classes"]:
        """As `forward`, given the words' features, and where there are words."""
        total = (e * inside.unsqueeze(2)).sum(dim=1)  # Σ_t e_t
        return self.U(total / inside.sum(dim=1, keepdim=True).clamp(min=1))


def word_rows(words: Iterable[str], vocabulary: Vocabulary) -> Int64[Tensor, " n"]:
    """Return each word's number, and V for unknown ones.

    A word counts as the vocabulary's in lower case; where that is unknown, as its longest run of letters and digits:
    "n't" as "n", "#Paris" as "paris". Nothing is left of punctuation.
    """
    number = {word: i for i, word in enumerate(vocabulary)}
    found = [number.get(word.lower(), number.get(longest_run(word), len(number))) for word in words]
    return torch.tensor(found, dtype=torch.int64)


def longest_run(word: str) -> str:
    """Return the longest run of letters and digits of a word, in lower case; of equally long ones the first."""
    return max(RUN.findall(word.lower()), key=len, default="")


def shape(word: str) -> int:
    """Return the number in `SHAPES` of how a word is written: "mark" has neither letter nor digit."""
    if not any(letter.isalnum() for letter in word):
        return SHAPES.index("mark")
    if not any(letter.isalpha() for letter in word):
        return SHAPES.index("number")
    if word == word.lower():
        return SHAPES.index("lower")
    first = next(letter for letter in word if letter.isalpha())
    if first.isupper() and sum(letter.isupper() for letter in word) == 1:
        return SHAPES.index("Capital")  # "I" too
    return SHAPES.index("UPPER" if word == word.upper() else "miXed")


def windows(
    rows: Int64[Tensor, " n"], lengths: Int64[Tensor, " sentences"], *, reach: int, edge: int
) -> Int64[Tensor, "n words"]:
    """Return for each word the numbers of the `reach` words before it, of itself, and of as many behind it.

    Args:
        rows: numbers of words, one sentence after the other.
        lengths: of the sentences.
        reach: w.
        edge: stands where the sentence has no word.

    Raises:
        ValueError: the lengths do not add up to n.

    """
    checks.positive_int("reach", reach)
    if int(lengths.sum()) != len(rows):
        raise ValueError(f"lengths: expected to add up to {len(rows)} words, got {int(lengths.sum())}")
    end = lengths.cumsum(0).repeat_interleave(lengths).unsqueeze(1)
    start = end - lengths.repeat_interleave(lengths).unsqueeze(1)
    at = torch.arange(len(rows)).unsqueeze(1) + torch.arange(-reach, reach + 1)
    inside = (start <= at) & (at < end)
    return torch.where(inside, rows[at.clamp(0, max(len(rows) - 1, 0))], edge)


def usual_tags(words: Sequence[str], tags: Sequence[str]) -> dict[str, str]:
    """Return each word's most frequent tag, and under "" the most frequent of all, for words that did not come.

    Raises:
        ValueError: there are not as many tags as words, or none.

    """
    if len(words) != len(tags) or not tags:
        raise ValueError(f"tags: expected one for each of {len(words)} words, at least one, got {len(tags)}")
    usual = {"": Counter(tags).most_common(1)[0][0]}
    for (word, tag), _ in reversed(Counter(zip(words, tags, strict=True)).most_common()):
        usual[word] = tag  # the most frequent one is written last
    return usual


Span = tuple[str, int, int]  # kind, number of the first word, and of the one behind the last


def spans(tags: Sequence[str]) -> set[Span]:
    """Return the names that B-kind, I-kind and O mark.

    A name goes on only at an I- of its own kind. Where an I- has no name to go on, it begins one, as in the shared task
    of CoNLL-2003, whose script's scores are the published ones.
    """
    found, begun = set(), None
    for t, tag in enumerate([*tags, "O"]):
        mark, _, kind = tag.partition("-")
        if begun is not None and not (mark == "I" and kind == begun[0]):
            found.add((*begun, t))
            begun = None
        if begun is None and mark != "O":
            begun = (kind, t)
    return found


def span_f1(expected: Iterable[Sequence[str]], got: Iterable[Sequence[str]]) -> float:
    """Return F1 of the names in all sentences, in per cent; a name is right if its kind and both its ends are.

    precision = right / got,  recall = right / expected,  F1 = 2 precision · recall / (precision + recall)

    Raises:
        ValueError: not as many sentences, or words of a sentence.

    """
    right = both = 0
    for one, other in zip(expected, got, strict=True):
        if len(one) != len(other):
            raise ValueError(f"got: expected {len(one)} tags in a sentence, got {len(other)}")
        a, b = spans(one), spans(other)
        right, both = right + len(a & b), both + len(a) + len(b)
    return 200 * right / both if both else 0.0  # the same: 2 right / (expected + got)
