"""Translation: what the functions take besides lists and tensors, and what they refuse."""

from typing import Any

import numpy as np
import pytest
import torch

from lecturelib.words.translation import LinearMap, csls, nearness
from lecturelib.words.translation_scores import edit_distances, occurrences, precision


def test_answers_may_be_tensors_arrays_and_what_is_read_once():
    found = torch.tensor([[3, 1], [0, 4]])
    expected = precision(found, [{3}, {5}])
    assert expected == 50
    assert precision(found, [torch.tensor([3]), torch.tensor([5])]) == expected
    assert precision(found, np.array([[3], [5]])) == expected
    assert precision(found, (iter(own) for own in ([3], [5]))) == expected
    assert edit_distances((word for word in ["a"]), iter(["ab", "b"])).tolist() == [[1, 1]]
    assert edit_distances([], ["a"]).shape == (0, 1)


OTHER: Any = [1], ["1"], [[1]]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: precision(torch.tensor([[1]]), OTHER[0]),
            "answers: expected one collection of integers for each word",
        ),
        (
            lambda: precision(torch.tensor([[1]]), OTHER[1]),
            "answers: expected one collection of integers for each word",
        ),
        (lambda: precision(OTHER[2], [{1}]), r"found: expected integers \[words, k\], got list"),
        (lambda: precision(torch.tensor([1]), [{1}]), r"found: expected integers \[words, k\], got torch.int64 \[1\]"),
        (lambda: occurrences(torch.ones(2, 2), 3), r"found: expected integers \[words, k\], got torch.float32"),
        (lambda: edit_distances("cat", ["a"]), r"queries: expected a list of strings, got 'cat' \(str\)"),
        (lambda: edit_distances(["a"], "cat"), r"words: expected a list of strings, got 'cat' \(str\)"),
    ],
)
def test_other_kinds_of_arguments_are_named(call, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        call()


@pytest.mark.usefixtures("plain_errors")
def test_numbers_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"^found: expected numbers from 0 to 2, got 3$"):
        occurrences(torch.tensor([[3]]), 3)
    X = torch.ones(4, 4)
    for call in (lambda: nearness(torch.ones(2, 3), torch.ones(4, 3)), lambda: csls(X, X, X[0])):
        with pytest.raises(ValueError, match=r"^neighbours: expected an integer from 1 to 4, got 10$"):
            call()


@pytest.mark.usefixtures("plain_errors")
def test_a_map_is_fitted_before_it_is_used():
    x = torch.ones(2, 3)
    for call in (lambda: LinearMap()(x), lambda: LinearMap().translate(x, x)):
        with pytest.raises(ValueError, match=r"^W: expected a fitted map, got one before fit\(X, Z\)$"):
            call()
