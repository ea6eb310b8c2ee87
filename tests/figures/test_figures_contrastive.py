"""Figures of contrastive learning: the numbers in them are those given."""

from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lecturelib import figures


def images(n=4, size=8):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))


SCORES = {
    "ResNet": {"rotation": 60.0, "jigsaw": 52.0, "none": 40.0},
    "VGG": {"rotation": 51.0, "jigsaw": 55.0, "none": 35.0},
}

EXAMPLES: dict[str, Any] = {
    "heat_map": lambda: figures.heat_map(
        ["crop", "colour", "blur"], torch.eye(3).mul(9).tolist(), split=1, label="points"
    ),
    "contrastive_softmax": lambda: figures.contrastive_softmax(images(1)[0], images(5), torch.linspace(-1, 1, 5), 1.0),
    "score_lines": lambda: figures.score_lines(SCORES, ylabel="accuracy, %", base="none"),
}


def texts(figure: Figure) -> list[str]:
    """What is written inside the axes."""
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_heat_map_writes_every_number_and_draws_the_larger_ones_darker():
    figure = figures.heat_map(["a", "b"], [[10.0, 30.0], [30.0, 20.04]], split=1, label="points")
    assert texts(figure) == ["10.0", "30.0", "30.0", "20.0"]
    (ax,) = figure.axes
    assert np.asarray(ax.images[0].get_array()).tolist() == [[10, 30], [30, pytest.approx(20.04)]]
    assert np.asarray(ax.lines[1].get_xdata(), dtype=float)[0] == 0.5
    assert ax.get_title() == "points"


def test_contrastive_softmax_shows_the_softmax():
    cosines = torch.tensor([0.9, 0.1, -0.5])
    figure = figures.contrastive_softmax(images(1)[0], images(3), cosines, 2.0)
    shares = (cosines / 2).softmax(0)
    heights = [patch.get_height() for ax in figure.axes for patch in ax.patches if isinstance(patch, Rectangle)]
    assert heights == pytest.approx(shares.tolist())
    assert [f"{value:.2f}" for value in shares] == texts(figure)[1:]


def test_score_lines_draw_a_line_each_and_the_base_apart():
    scores = {"A": {"x": 1.0, "y": 2.0, "none": 0.5}, "B": {"x": 2.0, "y": 1.0, "none": 0.6}}
    (ax,) = figures.score_lines(scores, ylabel="points", base="none").axes
    heights = [np.asarray(line.get_ydata(), dtype=float).tolist() for line in ax.lines]
    assert sorted(heights, key=len) == [[0.5], [0.6], [1, 2], [2, 1]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y", "none"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.heat_map(["a"], [[1.0, 2.0]]), "values: expected finite numbers [1, 1], got [1, 2]"),
        (
            lambda: figures.contrastive_softmax(images(1)[0], images(3), torch.zeros(2), 1.0),
            "cosines: expected 3, one for each",
        ),
        (lambda: figures.score_lines({}, ylabel=""), "scores: expected the same tasks for each architecture"),
        (
            lambda: figures.score_lines({"A": {"x": 1.0}, "B": {"y": 1.0}}, ylabel=""),
            "scores: expected the same tasks for each architecture, got [['x'], ['y']]",
        ),
        (
            lambda: figures.score_lines({str(k): {"x": 1.0} for k in range(9)}, ylabel=""),
            "scores: expected at most 6 architectures, got 9",
        ),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
