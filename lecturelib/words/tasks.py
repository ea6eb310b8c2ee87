"""Extrinsic tasks: what features of words are good for, measured by a small network that reads them.

Collobert, Weston, Bottou, Karlen, Kavukcuoglu and Kuksa, "Natural Language Processing (Almost) from Scratch", JMLR 12
(2011), the window approach: a word is tagged by the words around it.

    x_t = (e_{t-w}, c_{t-w}, …, e_{t+w}, c_{t+w})      e_i: features of a word, c_i: of its shape, such as "Capital"
    p(tag of word t) = softmax(b + U hardtanh(d + H x_t))
    p(class of a sentence) = softmax(b + U (1/n) Σ_t e_t)

The features are rows of a table: one per word of a vocabulary (word2vec, GloVe), or, for a model that reads the whole
sentence, one per position in the text. They stay as they are (frozen) or are trained with the rest (finetuned).

    >>> rows = word_rows(words, model.vocabulary)                          # words: a list, all sentences in one
    >>> table = Lookup(standardised(model.vectors, rows), finetune=False)
    >>> x = windows(rows, lengths, reach=2, edge=table.edge)               # lengths: of the sentences
    >>> shapes = windows(torch.tensor([word_shape(w) for w in words]), lengths, reach=2, edge=0)
    >>> tagger = WindowTagger(table, num_tags=17)
    >>> cross_entropy(tagger(x, shapes), tags)
"""

import re
from collections.abc import Iterable

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor, nn
from torch.nn.functional import embedding, hardtanh

from lecturelib import checks
from lecturelib.words.tags import strings
from lecturelib.words.vocabulary import Vocabulary

RUN = re.compile(r"[^\W_]+")  # letters and digits
SHAPES = ("edge", "lower", "Capital", "UPPER", "miXed", "number", "mark")


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


class Lookup(nn.Module):
    """A table of features with two rows more: `unknown`, of words that have none, and `edge`, beyond a sentence's end.

    Args:
        features: one row per word; none at all where the words' features come from elsewhere.
        finetune: whether the table is trained; its gradient is sparse, for an optimizer such as Adagrad.

    Raises:
        TypeError, ValueError: `features` is not a finite matrix of floats.

    """

    table: Tensor

    def __init__(self, features: Float[Tensor, "V d"], *, finetune: bool) -> None:
        check_features(features)
        super().__init__()
        self.unknown, self.edge = len(features), len(features) + 1
        rows = torch.cat([features, features.new_zeros(2, features.shape[1])])
        if finetune:
            if not torch.sparse.check_sparse_tensor_invariants.is_enabled():
                torch.sparse.check_sparse_tensor_invariants.disable()  # as they are, but torch warns until it is said
            self.table = nn.Parameter(rows)
        else:
            self.register_buffer("table", rows)

    def forward(self, rows: Integer[Tensor, "*batch"]) -> Float[Tensor, "*batch d"]:
        """Return the features of words with these numbers.

        Raises:
            TypeError, ValueError: they are not integers from 0 to `edge`, of any width, on the table's device.

        """
        check_numbers("rows", rows, self.table)
        return embedding(rows.long(), self.table, sparse=self.table.requires_grad)


class WindowTagger(nn.Module):
    """p(tag of word t) = softmax(b + U hardtanh(d + H x_t)), x_t the features and shapes of the words around.

    Args:
        lookup: the table of features.
        num_tags: number of tags.
        reach: w, the number of words on either side.
        hidden_size: number of hidden units; the paper has 300.
        shape_features: length of the vector of each shape; the paper has 5.

    """

    def __init__(
        self, lookup: Lookup, num_tags: int, *, reach: int = 2, hidden_size: int = 100, shape_features: int = 5
    ) -> None:
        num_tags = checks.positive_int("num_tags", num_tags)
        reach = checks.positive_int("reach", reach)
        hidden_size = checks.positive_int("hidden_size", hidden_size)
        shape_features = checks.positive_int("shape_features", shape_features)
        check_lookup(lookup)
        super().__init__()
        self.e, self.reach = lookup, reach
        self.c = nn.Embedding(len(SHAPES), shape_features)
        self.H = nn.Linear((2 * reach + 1) * (lookup.table.shape[1] + shape_features), hidden_size)  # with its bias d
        self.U = nn.Linear(hidden_size, num_tags)  # with its bias b

    def forward(
        self, x: Integer[Tensor, "batch words"], shapes: Integer[Tensor, "batch words"]
    ) -> Float[Tensor, "batch tags"]:
        """Return a score for each tag of the middle word; their softmax gives the probabilities.

        Raises:
            TypeError, ValueError: not integers [batch, 2 reach + 1], rows of the table and shapes.

        """
        check_width("x", x, 2 * self.reach + 1)
        check_numbers("shapes", shapes, self.c.weight)
        check_shapes(shapes, x)
        return self.scores(self.e(x), shapes)

    def scores(
        self, e: Float[Tensor, "*batch words d"], shapes: Integer[Tensor, "*batch words"]
    ) -> Float[Tensor, "*batch tags"]:
        """Return the scores, given the words' features."""
        x_t = torch.cat([e, self.c(shapes.long())], dim=-1).flatten(-2)  # (e_{t-w}, c_{t-w}, …, e_{t+w}, c_{t+w})
        return self.U(hardtanh(self.H(x_t)))  # b + U hardtanh(d + H x_t)


