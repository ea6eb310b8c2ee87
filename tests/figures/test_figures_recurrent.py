"""The figures of recurrent networks: what they draw is what they were given, and the laws of all figures hold."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from drawn import axes_of
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle

from lecturelib import figures
from lecturelib.demos import frame_slider
from lecturelib.figures import recurrent, through_time
from lecturelib.figures.style import INK

PLANE = torch.linspace(0, 1, 5), torch.linspace(-1, 1, 4)
SURFACE = PLANE[0] + PLANE[1][:, None]


def example(time: int = 30) -> torch.Tensor:
    x = torch.rand(time, 2, generator=torch.Generator().manual_seed(0))
    x[:, 1] = 0
    x[[time // 4, time - 3], 1] = 1
    return x


def copied() -> tuple[torch.Tensor, torch.Tensor]:
    """Symbols 2 and 0 of three, two blanks (3), a mark (4), and blanks while the answers are given."""
    return torch.eye(5)[[2, 0, 3, 3, 4, 3, 3]], torch.tensor([2, 0])


EXAMPLES: dict[str, Any] = {
    **{f"unfolded_network, {n}": partial(figures.unfolded_network, n) for n in (1, 2, 3, 4)},
    **{f"unfolded_network, {n} of 2": partial(figures.unfolded_network, n, 2) for n in (1, 4)},
    **{f"lstm_cell, {letter}": partial(figures.lstm_cell, letter) for letter in (None, *recurrent.EQUATIONS)},
    **{
        f"gradient_through_time, {n}, {m}": partial(figures.gradient_through_time, n, m) for n in (1, 4) for m in (1, 2)
    },
    **{f"next_letters, {len(text)}": partial(figures.next_letters, text) for text in ("ab", "to be or", "$a\n")},
    "gradient_norms": lambda: figures.gradient_norms({"RNN": [1, 0.1, 0.01], "LSTM": [1, 2]}, low=1e-6, high=1e3),
    "gradient_norms, wide": lambda: figures.gradient_norms({f"kind {k}": [1.0] for k in range(4)}, low=1e-30, high=2),
    "error_surface": lambda: figures.error_surface(*PLANE, SURFACE, {"plain": [(0, 0), (9, 9)], "clipped": [(0, 1)]}),
    "error_surface, bare": lambda: figures.error_surface(*PLANE, SURFACE),
    "adding_problem": lambda: figures.adding_problem(example()),
    "adding_problem, state": lambda: figures.adding_problem(example(50), torch.randn(50, 32)),
    "copy_problem": lambda: figures.copy_problem(*copied()),
}


def only_axes(figure: Any) -> Any:
    (ax,) = axes_of(figure)
    return ax


@pytest.mark.parametrize(("steps", "layers"), [(1, 1), (4, 1), (3, 2)])
def test_unfolding_has_a_column_a_step_and_ties_by_colour(steps, layers):
    ax = only_axes(figures.unfolded_network(steps, layers))
    written = [text.get_text() for text in ax.texts]
    for i in range(1, steps + 1):
        assert written.count(f"$x_{i}$") == written.count(f"$o_{i}$") == 1
        assert rf"$p(x_{i + 1}\mid x_{{\leq {i}}})$" in written  # o_i speaks of the next one
    assert len([patch for patch in ax.patches if isinstance(patch, Circle)]) == layers * (steps + 1)
    arrows = [patch for patch in ax.patches if not isinstance(patch, Circle)]
    counts = sorted([a.get_edgecolor() for a in arrows].count(colour) for colour in {a.get_edgecolor() for a in arrows})
    assert counts == [steps + 1] * (2 * layers + 1)  # each matrix once folded and once a step


@pytest.mark.parametrize(("steps", "layers"), [(1, 1), (4, 1), (3, 2)])
def test_the_gradient_takes_every_road_of_the_forward_pass_backwards(steps, layers):
    ax = only_axes(figures.gradient_through_time(steps, layers))
    arrows = [patch for patch in ax.patches if not isinstance(patch, Circle)]
    ends = [(a.get_edgecolor(), *np.round(a._posA_posB[0], 6), *np.round(a._posA_posB[1], 6)) for a in arrows]
    grey = to_rgb(through_time.FORWARD)
    forward = [e[1:] for e in ends if e[0][:3] == grey]
    back = [e[1:] for e in ends if e[0][:3] != grey]
    start_arrows = layers == 1  # the arrow from h_0, into which no gradient goes
    assert len(back) == steps * (layers + 1) + (steps - 1) * layers == len(forward) - start_arrows
    for x_0, y_0, x_1, y_1 in back:  # beside each, a grey one in the opposite direction
        assert any(np.hypot(a - x_1, b - y_1) < 0.2 and np.hypot(c - x_0, d - y_0) < 0.2 for a, b, c, d in forward)
    written = [text.get_text() for text in ax.texts]
    assert [written.count(f"$L_{i}$") for i in range(1, steps + 1)] == [1] * steps


def test_letters_are_predicted_one_step_later():
    ax = only_axes(figures.next_letters("to b"))
    letters = {(text.get_position(), text.get_text()) for text in ax.texts if len(text.get_text()) == 1}
    assert letters == {((0, 0), "t"), ((1, 0), "o"), ((2, 0), "␣"), ((0, 2), "o"), ((1, 2), "␣"), ((2, 2), "b")}


def test_gradient_norms_are_drawn_as_given_within_the_limits():
    lines: dict[str, Any] = {"RNN": [1.0, 0.1, 0.0], "LSTM": torch.tensor([1.0, 2.0])}
    figure = figures.gradient_norms(lines, low=1e-3, high=1e2)
    ax = only_axes(figure)
    rnn, lstm = ax.lines[:2]
    assert rnn.get_xdata().tolist() == [0, 1, 2]
    assert np.allclose(rnn.get_ydata(), [1, 0.1, np.nan], equal_nan=True)
    assert lstm.get_ydata().tolist() == [1, 2]
    assert ax.get_ylim() == (1e-3, 1e2)
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(lines)
    assert rnn.get_linestyle() != lstm.get_linestyle()  # not by colour alone


@pytest.mark.slow
def test_figures_for_sliders_have_one_size():
    norms = [figures.gradient_norms({"RNN": [1, value]}, low=1e-9, high=1e9) for value in (1e-8, 1e8)]
    cells = [figures.lstm_cell(letter) for letter in recurrent.EQUATIONS]
    for frames in (norms, cells):
        for figure in frames:
            figure.draw_without_rendering()
        assert len({figure.axes[0].get_position().bounds for figure in frames}) == 1
        assert "frame slider" in repr(frame_slider(frames, [str(k) for k in range(len(frames))], title="t", alt="a"))


def test_error_surface_draws_loss_and_paths():
    paths = {"plain": [(0.0, 0.0), (0.5, 0.5)], "clipped": [(0.0, 0.0), (0.1, 0.1), (0.2, 0.3)]}
    ax = axes_of(figures.error_surface(*PLANE, SURFACE, paths))[0]
    assert np.allclose(ax.collections[0].get_array(), SURFACE)
    drawn = {line.get_label(): [tuple(point) for point in line.get_xydata().tolist()] for line in ax.lines}
    assert drawn == paths
    assert ax.get_xlim() == (0, 1)
    assert ax.get_ylim() == (-1, 1)


@pytest.mark.parametrize("current", list(recurrent.EQUATIONS))
def test_lstm_cell_shows_the_current_step_in_colour_and_later_ones_pale(current):
    order = list(recurrent.EQUATIONS)
    ax = only_axes(figures.lstm_cell(current))
    colours = {text.get_text(): to_rgb(text.get_color()) for text in ax.texts}
    for k, letter in enumerate(order[:4]):
        expected = recurrent.EQUATIONS[letter] if letter == current else recurrent.PALE
        if k < order.index(current):
            expected = INK
        assert colours[rf"$\mathbf{{{letter}}}$"] == to_rgb(expected)
        assert colours[recurrent.GATES[letter][1]] == to_rgb(expected)
    assert (colours[r"$\mathbf{h}^{(t)}$"] == to_rgb(recurrent.PALE)) == (current != "h")


def test_adding_problem_marks_the_marked_values_and_draws_the_state():
    x, state = example(), torch.randn(30, 4, generator=torch.Generator().manual_seed(1))
    above, below = axes_of(figures.adding_problem(x, state))[:2]
    assert np.allclose([bar.get_height() for bar in above.patches], x[:, 0])
    orange = [bar.get_x() + 0.4 for bar in above.patches if to_rgb(bar.get_facecolor()) == to_rgb("#D55E00")]
    assert np.allclose(orange, np.flatnonzero(x[:, 1]) + 1)

    assert [text.get_text() for text in above.texts] == [f"{value:.2f}" for value in x[x[:, 1] == 1, 0]]
    assert np.allclose(below.images[0].get_array(), state.T)
    low, high = below.images[0].get_clim()
    assert high == -low == pytest.approx(state.abs().max().item())


def test_copy_problem_writes_what_is_read_and_below_what_is_wanted_when():
    ax = only_axes(figures.copy_problem(*copied()))
    written = [(*text.get_position(), text.get_text()) for text in ax.texts if text.get_text()]
    assert written == [(1, 1.5, "C"), (2, 1.5, "A"), (5, 1.5, "?"), (6, 0.5, "C"), (7, 0.5, "A")]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.unfolded_network(5), r"^steps: expected an integer from 1 to 4, got 5"),
        (lambda: figures.unfolded_network(2, 3), r"^layers: expected an integer from 1 to 2, got 3"),
        (lambda: figures.next_letters("a"), r"^text's length: expected an integer from 2 to 8, got 1"),
        (lambda: figures.gradient_through_time(0), r"^steps: expected an integer from 1 to 4, got 0"),
        (lambda: figures.gradient_through_time(1, 3), r"^layers: expected an integer from 1 to 2, got 3"),
        (lambda: figures.lstm_cell("c"), r"^equation: expected one of g, i, f, o, s, h, got 'c'"),
        (lambda: figures.gradient_norms({}, low=1, high=2), r"^lines: expected at least one, got none"),
        (lambda: figures.gradient_norms({"a": [1]}, low=0, high=2), r"^low, high: expected 0 < low < high, got 0 and"),
        (lambda: figures.gradient_norms({"a": [1]}, low=3, high=2), r"^low, high: expected 0 < low < high, got 3 and"),
        (lambda: figures.gradient_norms({"a": [-1]}, low=1, high=2), r"^lines: expected norms of at least 0 for 'a'"),
        (lambda: figures.gradient_norms({"a": [np.nan]}, low=1, high=2), r"^lines: expected norms of at least 0"),
        (lambda: figures.gradient_norms({"a": []}, low=1, high=2), r"^lines: expected norms of at least 0 for 'a'"),
        (lambda: figures.error_surface(*PLANE, SURFACE.T), r"^w, b, loss: .*got \[5\], \[4\], \[5, 4\]"),
        (lambda: figures.error_surface(*PLANE, SURFACE / 0), r"^w, b, loss: expected .* finite \[rows, columns\]"),
        (lambda: figures.adding_problem(torch.ones(4, 3)), r"^x: expected shape \[time, 2\], got \[4, 3\]"),
        (lambda: figures.copy_problem(torch.ones(4), torch.ones(2)), r"^x: expected shape \[time, symbols \+ 2\], got"),
        (lambda: figures.copy_problem(torch.ones(4, 6), torch.ones(5)), r"^y: expected shape \[answers\], at most 4"),
        (
            lambda: figures.adding_problem(torch.ones(4, 2), torch.ones(3, 8)),
            r"^state: expected shape \[4, cells\], got \[3, 8\]",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
