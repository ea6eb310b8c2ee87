"""The figures of what a pixel reads: the triangle is that of the Row LSTM's own layer, the order that of the model."""

from typing import Any

import pytest
import torch
from drawn import axes_of
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from lecturelib import figures
from lecturelib.autoregressive.row_lstm import RowLSTMLayer
from lecturelib.figures.masks import SEEN
from lecturelib.figures.style import SKY, VERMILION

EXAMPLES = {
    "gated_stacks": figures.gated_stacks,
    "row_lstm_triangle": lambda: figures.row_lstm_triangle(6, 11, 5),
    "row_lstm_triangle, at the border": lambda: figures.row_lstm_triangle(9, 5, 0),
    "multi_scale_order": lambda: figures.multi_scale_order(6, 6, 20),
    "multi_scale_order, large": lambda: figures.multi_scale_order(14, 14, 60, stride=4),
}


def cells(figure: Any) -> dict[tuple[float, float], Rectangle]:
    """Return the last square that was drawn at each row and column."""
    squares = [patch for patch in axes_of(figure)[0].patches if isinstance(patch, Rectangle) and patch.get_width() == 1]
    return {(patch.get_y() + 0.5, patch.get_x() + 0.5): patch for patch in squares}


@pytest.mark.parametrize("column", [0, 3, 6])
def test_the_triangle_is_what_reaches_a_state_of_the_layer(column):
    height, width = 4, 7
    layer = RowLSTMLayer(hidden_channels=2, channels=1).double()
    torch.manual_seed(0)
    c = h = torch.zeros(1, 2, width, dtype=torch.float64)
    rows = []
    for _ in range(height):  # what each row adds to the gates: the derivative by it says which rows and columns count
        own = torch.randn(1, 8, width, dtype=torch.float64, requires_grad=True)
        rows.append(own)
        h, c = layer.cell(own + layer.K_ss(h), c)
    gradients = torch.autograd.grad(h[0, :, column].sum(), rows)
    reached = torch.stack([g[0].abs().sum(0) > 0 for g in gradients])
    drawn = cells(figures.row_lstm_triangle(height, width, column))
    for (row, place), patch in drawn.items():
        inside = to_rgb(patch.get_facecolor()) in (to_rgb(SEEN), to_rgb(VERMILION))
        assert inside == bool(reached[int(row), int(place)])
    assert to_rgb(drawn[height - 1, column].get_facecolor()) == to_rgb(VERMILION)


def test_what_the_triangle_misses_is_hatched():
    drawn = cells(figures.row_lstm_triangle(4, 7, 3))
    assert {at for at, patch in drawn.items() if patch.get_hatch()} == {
        (row, place) for row in range(4) for place in range(7) if (row < 3 or place < 3) and abs(place - 3) > 3 - row
    }


def test_multi_scale_order_draws_the_small_image_first():
    figure = figures.multi_scale_order(4, 6, 9, stride=2)
    ax = axes_of(figure)[0]
    number = {text.get_position()[::-1]: int(text.get_text()) for text in ax.texts}
    small = [(row, column) for row in (0, 2) for column in (0, 2, 4)]
    rest = [(row, column) for row in range(4) for column in range(6) if (row, column) not in small]
    assert [number[at] for at in small + rest] == list(range(1, 25))
    colours = {at: to_rgb(patch.get_facecolor()) for at, patch in cells(figure).items()}
    assert [at for at in colours if colours[at] == to_rgb(SKY)] == small
    assert [at for at in number if number[at] < 9 and at not in small] == [
        at for at in colours if colours[at] == to_rgb(SEEN)
    ]
    assert colours[rest[2]] == to_rgb(VERMILION)


def test_gated_stacks_have_two_stacks_of_equal_gates():
    texts = [text.get_text() for ax in axes_of(figures.gated_stacks()) for text in ax.texts]
    assert sum("odot" in text for text in texts) == 2
    assert {"vertical stack", "horizontal stack", "1 x 1"} < set(texts)


@pytest.mark.parametrize(
    ("draw", "named"),
    [
        (lambda: figures.row_lstm_triangle(0, 3, 0), "height"),
        (lambda: figures.row_lstm_triangle(3, 3, 3), "column"),
        (lambda: figures.multi_scale_order(3, 3, 10), "i"),
        (lambda: figures.multi_scale_order(3, 3, 1, stride=0), "stride"),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, named):
    with pytest.raises(ValueError, match=f"^{named}: expected"):
        draw()
