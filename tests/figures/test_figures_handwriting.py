"""Pen strokes: what is drawn is what was given, and the laws of all figures hold."""

from typing import Any

import numpy as np
import pytest
import torch
from drawn import axes_of
from matplotlib.colors import to_rgb

from lecturelib import figures
from lecturelib.figures.handwriting import pen_strokes
from lecturelib.figures.style import BLUE, INK

TWO_STROKES = torch.tensor([[1.0, 0, 0], [0, 2, 1], [3, 0, 0], [0, -1, 1]])
DOT = torch.tensor([[1.0, 1, 1], [2, 2, 1]])
X, Y = torch.linspace(-2, 6, 9), torch.linspace(-3, 3, 7)
MAP = torch.arange(63.0).view(7, 9)

EXAMPLES: dict[str, Any] = {
    "drawings": lambda: figures.drawings({"Test set": [TWO_STROKES, DOT, TWO_STROKES], "samples": [DOT]}),
    "drawings, many": lambda: figures.drawings({f"row {k}": [TWO_STROKES] * 8 for k in range(5)}),
    "pen_steps": lambda: figures.pen_steps(TWO_STROKES),
    "pen_lines": lambda: figures.pen_lines({"one": TWO_STROKES, "two, longer": TWO_STROKES.repeat(20, 1)}),
    "mixture_outputs": figures.mixture_outputs,
    "mixture_outputs, one": lambda: figures.mixture_outputs(1),
    "pen_density": lambda: figures.pen_density(TWO_STROKES, X, Y, MAP),
}


def inked(ax: Any) -> list[Any]:
    lines = [line for line in ax.lines if to_rgb(line.get_color()) == to_rgb(INK) and line.get_linestyle() == "-"]
    return [line.get_xydata().tolist() for line in lines]


STROKES = [[[0, 0], [1, 0], [1, 2]], [[4, 2], [4, 1]]]


def test_a_step_behind_a_lifted_pen_leaves_no_ink():
    assert [stroke.tolist() for stroke in pen_strokes(TWO_STROKES)] == STROKES
    assert [stroke.tolist() for stroke in pen_strokes(DOT)] == [[[0, 0], [1, 1]], [[3, 3]]]
    unfinished = TWO_STROKES.clone()
    unfinished[:, 2] = 0
    assert [len(stroke) for stroke in pen_strokes(unfinished)] == [5]


def test_lines_are_drawn_whole_each_with_its_own_scale():
    axes = axes_of(figures.pen_lines({"a": TWO_STROKES, "b": TWO_STROKES * torch.tensor([9.0, 9, 1])}))
    assert [ax.get_title(loc="left") for ax in axes] == ["a", "b"]
    assert inked(axes[0]) == STROKES
    assert inked(axes[1]) == [np.multiply(9, stroke).tolist() for stroke in STROKES]
    for ax in axes:
        points = np.concatenate([np.array(line) for line in inked(ax)])
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        assert bottom > top
        assert (points >= [left, top]).all()
        assert (points <= [right, bottom]).all()


@pytest.mark.parametrize("components", [1, 20])
def test_a_mixture_has_six_numbers_for_each_component_and_one_for_the_pen(components):
    (ax,) = axes_of(figures.mixture_outputs(components))
    counts = [int(text.get_text()[2:]) for text in ax.texts if text.get_text().startswith("× ")]
    assert sum(counts) == 1 + 6 * components


def test_drawings_have_one_scale_and_y_grows_downwards():
    figure = figures.drawings({"a": [TWO_STROKES, DOT], "b": [TWO_STROKES * torch.tensor([3, 3, 1])]})
    axes = axes_of(figure)
    assert len(axes) == 4
    assert [ax.get_title(loc="left") for ax in axes] == ["a", "", "b", ""]
    assert inked(axes[0]) == STROKES
    assert inked(axes[2]) == [np.multiply(3, stroke).tolist() for stroke in STROKES]
    assert inked(axes[3]) == []
    spans = []
    for ax in axes[:3]:
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        assert bottom > top
        spans += [right - left, bottom - top]
    assert np.allclose(spans, spans[0])
    for ax in axes[:3]:  # nothing is cut off
        points = np.concatenate([np.array(line) for line in inked(ax)])
        assert (points >= [ax.get_xlim()[0], ax.get_ylim()[1]]).all()
        assert (points <= [ax.get_xlim()[1], ax.get_ylim()[0]]).all()


def test_pen_steps_marks_points_lifts_and_ways_without_ink():
    figure = figures.pen_steps(TWO_STROKES)
    (ax,) = axes_of(figure)
    assert inked(ax)[:2] == STROKES
    named = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert named["point"] == STROKES[0] + STROKES[1]
    assert named["pen up"] == [[1, 2], [4, 1]]
    assert named["start"] == [[0, 0]]
    dashed = [line.get_xydata().tolist() for line in ax.lines if line.is_dashed()]
    assert dashed == [[[1, 2], [4, 2]]]


def test_pen_density_lies_where_its_places_are():
    (ax,) = axes_of(figures.pen_density(TWO_STROKES, X, Y, MAP))
    (image,) = ax.images
    assert np.allclose(image.get_array(), MAP)
    left, right, bottom, top = image.get_extent()
    assert (left, right, top, bottom) == (-2.5, 6.5, -3.5, 3.5)  # the middles of the cells are the places
    assert image.origin == "upper"
    assert ax.get_ylim() == (3.5, -3.5)
    assert image.get_clim() == (0, 62)
    assert inked(ax) == STROKES
    here = [line for line in ax.lines if to_rgb(line.get_color()) == to_rgb(BLUE)]
    assert [line.get_xydata().tolist() for line in here] == [[[4, 1]]]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.drawings({}), r"^rows: expected at least one drawing in each, got \[\]"),
        (lambda: figures.drawings({"a": [DOT], "b": []}), r"^rows: expected at least one drawing .* got \[1, 0\]"),
        (lambda: figures.drawings({"a": [DOT[:, :2]]}), r"^steps: expected shape \[steps, 3\] .* got \[2, 2\]"),
        (lambda: figures.pen_steps(DOT[:0]), r"^steps: expected shape \[steps, 3\] .* got \[0, 3\]"),
        (lambda: figures.pen_steps(DOT * 2), r"^steps: expected finite .* pen up in \{0, 1\}"),
        (lambda: figures.pen_steps(DOT / 0), r"^steps: expected finite"),
        (lambda: figures.pen_density(DOT, X, Y, MAP.T), r"^density: .* shape \[7, 9\], got \[9, 7\]"),
        (lambda: figures.pen_density(DOT, X, Y, MAP - 1), r"^density: expected finite values of at least 0"),
        (lambda: figures.pen_density(DOT, X, Y, MAP / 0), r"^density: expected finite values of at least 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
