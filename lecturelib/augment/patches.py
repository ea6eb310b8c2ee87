"""Cut patches out of images: a 3 x 3 grid, with gaps between the cells and jitter inside them.

    cell 0 | cell 1 | cell 2        `pitch` is the distance of two cells' corners: the patch, and the gap behind it.
    cell 3 | cell 4 | cell 5        Every patch is moved by up to `jitter` pixels, both ways: so two patches
    cell 6 | cell 7 | cell 8        are pitch - patch - 2 jitter apart at least.

>>> tiles = patch_grid(images, patch=8, pitch=10, jitter=1, generator=generator)     # [n, 9, 3, 8, 8]
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lecturelib import checks


def crop_at(
    images: Float[Tensor, "n channels height width"], corner: Int[Tensor, "n 2"], patch: int
) -> Float[Tensor, "n channels {patch} {patch}"]:
    """Return the square of `patch` pixels that begins at `corner`, a row and a column, in each image.

    Raises:
        TypeError, ValueError: the images are not floats [n, channels, height, width], or `corner` is not two integers
            for each, such that the square is inside.

    """
    checks.floats("images", images, "n", "channels", "height", "width")
    check_corners(corner, images, checks.positive_int("patch", patch))
    rows, columns = (corner.to(images.device)[:, :, None] + torch.arange(patch, device=images.device)).unbind(dim=1)
    n = torch.arange(len(images), device=images.device)
    # indices around a slice come first: [n, patch, patch, channels]
    return images[n[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def check_corners(corner: object, images: Tensor, patch: int) -> None:
    """Raise unless `corner` is integers [n, 2], with a square of `patch` pixels inside the image at each."""
    if not isinstance(corner, Tensor) or corner.dtype not in checks.INTEGERS:
        got = corner.dtype if isinstance(corner, Tensor) else type(corner).__name__
        raise TypeError(f"corner: expected integers [{len(images)}, 2], got {got}")
    if corner.shape != (len(images), 2):
        raise ValueError(f"corner: expected integers [{len(images)}, 2], got {list(corner.shape)}")
    if corner.is_meta != images.is_meta:
        raise ValueError(f"corner: expected a tensor on {images.device}, as the images are, got one on {corner.device}")
    room = torch.tensor(images.shape[2:], device="cpu") - patch
    if min(images.shape[2:]) < patch or (
        checks.can_read(corner) and not ((corner.long() >= 0) & (corner.long() <= room)).all()
    ):
        height, width = images.shape[2:]
        got = f"corners {corner.tolist()}" if checks.can_read(corner) else "smaller ones"
        raise ValueError(f"corner: expected squares of {patch} pixels inside {height} x {width}, got {got:.80}")


def patch_grid(
    images: Float[Tensor, "n channels height width"],
    *,
    patch: int,
    pitch: int,
    jitter: int = 0,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "n 9 channels {patch} {patch}"]:
    """Return the nine patches of a 3 x 3 grid, row by row, which lies anywhere in the image.

    Args:
        images: values in [0, 1].
        patch: edge of a patch.
        pitch: distance of two cells; `pitch - patch` is the gap.
        jitter: largest move of a patch, both ways.
        generator: of the position of the grid and the jitter.

    Raises:
        TypeError, ValueError: `images` is not a batch of images in [0, 1], the grid does not fit into them, or patches
            could overlap.

    """
    origin = _origin(images, patch, pitch, jitter, generator)
    n, moves = len(images), _moves(images, 9, jitter, generator)
    k = torch.arange(9, device=images.device)
    corner = origin[:, None] + pitch * torch.stack([k // 3, k % 3], dim=1) + moves
    flat = images.repeat_interleave(9, dim=0)
    return torch.unflatten(crop_at(flat, corner.reshape(-1, 2), patch), 0, (n, 9))


def patch_pairs(
    images: Float[Tensor, "n channels height width"],
    *,
    patch: int,
    pitch: int,
    jitter: int = 0,
    generator: torch.Generator | None = None,
) -> tuple[Float[Tensor, "n channels {patch} {patch}"], Float[Tensor, "n channels {patch} {patch}"], Int[Tensor, " n"]]:
    """Return the middle patch of a grid, one of its eight neighbours, and which: 0 above left … 7 below right.

    The position of the middle patch is drawn before the direction, so that it tells nothing of it.

    Raises:
        TypeError, ValueError: as for `patch_grid`.

    """
    origin = _origin(images, patch, pitch, jitter, generator)
    y = _integers(0, 8, (len(images),), images, generator)
    cell = y + (y >= 4)  # cell 4 is the middle
    step = pitch * torch.stack([cell // 3, cell % 3], dim=1)
    moves = _moves(images, 2, jitter, generator)
    first = crop_at(images, origin + pitch + moves[:, 0], patch)
    second = crop_at(images, origin + step + moves[:, 1], patch)
    return first, second, y


def _origin(images: object, patch: int, pitch: int, jitter: int, generator: torch.Generator | None) -> Tensor:
    """Return where the grids begin, [n, 2], drawn so that all nine patches fit with their jitter."""
    checks.images("images", images)
    assert isinstance(images, Tensor)
    checks.positive_int("patch", patch)
    checks.positive_int("pitch", pitch)
    checks.integer_between("jitter", jitter, 0, patch)
    if pitch < patch + 2 * jitter:
        raise ValueError(f"pitch: expected at least patch + 2 jitter = {patch + 2 * jitter}, got {pitch}: they overlap")
    room = [size - (2 * pitch + patch + 2 * jitter) for size in images.shape[2:]]
    if min(room) < 0:
        need = 2 * pitch + patch + 2 * jitter
        raise ValueError(
            f"images: expected at least {need} x {need} pixels for the grid, got {list(images.shape[2:])}"
            "; take smaller patches, or pad the images"
        )
    corner = [_integers(0, free + 1, (len(images),), images, generator) for free in room]
    return jitter + torch.stack(corner, dim=1)


def _moves(images: Tensor, patches: int, jitter: int, generator: torch.Generator | None) -> Tensor:
    return _integers(-jitter, jitter + 1, (len(images), patches, 2), images, generator)


def _integers(low: int, high: int, shape: tuple[int, ...], images: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return random integers from `low` to `high` - 1 on the images' device."""
    checks.generator("generator", generator)
    device = (generator or images).device
    return torch.randint(low, high, shape, generator=generator, device=device).to(images.device)