class SentenceClassifier(nn.Module):
    """p(class) = softmax(b + U (1/n) Σ_t e_t): linear in the mean of the words' features.

    Args:
        lookup: the table of features.
        num_classes: number of classes.

    """

    def __init__(self, lookup: Lookup, num_classes: int) -> None:
        num_classes = checks.positive_int("num_classes", num_classes)
        check_lookup(lookup)
        super().__init__()
        self.e, self.U = lookup, nn.Linear(lookup.table.shape[1], num_classes)

    def forward(self, x: Integer[Tensor, "batch longest"]) -> Float[Tensor, "batch classes"]:
        """Return a score for each class of each sentence, a row of words with `lookup.edge` behind the last.

        Raises:
            TypeError, ValueError: not integers [batch, longest], rows of the table.

        """
        check_width("x", x)
        return self.scores(self.e(x), x.long() != self.e.edge)

    def scores(
        self, e: Float[Tensor, "batch longest d"], inside: Bool[Tensor, "batch longest"]
    ) -> Float[Tensor, "batch classes"]:
        """Return the scores, given the words' features, and where there are words."""
        total = (e * inside.unsqueeze(2)).sum(dim=1)  # Σ_t e_t
        return self.U(total / inside.sum(dim=1, keepdim=True).clamp(min=1))


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
    return torch.tensor(found, dtype=torch.int64)


def longest_run(word: str) -> str:
    """Return the longest run of letters and digits of a word, in lower case; of equally long ones the first."""
    return max(RUN.findall(word.lower()), key=len, default="")


def word_shape(word: str) -> int:
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
    rows: Integer[Tensor, " n"], lengths: Integer[Tensor, " sentences"], *, reach: int, edge: int
) -> Int64[Tensor, "n words"]:
    """Return for each word the numbers of the `reach` words before it, of itself, and of as many behind it.

    Args:
        rows: numbers of words, one sentence after the other.
        lengths: of the sentences.
        reach: w.
        edge: the number where the sentence has no word.

    Raises:
        TypeError, ValueError: `rows` or `lengths` are not integers in a row, or the lengths do not add up to n.

    """
    check_integers("rows", rows)
    check_integers("lengths", lengths)
    reach, rows, lengths = checks.positive_int("reach", reach), rows.long(), lengths.long()
    edge = checks.integer_between("edge", edge, 0, 2**62)
    if int(lengths.sum()) != len(rows):
        raise ValueError(f"lengths: expected to add up to {len(rows)} words, got {int(lengths.sum())}")
    end = lengths.cumsum(0).repeat_interleave(lengths).unsqueeze(1)
    start = end - lengths.repeat_interleave(lengths).unsqueeze(1)
    at = torch.arange(len(rows)).unsqueeze(1) + torch.arange(-reach, reach + 1)
    inside = (start <= at) & (at < end)
    return torch.where(inside, rows[at.clamp(0, max(len(rows) - 1, 0))], edge)


def check_lookup(lookup: object) -> None:
    """Raise TypeError unless it is a table of features."""
    if not isinstance(lookup, Lookup):
        raise TypeError(f"lookup: expected a Lookup, got {getattr(lookup, '__name__', type(lookup).__name__)}")


def check_shapes(shapes: Tensor, x: Tensor) -> None:
    """Raise ValueError unless there is a shape for each word."""
    if shapes.shape != x.shape:
        raise ValueError(f"shapes: expected the shape of x, {list(x.shape)}, got {list(shapes.shape)}")


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


def check_numbers(name: str, x: object, table: Tensor) -> None:
    """Raise unless `x` is integers from 0 to the last row of `table`, on its device."""
    expected = f"{name}: expected integers from 0 to {len(table) - 1}"
    if not isinstance(x, Tensor) or x.dtype not in checks.INTEGERS:
        raise TypeError(f"{expected}, got {x.dtype if isinstance(x, Tensor) else type(x).__name__}")
    if x.device != table.device:
        raise ValueError(f"{expected}, on {table.device} (the table's), got a tensor on {x.device}")
    low, high = checks.lowest_and_highest(x) if x.numel() and checks.can_read(x) else (0, 0)
    if low < 0 or high >= len(table):
        raise ValueError(f"{expected}, got {low} to {high}")


def check_width(name: str, x: object, width: int | None = None) -> None:
    """Raise unless `x` is a matrix, with so many columns."""
    if not isinstance(x, Tensor) or x.dim() != 2 or x.shape[1] != (width or x.shape[1]):
        got = list(x.shape) if isinstance(x, Tensor) else type(x).__name__
        raise (ValueError if isinstance(x, Tensor) else TypeError)(
            f"{name}: expected integers [batch, {width or 'longest'}], got {got}"
        )


def check_features(features: object) -> None:
    """Raise unless `features` is a matrix of floats, finite where there is a row."""
    if not isinstance(features, Tensor) or features.dim() != 2 or not features.is_floating_point():
        got = f"{features.dtype} {list(features.shape)}" if isinstance(features, Tensor) else type(features).__name__
        raise TypeError(f"features: expected a matrix of floats [V, d], got {got}")
    if len(features):
        checks.matrix("features", features, features.shape[1], features)
