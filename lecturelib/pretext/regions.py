"""Regions to leave out: masks M̂, 1 where the image is dropped (Pathak et al. 2016, Section 3.3 and Figure 3).

    >>> mask = blocks(len(images), 32, generator=generator)         # [n, 1, 32, 32]
    >>> seen = (1 - mask) * images

    centre          the middle square, a quarter of the image
    blocks          overlapping rectangles, until between a fifth and a third is dropped
    silhouettes     the outline of a real thing, turned, scaled and moved, of the same share

A test holds each of them to this share of the area: else a region would be harder only for being larger.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from lecturelib import checks
from lecturelib.sampling import uniform

CENTRE = 0.25  # share of the image that is dropped
SHARES = (0.2, 0.3)  # of the random regions: on average a quarter, too
BLOCK = (0.15, 0.35)  # edges of a rectangle, as parts of the image's edge
BISECTIONS = 12

Masks = Float[Tensor, "{n} 1 {size} {size}"]


def centre(n: int, size: int) -> Masks:
    """Return `n` times the middle square, of a quarter of the area.

    Raises:
        ValueError: `size` is below 4.

    """
    _check(n, size)
    edge = round(size * math.sqrt(CENTRE))
    start = (size - edge) // 2
    mask = torch.zeros(n, 1, size, size, device="cpu")
    mask[:, :, start : start + edge, start : start + edge] = 1
    return mask


@torch.compiler.disable  # type: ignore[untyped-decorator]  # a loop over data
def blocks(n: int, size: int, *, generator: torch.Generator | None = None) -> Masks:
    """Return `n` unions of random rectangles; each is added until the share drawn from `SHARES` is reached.

    The last rectangle may go beyond it by its own area.
    """
    _check(n, size, generator)
    mask, place = torch.zeros(n, size, size, device="cpu"), torch.arange(size, device="cpu") + 0.5
    wanted = _shares(n, mask, generator)
    while bool((short := mask.mean(dim=(1, 2)) < wanted).any()):
        u = uniform((4, n, 1), like=mask, generator=generator)
        edge = size * (BLOCK[0] + u[:2] * (BLOCK[1] - BLOCK[0]))
        start = u[2:] * (size - edge)
        rows, columns = (place > start) & (place < start + edge)
        block = (rows[:, :, None] & columns[:, None, :]) & short[:, None, None]
        mask = torch.maximum(mask, block.to(mask.dtype))
    return mask[:, None]


@torch.compiler.disable  # type: ignore[untyped-decorator]  # nothing to gain
def silhouettes(
    n: int, size: int, shapes: Float[Tensor, "k 1 h w"], *, generator: torch.Generator | None = None
) -> Masks:
    """Return `n` random shapes, turned, mirrored and moved, and scaled until they drop the share drawn from `SHARES`.

    Args:
        n, size: number of masks, and their edge.
        shapes: 1 inside a silhouette and 0 outside.
        generator: of all that is random.

    Raises:
        TypeError, ValueError: `shapes` is not a batch of images of one channel.

    """
    _check(n, size, generator)
    checks.images("shapes", shapes, channels=1)
    if shapes.device.type != "cpu":
        raise ValueError(f"shapes: expected a tensor on the CPU, where masks are drawn, got one on {shapes.device}")
    chosen = shapes.float()[torch.randint(len(shapes), (n,), generator=generator, device="cpu")]
    wanted = _shares(n, chosen, generator)
    u = uniform((4, n), like=chosen, generator=generator)
    angle, mirror, move = 2 * math.pi * u[0], 1 - 2 * (u[1] < 0.5).float(), 0.4 * u[2:] - 0.2
    # A larger scale shows the shape smaller. Its area falls with the scale, so the scale is found by bisection.
    low, high = torch.full_like(u[0], 0.8), torch.full_like(u[0], 4.0)
    for _ in range(BISECTIONS):
        scale = (low * high).sqrt()
        large = _placed(chosen, size, angle, mirror, move, scale).mean(dim=(1, 2, 3)) > wanted
        low, high = torch.where(large, scale, low), torch.where(large, high, scale)
    return _placed(chosen, size, angle, mirror, move, high)


def _placed(shapes: Tensor, size: int, angle: Tensor, mirror: Tensor, move: Tensor, scale: Tensor) -> Tensor:
    """Return the shapes seen through the map that takes the mask's positions to theirs."""
    cos, sin = angle.cos() * scale, angle.sin() * scale
    matrix = torch.stack([cos * mirror, -sin, sin * mirror, cos], dim=1).unflatten(1, (2, 2))
    theta = torch.cat([matrix, -matrix @ move.T[:, :, None]], dim=2)
    positions = affine_grid(theta, [len(shapes), 1, size, size], align_corners=False)
    return (grid_sample(shapes, positions, align_corners=False) > 0.5).float()


def _shares(n: int, like: Tensor, generator: torch.Generator | None) -> Tensor:
    return SHARES[0] + (SHARES[1] - SHARES[0]) * uniform((n,), like=like, generator=generator)


def _check(n: int, size: int, generator: torch.Generator | None = None) -> None:
    checks.generator("generator", generator)
    checks.positive_int("n", n)
    checks.positive_int("size", size)
    if size < 4:
        raise ValueError(f"size: expected at least 4 pixels, got {size}")
