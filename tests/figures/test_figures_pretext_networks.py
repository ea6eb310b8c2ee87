"""The networks of the pretext tasks, drawn: as many encoders as patches, and the right direction shaded."""

from typing import Any

import pytest
import torch
from drawn import axes_of
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Rectangle

from lecturelib import figures
from lecturelib.figures.style import BLUE

PICTURES = torch.rand(9, 3, 8, 8, generator=torch.Generator().manual_seed(0))
PATCH = PICTURES[0]

EXAMPLES: dict[str, Any] = {
    "context_encoder": lambda: figures.context_encoder(PATCH, PATCH),
    "adversarial_game": lambda: figures.adversarial_game(PATCH, PATCH, PATCH),
    "relative_patch_network": lambda: figures.relative_patch_network(PATCH, PATCH, 2),
    "jigsaw_network": lambda: figures.jigsaw_network(PICTURES, 24),
}


def labels(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_map_of_the_context_encoder_has_a_full_layer_of_its_own():
    (ax,) = axes_of(figures.context_encoder(PATCH, PATCH))
    assert [len(full.get_segments()) for full in ax.collections] == 3 * [16 * 16]
    assert len({to_hex(full.get_color()[0]) for full in ax.collections}) == 3


def test_d_sees_a_real_and_a_painted_piece():
    (ax,) = axes_of(figures.adversarial_game(PATCH, PATCH, PATCH))
    assert len(ax.images) == 3
    arrows: list[Any] = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert sum(arrow._posA_posB[1][0] == 4.2 for arrow in arrows) == 2


@pytest.mark.parametrize("y", range(8))
def test_the_true_direction_is_shaded(y):
    figure = figures.relative_patch_network(PATCH, PATCH, y)
    (ax,) = axes_of(figure)
    cells = [patch for patch in ax.patches if type(patch) is Rectangle and patch.get_x() > 5.5]
    shaded = [k for k, cell in enumerate(cells) if to_hex(cell.get_facecolor()).upper() == BLUE]
    assert len(cells) == 9
    assert shaded == [y + (y > 3)]
    assert labels(figure).count("$E$") == 2


def test_the_jigsaw_network_shows_its_tiles_from_top_to_bottom():
    figure = figures.jigsaw_network(PICTURES, 24)
    (ax,) = axes_of(figure)
    assert labels(figure).count("$E$") == len(ax.images) == 9
    heights = [image.get_extent()[2] for image in ax.images]
    assert heights == sorted(heights, reverse=True)
    for image, picture in zip(ax.images, PICTURES, strict=True):
        assert torch.allclose(torch.tensor(image.get_array()).permute(2, 0, 1), picture)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.jigsaw_network(PICTURES[:4], 24), "tiles: expected 9, got 4"),
        (lambda: figures.jigsaw_network(PICTURES, 0), "orders"),
        (lambda: figures.relative_patch_network(PATCH, PATCH, 8), "y"),
        (lambda: figures.context_encoder(2 * PATCH, PATCH), r"seen, painted: expected values in \[0, 1\]"),
        (lambda: figures.adversarial_game(PATCH, PATCH - 1, PATCH), r"real: expected values in \[0, 1\]"),
    ],
)
def test_bad_input_is_named(plain_errors, call, message):
    with pytest.raises(ValueError, match=message):
        call()
