"""Tasks for word features: the networks against their formulas, windows against loops."""

from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy, pad
from torch.testing import assert_close

from lecturelib.words import Vocabulary, tasks
from lecturelib.words.feature_rows import moments, standardised, word_rows
from lecturelib.words.tasks import SHAPES, Lookup, SentenceClassifier, WindowTagger


@pytest.fixture
def g():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("finetune", [False, True])
def test_the_tagger_is_its_formula(g, finetune):
    E = torch.randn(7, 4, generator=g, dtype=torch.float64)
    model = WindowTagger(Lookup(E, finetune=finetune), 3, reach=1, hidden_size=6, shape_features=2).double()
    x, c = torch.tensor([[8, 0, 6], [2, 7, 8]]), torch.tensor([[0, 1, 2], [3, 6, 0]])
    for t in range(2):
        parts = [torch.cat([pad(E, (0, 0, 0, 2))[i], model.c.weight[j]]) for i, j in zip(x[t], c[t], strict=True)]
        a = (model.H.bias + model.H.weight @ torch.cat(parts)).clamp(-1, 1)
        assert_close(model(x, c)[t], model.U.bias + model.U.weight @ a)


def test_the_classifier_is_its_formula(g):
    E = torch.randn(5, 3, generator=g, dtype=torch.float64)
    model = SentenceClassifier(Lookup(E, finetune=False), 2).double()
    x = torch.tensor([[0, 4, 5, 6], [3, 6, 6, 6], [6, 6, 6, 6]])  # 5 is unknown, 6 is behind the end
    mean = torch.stack([(E[0] + E[4]) / 3, E[3], torch.zeros(3, dtype=torch.float64)])
    assert_close(model(x), mean @ model.U.weight.T + model.U.bias)


def test_frozen_features_have_no_gradient_and_finetuned_ones_the_dense_one(g):
    E = torch.randn(5, 3, generator=g)
    x, y = torch.tensor([[0, 4, 5], [0, 0, 6]]), torch.tensor([0, 1])
    frozen, tuned = (SentenceClassifier(Lookup(E, finetune=f), 2) for f in (False, True))
    assert [name for name, _ in frozen.named_parameters()] == ["U.weight", "U.bias"]
    assert torch.equal(frozen.state_dict()["e.table"], pad(E, (0, 0, 0, 2)))
    tuned.U.load_state_dict(frozen.U.state_dict())
    assert_close(frozen(x), tuned(x))
    cross_entropy(tuned(x), y).backward()
    table = pad(E, (0, 0, 0, 2)).requires_grad_()
    inside = (x != 6).float()[..., None]
    mean = (table[x] * inside).sum(1) / inside.sum(1)
    cross_entropy(mean @ tuned.U.weight.T + tuned.U.bias, y).backward()
    assert tuned.e.table.grad is not None
    assert tuned.e.table.grad.is_sparse
    assert table.grad is not None
    assert_close(tuned.e.table.grad.to_dense(), table.grad)
    assert table.grad[6].abs().max() == 0  # what is beyond a sentence is not learnt here


def test_standardised(g):
    rows = torch.tensor([3, 3, 3, 4, 9, 50, 51])
    x = standardised(3 + 5 * torch.randn(50, 3, generator=g, dtype=torch.float64), rows)
    text = x[rows[:5]]  # 50 and 51 are none of the 50 words
    assert_close(text.mean(0), torch.zeros(3, dtype=torch.float64))
    assert_close(text.std(0), torch.ones(3, dtype=torch.float64))
    assert torch.isfinite(standardised(torch.ones(4, 2), torch.arange(4))).all()


