"""Figures of encoders and their training: what is drawn is what was given."""

from typing import Any

import numpy as np
import pytest
import torch
from drawn import axes_of
from drawn import texts as drawn_texts

from lecturelib import figures


def pictures(n: int = 3) -> torch.Tensor:
    return torch.rand(n, 3, 8, 8, generator=torch.Generator().manual_seed(0))


MODELS = {"SimCLR": [(94.0, 74.2), (24.0, 69.3)], "rotation": [(86.0, 55.4)]}

EXAMPLES: dict[str, Any] = {
    "simclr_pipeline": lambda: figures.simclr_pipeline(*pictures()),
    "skip_blocks": figures.skip_blocks,
    "accuracy_by_size": lambda: figures.accuracy_by_size(MODELS, supervised=76.5, ylabel="accuracy, %"),
}


def texts(figure: Any) -> list[str]:
    return [text.get_text() for text in drawn_texts(figure)]


def test_the_pipeline_shows_the_image_and_its_views_and_both_branches_share_their_weights():
    given = pictures()
    figure = figures.simclr_pipeline(*given)
    (ax,) = axes_of(figure)
    shown = [np.asarray(image.get_array()) for image in ax.images]
    assert len(shown) == 3
    assert all(np.allclose(a, b.permute(1, 2, 0).numpy()) for a, b in zip(shown, given, strict=True))
    assert [texts(figure).count(name) for name in ("encoder", "projection\nhead", "same weights")] == [2, 2, 2]


def test_blocks_have_two_convolutions_each_and_a_sum_wherever_there_is_a_skip():
    found = texts(figures.skip_blocks())
    assert [found.count(name) for name in ("conv", "+", "F", "G")] == [6, 4, 1, 1]


def test_accuracy_by_size_joins_the_sizes_of_a_method_in_order():
    (ax,) = axes_of(figures.accuracy_by_size(MODELS, supervised=76.5))
    lines = [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines]
    assert lines[:2] == [([24.0, 94.0], [69.3, 74.2]), ([86.0], [55.4])]
    assert lines[2][1] == [76.5, 76.5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.simclr_pipeline(*pictures()[:, 0]), "image"),
        (lambda: figures.accuracy_by_size({}), "models: expected 1 to 6 methods, got 0"),
        (lambda: figures.accuracy_by_size({"a": []}), "models: expected at least one model for each method"),
        (lambda: figures.accuracy_by_size({"a": [(0, 1)]}), "models: expected positive numbers of parameters"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises((ValueError, TypeError)) as error:
        call()
    assert str(error.value).startswith(message)
