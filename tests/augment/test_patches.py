"""Patches: where they are cut, that they never overlap, and that nothing but the content tells the direction."""

import itertools

import pytest
import torch

from lecturelib.augment import crop_at, patch_grid, patch_pairs

SIDE = 32
ROWS, COLUMNS = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
POSITIONS = torch.stack([ROWS, COLUMNS]).float() / SIDE  # an image whose pixels say where they are


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def positions(patches):
    """Row and column of each patch's first pixel; the others must follow it."""
    corner = (patches[..., :, 0, 0] * SIDE).round().long()
    edge = patches.shape[-1]
    expected = corner[..., None, None] + torch.stack([ROWS, COLUMNS])[:, :edge, :edge]
    assert torch.equal((patches * SIDE).round().long(), expected)
    return corner


def test_cut_takes_the_pixels_from_the_corner_on():
    images = torch.rand(5, 3, 9, 12, generator=generator())
    corner = torch.tensor([[0, 0], [5, 8], [2, 3], [4, 1], [1, 7]])
    expected = [x[:, r : r + 4, c : c + 4] for x, (r, c) in zip(images, corner.tolist(), strict=True)]
    assert torch.equal(crop_at(images, corner, 4), torch.stack(expected))


@pytest.mark.parametrize(("patch", "pitch", "jitter"), [(8, 10, 1), (8, 8, 0), (10, 11, 0), (6, 10, 2)])
def test_patches_never_overlap_and_the_grid_goes_everywhere_it_fits(patch, pitch, jitter):
    corner = positions(
        patch_grid(
            POSITIONS.expand(3000, 2, SIDE, SIDE), patch=patch, pitch=pitch, jitter=jitter, generator=generator()
        )
    )
    assert corner.min() == 0
    assert corner.max() == SIDE - patch
    for a, b in itertools.combinations(range(9), 2):
        apart = (corner[:, a] - corner[:, b]).abs()
        assert (apart.max(dim=1).values >= patch).all()
    steps = corner[:, 5] - corner[:, 4]  # one cell to the right
    assert (steps - torch.tensor([0, pitch])).abs().max() == 2 * jitter


def test_neighbours_lie_in_their_direction_and_the_middle_tells_nothing():
    first, second, y = patch_pairs(
        POSITIONS.expand(8000, 2, SIDE, SIDE), patch=8, pitch=9, jitter=0, generator=generator()
    )
    a, b = positions(first), positions(second)
    directions = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
    assert torch.equal(b - a, 9 * torch.tensor(directions)[y])
    assert y.bincount(minlength=8).min() > 850
    for direction in range(8):  # the middle patch is placed alike for all directions
        torch.testing.assert_close(a[y == direction].double().mean(0), a.double().mean(0), atol=0.35, rtol=0)
    assert len(a.unique(dim=0)) == 49


def test_jitter_of_a_pair_is_that_of_each_patch():
    first, second, y = patch_pairs(
        POSITIONS.expand(4000, 2, SIDE, SIDE), patch=8, pitch=10, jitter=1, generator=generator()
    )
    right = y == 4
    step = (positions(second) - positions(first))[right]
    assert set(step[:, 0].tolist()) == {-2, -1, 0, 1, 2}
    assert set(step[:, 1].tolist()) == {8, 9, 10, 11, 12}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(patch=8, pitch=9, jitter=1), "pitch: expected at least patch + 2 jitter = 10, got 9: they overlap"),
        (
            dict(patch=12, pitch=12),
            "images: expected at least 36 x 36 pixels for the grid, got [32, 32]; take smaller patches, "
            "or pad the images",
        ),
        (dict(patch=0, pitch=12), "patch: expected a positive integer, got 0"),
        (dict(patch=8, pitch=10, jitter=-1), "jitter: expected an integer from 0 to 8, got -1"),
    ],
)
def test_patches_that_do_not_fit(plain_errors, arguments, message):
    for call in (patch_grid, patch_pairs):
        with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
            call(torch.rand(2, 3, SIDE, SIDE), **arguments)
        assert str(error.value) == message
