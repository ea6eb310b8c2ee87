"""Plots and diagrams: what they draw is what they were given."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from drawn import axes_of, texts

from lecturelib import figures


def sample(n: int, dim: int = 36) -> torch.Tensor:
    return (torch.rand(n, dim, generator=torch.Generator().manual_seed(0)) > 0.5).float()


EXAMPLES = {
    "raster_order": lambda: figures.raster_order(6, 6, 15),
    "raster_order, first": lambda: figures.raster_order(4, 7, 1),
    "raster_order, last": lambda: figures.raster_order(4, 7, 28),
    "raster_order, large": lambda: figures.raster_order(28, 28, 400),
    "image_grid": lambda: figures.image_grid({"data": sample(3), "completed": sample(5)}, known={"completed": 15}),
    "log_likelihood_bars": lambda: figures.log_likelihood_bars({"a": (90.0, 0.5), "b": 120.0}, {"paper": 88.25}),
    "curves": lambda: figures.curves({"train": ([1, 2], [3, 2]), "valid": ([1, 2], [3, 2.01])}, xlabel="x", ylabel="y"),
    "pixel_weights": lambda: figures.pixel_weights(torch.randn(36, 36), [1, 9, 36], 6, 6),
    "tied_columns": lambda: figures.tied_columns(6, [2, 3, 4]),
    "weight_tiles": lambda: figures.weight_tiles(torch.randn(5, 36), 6, 6, columns=3),
}


def test_raster_order_shades_what_lies_before_i():
    figure = figures.raster_order(3, 4, 6)
    shades = axes_of(figure)[0].images[0].get_array()
    assert shades.ravel().tolist() == [-1] * 5 + [0] + [1] * 6
    numbers = {text.get_text(): text.get_position() for text in axes_of(figure)[0].texts if text.get_text().isdigit()}
    assert numbers == {str(k + 1): (k % 4, k // 4) for k in range(12)}


@pytest.mark.parametrize("shape", [(4, 6), (4, 1, 2, 3), (4, 2, 3)])
def test_image_grid_draws_the_images(shape):
    x = sample(4, 6)
    figure = figures.image_grid([("data", x.view(shape))], height=2, width=3)
    drawn = np.stack([axes.images[0].get_array() for axes in axes_of(figure)])
    assert (drawn == x.view(4, 2, 3).numpy()).all()


def test_image_grid_tints_the_unknown_pixels_of_the_named_row():
    figure = figures.image_grid({"data": sample(2), "completed": sample(2)}, known={"completed": 20})
    counts = [len(axes.images) for axes in axes_of(figure)]
    assert counts == [1, 1, 2, 2]
    tint = axes_of(figure)[2].images[1].get_array()
    assert np.ma.getmaskarray(tint).ravel().tolist() == [True] * 20 + [False] * 16
    (border,) = axes_of(figure)[2].lines
    corners = border.get_xydata().tolist()  # row 3 is known up to its second column
    assert corners == [[-0.5, 3.5], [1.5, 3.5], [1.5, 2.5], [5.5, 2.5]]


def test_bars_have_the_length_of_their_values_and_say_them():
    figure = figures.log_likelihood_bars({"FVSBN": (97.1, 0.25), "pixel means": 206.8}, {"NADE": 88.33})
    axes = axes_of(figure)[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    lengths = {name: bar.get_width() for name, bar in zip(names, axes.patches, strict=True)}
    assert lengths == {"NADE": 88.33, "FVSBN": 97.1, "pixel means": 206.8}
    assert axes.get_xlim()[0] == 0  # a bar that does not start at zero exaggerates
    labels = [text.get_text() for text in axes.texts]
    assert labels == ["88.33  published", "97.10 ± 0.2  ours", "206.80  ours"]
    (alone,) = axes_of(figures.log_likelihood_bars({"FVSBN": 97.1}))
    assert [text.get_text() for text in alone.texts] == ["97.10"]  # all are ours


def test_curves_are_labelled_at_their_ends_without_overlap():
    same = ([1, 10, 100], [1.0, 10.0, 100.0])
    figure = figures.curves({"a": same, "b": same, "c": same}, xlabel="D", ylabel="n", log="xy")
    assert [line.get_ydata().tolist() for line in axes_of(figure)[0].lines] == [same[1]] * 3
    assert (axes_of(figure)[0].get_xscale(), axes_of(figure)[0].get_yscale()) == ("log", "log")
    boxes = [text.get_window_extent() for text in texts(figure) if text.get_text() in "abc"]
    assert len(boxes) == 3
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_the_name_of_a_curve_that_ends_early_lies_on_no_other_curve():
    lines = {"long": ([1, 2, 3, 4, 5], [5.0, 4.0, 3.0, 2.0, 1.0]), "short": ([1, 2, 3], [4.0, 3.0, 2.6])}
    figure = figures.curves(lines, xlabel="x", ylabel="y")
    (name,) = [text for text in texts(figure) if text.get_text() == "short"]
    (axes,) = axes_of(figure)
    place = np.linspace([3, 3], [5, 1], 200)  # what is left of the long curve
    drawn = axes.transData.transform(place)
    assert not any(name.get_window_extent().contains(x, y) for x, y in drawn)
    apart = abs(name.get_window_extent().y0 - axes.transData.transform((3, 2.6))[1])
    assert apart < 40


def test_pixel_weights_leaves_out_what_the_model_does_not_have():
    theta = torch.arange(1.0, 82.0).view(9, 9)
    figure = figures.pixel_weights(theta, [5], 3, 3)
    drawn = np.ma.filled(axes_of(figure)[0].images[0].get_array(), np.nan).ravel()
    assert drawn[:4].tolist() == theta[4, :4].tolist()
    assert np.isnan(drawn[4:]).all()


def test_weight_tiles_scale_each_tile_around_zero():
    W = torch.stack([torch.linspace(-1, 3, 6), torch.zeros(6)])
    figure = figures.weight_tiles(W, 2, 3)
    limits = [axes.images[0].get_clim() for axes in axes_of(figure)]
    assert limits == [(-3, 3), (-1, 1)]


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.raster_order(3, 3, 10), r"i: expected a pixel from 1 to 9, got 10"),
        (lambda: figures.raster_order(0, 3, 1), r"height: expected a positive integer, got 0"),
        (lambda: figures.image_grid({}), r"rows: expected at least one row"),
        (lambda: figures.image_grid({"data": torch.zeros(2, 7)}), r"rows: expected images \[n, 3 · 3\] in 'data'"),
        (lambda: figures.image_grid({"data": sample(1)}, known={"dta": 3}), r"known: expected one of data, got 'dta'"),
        (lambda: figures.log_likelihood_bars({}), r"ours: expected at least one bar"),
        (lambda: figures.log_likelihood_bars({"a": float("nan")}), r"expected values of at least 0, got nan for 'a'"),
        (lambda: figures.curves({}, xlabel="", ylabel=""), r"lines: expected at least one curve"),
        (lambda: figures.curves({"a": ([1], [1, 2])}, xlabel="", ylabel=""), r"x and y of one length for 'a'"),
        (lambda: figures.curves({"a": ([0], [1])}, xlabel="", ylabel="", log="x"), r"positive values .* in 'a'"),
        (lambda: figures.pixel_weights(torch.zeros(4, 4), [5], 2, 2), r"pixels: expected some of 1 to 4, got \[5\]"),
        (lambda: figures.weight_tiles(torch.zeros(2, 5), 2, 3), r"W: expected shape \[batch, 6\], got \[2, 5\]"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_tied_columns_keep_their_colour():
    figure = figures.tied_columns(5, [2, 4])
    colours = [[patch.get_facecolor() for patch in ax.patches] for ax in figure.axes]
    assert [len(c) for c in colours] == [1, 3, 5]
    assert colours[0] == colours[2][:1]
    assert colours[1] == colours[2][:3]


@pytest.mark.parametrize("shown", [[], [1], [7]])
def test_tied_columns_bad_input(plain_errors, shown):
    with pytest.raises(ValueError, match=r"^shown: expected some of 2 to 6, got "):
        figures.tied_columns(5, shown)
