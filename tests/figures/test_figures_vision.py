"""Figures of pictures: what is drawn are the pictures that were given, in their places."""

from typing import Any

import numpy as np
import pytest
import torch

from lecturelib import figures

PICTURES = torch.rand(4, 3, 6, 6, generator=torch.Generator().manual_seed(0))

EXAMPLES: dict[str, Any] = {
    "color_rows": lambda: figures.color_rows(
        {"images": PICTURES, "grey": PICTURES[:2, :1]}, captions={"grey": ["one", "two"]}
    ),
    "color_filters": lambda: figures.color_filters(PICTURES - 0.5, columns=3),
}


def drawn(ax):
    """The picture in an axes, or None."""
    return ax.images[0].get_array() if ax.images else None


def test_rows_draw_each_picture_with_title_and_caption():
    fig = figures.color_rows({"a": PICTURES, "b": PICTURES[:2, :1]}, captions={"b": ["one", "two"]})
    axes = np.array(fig.axes).reshape(2, 4)
    for k in range(4):
        np.testing.assert_allclose(drawn(axes[0, k]), PICTURES[k].permute(1, 2, 0), rtol=1e-6)
    for k in range(2):
        np.testing.assert_allclose(drawn(axes[1, k]), PICTURES[k, 0], rtol=1e-6)
        assert axes[1, k].images[0].get_clim() == (0, 1)
    assert [drawn(ax) for ax in axes[1, 2:]] == [None, None]
    assert [ax.get_xlabel() for ax in axes.flat] == [""] * 4 + ["one", "two", "", ""]
    assert [axes[0, 0].get_ylabel(), axes[1, 0].get_ylabel()] == ["a", "b"]
    assert fig.get_size_inches()[0] <= 7


def test_tiles_lie_three_by_three_with_gaps():
    tiles = torch.arange(9.0)[None, :, None, None, None].expand(2, 9, 3, 4, 4) / 9
    picture = figures.tile_pictures(tiles, gap=2, shade=1.0)
    assert picture.shape == (2, 3, 16, 16)
    for row in range(3):
        for column in range(3):
            cell = picture[:, :, 6 * row : 6 * row + 4, 6 * column : 6 * column + 4]
            assert torch.equal(cell, torch.full_like(cell, (3 * row + column) / 9))
    assert (picture[:, :, 4:6] == 1).all()
    assert (picture[:, :, :, 10:12] == 1).all()


def test_filters_are_scaled_one_by_one_around_gray():
    W = (
        torch.randn(5, 3, 3, 3, generator=torch.Generator().manual_seed(0))
        * torch.tensor([1.0, 9, 2, 0.1, 5])[:, None, None, None]
    )
    fig = figures.color_filters(W, columns=3)
    assert len(fig.axes) == 6
    for k in range(5):
        tile = torch.tensor(np.asarray(drawn(fig.axes[k]))).permute(2, 0, 1)
        torch.testing.assert_close(2 * tile - 1, W[k] / W[k].abs().max())
    assert drawn(fig.axes[5]) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.color_rows({}), "rows: expected at least one row of pictures, got none"),
        (lambda: figures.color_rows({"a": 2 * PICTURES}), "rows['a']: expected values in [0, 1]"),
        (lambda: figures.color_rows({"a": PICTURES[:, :2]}), "rows['a']: expected 1 or 3 channels, got 2"),
        (lambda: figures.color_rows({"a": PICTURES}, captions={"a": ["x"]}), "captions['a']: expected 4 lines, got 1"),
        (lambda: figures.color_rows({"a": PICTURES}, captions={"b": []}), "captions: expected one of a, got 'b'"),
        (lambda: figures.color_filters(PICTURES[:, :2]), "W: expected shape [units, 1 or 3, k, k], got [4, 2, 6, 6]"),
        (lambda: figures.tile_pictures(torch.rand(1, 9, 3, 2, 2), gap=0), "gap: expected a positive integer, got 0"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