@pytest.mark.parametrize("reach", [1, 2, 5])
def test_windows_against_a_loop(g, reach):
    lengths = torch.tensor([3, 1, 0, 6])
    rows = torch.randint(0, 9, (10,), generator=g)
    expected = []
    for sentence in rows.split(lengths.tolist()):
        padded = [99] * reach + sentence.tolist() + [99] * reach
        expected += [padded[t : t + 2 * reach + 1] for t in range(len(sentence))]
    assert tasks.windows(rows, lengths, reach=reach, edge=99).tolist() == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("the", "lower"),
        ("the1", "lower"),
        ("The", "Capital"),
        ("I", "Capital"),
        ("'Tis", "Capital"),
        ("Jean-luc", "Capital"),
        ("USA", "UPPER"),
        ("U.S.", "UPPER"),
        ("McDonald", "miXed"),
        ("iPhone", "miXed"),
        ("1,999", "number"),
        ("'99", "number"),
        ("...", "mark"),
        ("_", "mark"),
        ("", "mark"),
    ],
)
def test_shape(word, expected):
    assert SHAPES[tasks.word_shape(word)] == expected


def test_word_rows():
    vocabulary = Vocabulary({"the": 9, "paris": 5, "n": 3, "n't": 2, "b": 1})
    words = ["The", "#Paris", "n't", "'n", "zz-b", "?", "", "a-b", "un_paris"]
    # a word itself comes before its run; of two runs the longer, of equally long ones the first
    assert word_rows(words, vocabulary).tolist() == [0, 1, 3, 2, 5, 5, 5, 5, 1]
    assert word_rows([], vocabulary).dtype == torch.int64


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: Lookup([[1.0]], finetune=True),  # type: ignore[arg-type]
            TypeError,
            r"^features: expected a matrix of floats \[V, d\], got list",
        ),
        (lambda: Lookup(torch.ones(3).long(), finetune=True), TypeError, r"^features: .* got torch.int64 \[3\]"),
        (lambda: Lookup(torch.full((2, 2), torch.nan), finetune=True), ValueError, "^features: expected finite values"),
        (
            lambda: WindowTagger(Lookup(torch.ones(2, 2), finetune=True), 0),
            ValueError,
            "^num_tags: expected a positive int",
        ),
        (
            lambda: SentenceClassifier(Lookup(torch.ones(2, 2), finetune=True), 0),
            ValueError,
            "^num_classes: expected a pos",
        ),
        (
            lambda: tasks.windows(torch.arange(3), torch.tensor([2]), reach=1, edge=9),
            ValueError,
            "^lengths: expected to add up to 3 words, got 2$",
        ),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


NUMBER: Any = 1
LIST: Any = ["O"]


def test_one_word_is_standardised_to_zero_and_none_is_refused():
    x = torch.randn(4, 3)
    assert standardised(x, torch.tensor([2]))[2].tolist() == [0, 0, 0]
    assert torch.isfinite(standardised(x, torch.tensor([2]))).all()
    mean, deviation = moments(x[:1])
    assert torch.equal(mean, x[0])
    assert (deviation > 0).all()
    with pytest.raises(ValueError, match=r"^rows: expected at least one word that has features, got none$"):
        standardised(x, torch.tensor([4, 5]))


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tasks.windows(NUMBER, torch.tensor([3]), reach=1, edge=9), TypeError, "rows: expected integers"),
        (lambda: tasks.windows(torch.arange(3), LIST, reach=1, edge=9), TypeError, "lengths: .* got list"),
        (lambda: tasks.windows(torch.arange(3) > 1, torch.tensor([3]), reach=1, edge=9), TypeError, "rows: .*bool"),
        (
            lambda: tasks.windows(torch.arange(3), torch.tensor([4, -1]), reach=1, edge=9),
            ValueError,
            "lengths: expected integers of at least 0, got -1",
        ),
        (
            lambda: standardised(torch.ones(3, 2), torch.tensor([-1])),
            ValueError,
            "rows: expected integers of",
        ),
        (
            lambda: standardised(torch.ones(3, 2), torch.ones(2)),
            TypeError,
            "rows: expected integers .*float32",
        ),
    ],
)
def test_rows_and_lengths_are_rows_of_integers(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()
