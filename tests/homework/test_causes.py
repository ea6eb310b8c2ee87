"""The cause that a message names: right for each typical mistake, and none where none explains all values."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lecturelib.homework import close

X = torch.tensor([[0.3, -1.7, 2.2], [1.1, 0.4, -0.6], [-2.5, 3.1, 0.9]])
P = torch.tensor([0.1, 0.25, 0.65])
MISTAKES: dict[str, tuple[Callable[[Tensor], Tensor], Tensor, str]] = {
    "sign": (lambda b: -b, X, "the sign is turned"),
    "transposed": (lambda b: b.T, X, "it is transposed"),
    "transposed, another shape": (lambda b: b.T, X[:2], "it is transposed"),
    "mean for sum": (lambda b: b / 7, X, "it is 7 times too small: a mean where a sum is asked?"),
    "sum for mean": (lambda b: b * 3, X, "it is 3 times too large: a sum where a mean is asked?"),
    "fraction for percent": (lambda b: b / 100, P, "a mean where a sum is asked, or a fraction where percent is?"),
    "base of the logarithm": (lambda b: b / math.log(2), X, "factor ln 2 (natural logarithm or base 2?)"),
    "another factor": (lambda b: b * -0.3, X, "it differs by the factor 0.3 and the sign is turned"),
    "one too many": (lambda b: b + 1, X, "every value is 1 too large"),
    "some one too many": (
        lambda b: b + (b > 3).long(),
        torch.tensor([5, 1, 4, 7, 2]),
        "every wrong value is 1 too large",
    ),
    "root left out": (lambda b: b / 3**0.5, X, "the root of 3 times too small: is a root missing, or one too many?"),
    "half precision": (lambda b: (b / 3).half() * 3, X * 1.0001, "it was calculated in float16"),
    "logarithm": (torch.log, P, "it is the logarithm of what is expected"),
    "exponential": (torch.exp, X, "it is the exponential of what is expected"),
    "sigmoid": (torch.sigmoid, X, "it is the sigmoid of what is expected"),
    "probability of the other": (lambda b: 1 - b, P, "it is one minus what is expected"),
    "softmax": (lambda b: b.softmax(1), X, "it is the softmax of what is expected, over dimension 1"),
    "reverse": (lambda b: b.flip(0), X, "it is in reverse order along dimension 0"),
    "shifted": (lambda b: torch.cat([b[:, :1] * 0, b[:, :-1]], 1), X, "it is shifted by one along dimension 1"),
    "other order": (lambda b: b[:, [1, 0, 2]], X, "the values are right, but in another order"),
    "diagonal": (lambda b: b + torch.diag(P), X, "only the diagonal differs"),
    "upper triangle": (torch.tril, X, "only entries above the diagonal differ"),
    "last row": (lambda b: torch.cat([b[:2], b[2:] * P]), X, "only the last along dimension 0 differs"),
    "nan": (lambda b: torch.where(b > 3, torch.nan, b), X, "1 value is nan"),
    "shape": (lambda b: b[:, None], X, "the values are right, the shape is not"),
    "not summed": (lambda b: torch.stack([b, 2 * b, -2 * b]), X[0], "is what is expected"),
    "summed": (lambda b: b.sum(0), X, "it is the sum over dimension 0 of what is expected"),
    "averaged": (lambda b: b.mean(), X[0], "it is the mean over dimension 0 of what is expected"),
    "zeros": (lambda b: torch.zeros_like(b), X, "every wrong value is 0"),
    "bias left out": (lambda b: b - P, X, "along dimension 0 all values are off by the same amount: is a term missing"),
    "weights left out": (lambda b: b * P[:, None], X, "along dimension 1 all values are off by the same factor"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_cause_is_named(mistake: str):
    change, right, words = MISTAKES[mistake]
    with pytest.raises(AssertionError) as found:
        close(change(right), right)
    assert words in str(found.value)
    assert len(str(found.value).splitlines()) == 1


def test_a_number_has_causes_too():
    for got, words in (
        (-2.5, "the sign is turned"),
        (7.5, "3 times too large"),
        (2.5 / math.log(2), "ln 2"),
        (2.5 * 7**0.5, "the root of 7"),
    ):
        with pytest.raises(AssertionError, match=words):
            close(got, 2.5)


def test_the_number_of_a_word_has_none():
    with pytest.raises(AssertionError, match=r"^answers\[1\]: expected 4, got 8$"):
        close([3, 8], [3, 4], name="answers")


def test_nothing_but_zeros_is_called_so():
    with pytest.raises(AssertionError, match=r"; every wrong value is 0$"):
        close(torch.zeros(4), torch.tensor([0.1, 0.2, 0.3, 0.4]))


def test_no_cause_is_named_that_does_not_explain_every_value():
    generator = torch.Generator().manual_seed(1)
    for shape in ((4,), (3, 5), (4, 4), (2, 3, 4), ()):
        right, wrong = torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)
        with pytest.raises(AssertionError) as found:
            close(wrong, right)
        assert ";" not in str(found.value)
