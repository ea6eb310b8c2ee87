"""The figures of masks: what they draw is the mask they were given, and a model that sees the future is refused."""

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
import torch
from drawn import axes_of
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, Rectangle

from lecturelib import figures
from lecturelib.autoregressive.masked import raster_mask

A, B = raster_mask(3, 3, (5, 5), "A", 3), raster_mask(3, 3, (5, 5), "B", 3)


def paths(layers: int, size: int, row: int, column: int, kernel: int = 3) -> torch.Tensor:
    """Count the paths through a mask A and `layers` - 1 masks B: the gradient of convolutions whose weights are 1."""
    x = torch.ones(1, 1, size, size, dtype=torch.float64, requires_grad=True)
    h = x
    for k in range(layers):
        mask = raster_mask(1, 1, (kernel, kernel), "B" if k else "A", 1).double()
        h = torch.nn.functional.conv2d(h, mask, padding=kernel // 2)
    h[0, 0, row, column].backward()
    assert x.grad is not None
    return x.grad[0, 0]


EXAMPLES = {
    "mask_grid": lambda: figures.mask_grid({"mask A": A[0, 0], "mask B": B[0, 0]}),
    "mask_grid, one": lambda: figures.mask_grid({"only its own pixel": torch.ones(1, 1)}),
    "mask_grid, four": lambda: figures.mask_grid({f"{s} to {t}": A[t, s] for s in (0, 1) for t in (1, 2)}),
    "mask_grid, large": lambda: figures.mask_grid({"A": raster_mask(1, 1, (13, 15), "A", 1)[0, 0]}),
    "channel_connections": lambda: figures.channel_connections({"mask A": A[:, :, 2, 2], "mask B": B[:, :, 2, 2]}),
    "channel_connections, context": lambda: figures.channel_connections({"first layer": A, "others": B, "again": B}),
    "receptive_field": lambda: figures.receptive_field(paths(4, 28, 14, 14), 14, 14),
    "receptive_field, first": lambda: figures.receptive_field(torch.zeros(5, 9), 0, 0),
    "receptive_field, narrow": lambda: figures.receptive_field(torch.zeros(9, 2), 8, 1),
}


def test_mask_grid_draws_the_masks_and_frames_their_centre():
    masks = {"A": A[1, 0], "B": raster_mask(1, 1, (1, 7), "B", 1)[0, 0]}
    figure = figures.mask_grid(masks)
    for ax, (title, mask) in zip(axes_of(figure), masks.items(), strict=True):
        assert ax.get_title() == title
        assert ax.images[0].get_array().tolist() == mask.tolist()
        written = {text.get_position()[::-1]: float(text.get_text()) for text in ax.texts}
        assert written == {at: float(mask[at]) for at in np.ndindex(mask.shape)}
        frame = max(ax.patches, key=lambda patch: patch.get_linewidth())
        row, column = (size // 2 for size in mask.shape)
        assert frame.get_xy() == (column - 0.5, row - 0.5)
    figure.draw_without_rendering()
    (one, two) = ((ax.transData.transform([(0, 0), (1, 0)])) for ax in figure.axes)
    assert np.diff(one[:, 0]) == pytest.approx(np.diff(two[:, 0]))  # one scale


def lines(ax: Any) -> set[tuple[float, ...]]:
    return {tuple(map(float, line.get_xdata())) for line in ax.lines}


def test_channel_connections_are_the_ones_of_the_mask():
    figure = figures.channel_connections({"A": A[:, :, 2, 2], "B": B[:, :, 2, 2]})
    first, others = axes_of(figure)
    assert lines(first) == {(0, 1), (0, 2), (1, 2)}
    assert lines(others) == set(combinations_with_replacement((0.0, 1.0, 2.0), 2))
    for ax in (first, others):
        letters = {text.get_position(): text.get_text() for text in ax.texts}
        circles = [patch.center for patch in ax.patches if isinstance(patch, Circle)]
        assert sorted(letters) == sorted(circles)
        assert [letters[at] for at in sorted(circles, key=lambda at: at[::-1])] == list("RGBRGB")
        assert all(line.get_ydata()[0] < line.get_ydata()[1] for line in ax.lines)  # from below to above


def test_channel_connections_reach_the_earlier_pixels_where_the_mask_does():
    mask = A.clone()
    mask[1, :, :2] = 0
    mask[1, :, 2, :2] = 0  # G sees no earlier pixel
    (ax,) = axes_of(figures.channel_connections({"A": mask}))
    (box,) = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    left, right = box.get_x(), box.get_x() + box.get_width()
    assert {above for below, above in lines(ax) if left < below < right} == {0, 2}
    assert {line for line in lines(ax) if line[0] >= 0} == {(0, 1), (0, 2), (1, 2)}


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_receptive_field_tells_paths_from_the_blind_spot(layers):
    count, row, column = paths(layers, 9, 5, 3), 5, 3
    ax = axes_of(figures.receptive_field(count, row, column))[0]
    shade = np.ma.filled(ax.images[0].get_array(), np.nan)
    before = np.arange(81).reshape(9, 9) < row * 9 + column
    seen = before & (count.numpy() > 0)
    assert (np.isfinite(shade) == seen).all()
    assert np.allclose(np.exp(shade[seen]), count.numpy()[seen])
    places = {(patch.get_y() + 0.5, patch.get_x() + 0.5): patch for patch in ax.patches}
    hatched = {at for at, patch in places.items() if patch.get_hatch()}
    assert hatched == {tuple(at) for at in np.argwhere(before & ~seen).tolist()}
    assert len(hatched) > 0
    assert set(places) - hatched == {(row, column)}
    assert to_rgb(places[row, column].get_facecolor()) == to_rgb("#D55E00")
    assert places[row, column].get_hatch() is None


def test_receptive_field_has_a_legend_in_words_and_one_size():
    all_sizes = set()
    for layers in (1, 6):
        figure = figures.receptive_field(paths(layers, 9, 5, 3), 5, 3)
        words = [text.get_text() for text in figure.legends[0].get_texts()]
        assert words == [
            "the predicted pixel",
            "before it: a path (darker: more)",
            "before it: no path",
            "after it",
        ]
        figure.draw_without_rendering()
        all_sizes.add((*figure.get_size_inches(), *figure.axes[0].get_position().bounds))
    assert len(all_sizes) == 1  # nothing jumps from frame to frame


def test_receptive_field_allows_paths_from_other_channels_of_the_pixel():
    count = paths(2, 5, 2, 2)
    count[2, 2] = 3
    ax = axes_of(figures.receptive_field(count, 2, 2))[0]
    assert np.isnan(np.ma.filled(ax.images[0].get_array(), np.nan)[2, 2])


ONES = torch.ones(3, 3)


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.mask_grid({}), r"^masks: expected at least one mask, got none"),
        (lambda: figures.mask_grid({"A": torch.ones(3, 4)}), r"^masks\['A'\]: .*\[rows, columns\], both odd, .*3, 4"),
        (lambda: figures.mask_grid({"A": A}), r"^masks\['A'\]: expected shape \[rows, columns\], .*\[3, 3, 5, 5\]"),
        (lambda: figures.mask_grid({"A": ONES / 2}), r"^masks\['A'\]: expected zeros and ones, got 0.5"),
        (lambda: figures.mask_grid({"A": ONES * torch.nan}), r"^masks\['A'\]: expected zeros and ones, got nan"),
        (lambda: figures.channel_connections({}), r"^masks: expected at least one mask"),
        (lambda: figures.channel_connections({"B": torch.ones(2, 3)}), r"^masks\['B'\]: expected shape \[3, 3\] or"),
        (lambda: figures.channel_connections({"B": torch.ones(3, 3, 4, 3)}), r"^masks\['B'\]: .* both odd, got"),
        (lambda: figures.channel_connections({"B": ONES * 2}), r"^masks\['B'\]: expected zeros and ones, got 2"),
        (lambda: figures.channel_connections({"B": B.flip(3)}), r"^masks\['B'\]: .* a mask that sees a later pixel"),
        (lambda: figures.receptive_field(torch.ones(9), 0, 0), r"^paths: expected shape \[height, width\], got \[9\]"),
        (lambda: figures.receptive_field(ONES, 3, 0), r"^row: expected an integer from 0 to 2, got 3"),
        (lambda: figures.receptive_field(ONES, 0, -1), r"^column: expected an integer from 0 to 2, got -1"),
        (lambda: figures.receptive_field(-ONES, 2, 2), r"^paths: expected finite numbers of at least 0"),
        (lambda: figures.receptive_field(ONES / 0, 2, 2), r"^paths: expected finite numbers of at least 0"),
        (
            lambda: figures.receptive_field(ONES, 1, 1),
            r"after row 1, column 1, got 1 from row 1, column 2: the model sees the future",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("plain_errors")
def test_what_is_no_tensor_is_named():
    bad: Any = [[1]]
    with pytest.raises(TypeError, match=r"^masks\['A'\]: expected a tensor of zeros and ones, got list"):
        figures.mask_grid({"A": bad})
    with pytest.raises(TypeError, match=r"^paths: expected a tensor \[height, width\], got list"):
        figures.receptive_field(bad, 0, 0)
