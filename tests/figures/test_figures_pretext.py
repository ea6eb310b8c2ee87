"""Answers of pretext networks, drawn: the bars and shades are the probabilities."""

from typing import Any

import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from lecturelib import figures
from lecturelib.figures.style import BLUE, ORANGE

PICTURES = torch.rand(3, 3, 6, 6, generator=torch.Generator().manual_seed(0))
PATCH = PICTURES[0]

EXAMPLES: dict[str, Any] = {
    "turn_answers": lambda: figures.turn_answers(PICTURES.repeat(2, 1, 1, 1), torch.full((6, 4), 0.25), 1),
    "turn_answers, asked": lambda: figures.turn_answers(PICTURES),
    "direction_answer": lambda: figures.direction_answer(PATCH, PATCH, torch.full((8,), 0.125), 2),
    "direction_answer, asked": lambda: figures.direction_answer(PATCH, PATCH),
}


def test_the_bars_of_turns_are_the_probabilities_and_the_true_one_is_blue():
    p = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]])
    figure = figures.turn_answers(PICTURES, p, 2)
    below = figure.axes[3:]
    for ax, bars in zip(below, p, strict=True):
        assert [bar.get_height() for bar in ax.patches if isinstance(bar, Rectangle)] == bars.tolist()
        assert [to_hex(bar.get_facecolor()).upper() for bar in ax.patches] == [ORANGE, ORANGE, BLUE, ORANGE]
    for ax, true in zip(figures.turn_answers(PICTURES, p, [3, 0, 1]).axes[3:], [3, 0, 1], strict=True):
        assert [to_hex(bar.get_facecolor()).upper() == BLUE for bar in ax.patches] == [k == true for k in range(4)]
    assert not any(ax.patches for ax in figures.turn_answers(PICTURES, y=[3, 0, 1]).axes)


@pytest.mark.parametrize(("y", "row", "column"), [(0, 0, 0), (3, 1, 0), (4, 1, 2), (7, 2, 2)])
def test_the_compass_shades_by_probability_and_frames_the_true_direction(y, row, column):
    p = torch.full((8,), 0.05)
    p[y] = 0.65
    compass = figures.direction_answer(PATCH, PATCH, p, y).axes[2]
    cells = [patch for patch in compass.patches if isinstance(patch, Rectangle)]
    shaded = max((cell for cell in cells if cell.get_fill()), key=lambda cell: cell.get_alpha() or 0)
    framed = [cell for cell in cells if cell.get_linewidth() > 1]
    assert shaded.get_alpha() == pytest.approx(0.65)
    for cell in (shaded, *framed):
        assert (round(cell.get_y() + 0.48), round(cell.get_x() + 0.48)) == (row, column)
    assert len(framed) == 1
    texts = [text.get_text() for text in compass.texts]
    assert sorted(texts) == ["5%"] * 7 + ["65%"]


def test_a_question_gives_nothing_away():
    compass = figures.direction_answer(PATCH, PATCH).axes[2]
    assert {text.get_text() for text in compass.texts} == {"?"}
    assert len({cell.get_linewidth() for cell in compass.patches if not cell.get_fill()}) == 1
    assert not any(cell.get_alpha() for cell in compass.patches if cell.get_fill())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.turn_answers(PICTURES, torch.zeros(2, 4), 0), r"p: expected shape \[3, 4\], got \[2, 4\]"),
        (lambda: figures.turn_answers(PICTURES, torch.zeros(3, 4), 4), "y: expected one of 0, 1, 2, 3, got 4"),
        (lambda: figures.turn_answers(PICTURES, y=[0, 1]), "y: expected one rotation or 3, got 2"),
        (lambda: figures.turn_answers(2 * PICTURES, torch.zeros(3, 4), 0), r"pictures: expected values in \[0, 1\]"),
        (lambda: figures.direction_answer(PATCH, PATCH, torch.zeros(9)), r"p: expected shape \[8\], got \[9\]"),
        (lambda: figures.direction_answer(PATCH, PATCH, y=8), "y: expected one of 0, 1, 2, 3, 4, 5, 6, 7, got 8"),
        (lambda: figures.direction_answer(PATCH - 1, PATCH), r"first, second: expected values in \[0, 1\]"),
    ],
)
def test_bad_input_is_named(plain_errors, call, message):
    with pytest.raises(ValueError, match=message):
        call()
