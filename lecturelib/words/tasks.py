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

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor, nn
from torch.nn.functional import embedding, hardtanh

from lecturelib import checks
from lecturelib.words.feature_rows import check_features, check_integers
from lecturelib.words.tags import check_word

SHAPES = ("edge", "lower", "Capital", "UPPER", "miXed", "number", "mark")


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


def word_shape(word: str) -> int:
    """Return the number in `SHAPES` of how a word is written: "mark" has neither letter nor digit.

    Raises:
        TypeError: it is not a string.

    """
    check_word(word)
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
    of, offset = (torch.arange(*ends, device=rows.device) for ends in ((0, len(rows)), (-reach, reach + 1)))
    at = of.unsqueeze(1) + offset
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
