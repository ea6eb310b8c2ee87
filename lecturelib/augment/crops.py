"""Cut a box out of each image and resize it, as two products with matrices: rows, then columns.

    >>> views = random_resized_crop(images, 32, generator=generator)    # scale 0.08 to 1, half of them flipped

Resizing is linear, so y = R x Cᵀ: R [size, height] averages the rows of the box, C [size, width] its columns. Every
image has matrices of its own, and one batched product replaces a loop over images. The weights are
those of a triangle as wide as a pixel of the result ("antialiased" bilinear): equal to torchvision's `resized_crop`.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lecturelib import checks

TRIES = 10  # as torchvision: so many boxes are drawn, the first that fits is taken


def interpolation_matrix(
    start: Float[Tensor, " n"], length: Float[Tensor, " n"], size_in: int, size_out: int, *, transposed: bool = False
) -> Float[Tensor, "n rows columns"]:
    """Return the weights with which each of `size_out` values averages the interval from start to start + length.

    [n, size_out, size_in], or [n, size_in, size_out] if transposed. A negative length goes backwards: it mirrors.

    Raises:
        TypeError, ValueError: `start` and `length` are not floats [n], or a size is not positive.

    """
    checks.floats("start", start, "n")
    checks.floats("length", length, len(start), like=start)
    check_lengths(start, length, size_in, size_out)
    start, length = start[:, None, None], length[:, None, None]
    pixel = torch.arange(size_in, device=start.device, dtype=start.dtype) + 0.5
    step = torch.arange(size_out, device=start.device, dtype=start.dtype) + 0.5
    pixel, step = (pixel[:, None], step) if transposed else (pixel, step[:, None])
    centre = start + length / size_out * step
    low, high = torch.minimum(start, start + length), torch.maximum(start, start + length)
    # max(0, 1 - |pixel - centre| / max(1, scale)), in place: these are as many numbers as the images have
    weights = (pixel - centre).abs_().div_((length.abs() / size_out).clamp(min=1)).neg_().add_(1).clamp_(min=0)
    weights *= (pixel > low) & (pixel < high)
    return weights.div_(weights.sum(dim=1 if transposed else 2, keepdim=True))


def check_lengths(start: Tensor, length: Tensor, size_in: int, size_out: int) -> None:
    """Raise unless sizes are positive, and each interval is a pixel or more inside: less may have no weight at all."""
    if not checks.can_read(length):
        return  # a size may be a symbol
    checks.positive_int("size_in", size_in)
    checks.positive_int("size_out", size_out)
    low, high = torch.minimum(start, start + length), torch.maximum(start, start + length)
    if not ((length.abs() >= 1) & (low >= -1e-3) & (high <= size_in + 1e-3)).all():
        raise ValueError(f"length: expected intervals of a pixel or more from 0 to {size_in}, got {low} to {high}")


def resized_crop(
    images: Float[Tensor, "n channels height width"], boxes: Float[Tensor, "n 4"] | Int[Tensor, "n 4"], size: int
) -> Float[Tensor, "n channels {size} {size}"]:
    """Return each image's box at `size` x `size`.

    Args:
        images: values in [0, 1].
        boxes: top, left, height, width of a box inside the image, in pixels.
        size: edge of the result.

    Raises:
        TypeError, ValueError: `images` is not a batch of images in [0, 1], `size` is not positive, or `boxes` is not
            one box inside the image for each.

    """
    checks.images("images", images)
    checks.positive_int("size", size)
    height, width = images.shape[2:]
    if (
        not isinstance(boxes, Tensor)
        or boxes.shape != (len(images), 4)
        or boxes.dtype == torch.bool
        or boxes.is_meta != images.is_meta
    ):
        got = f"{boxes.dtype} {list(boxes.shape)}" if isinstance(boxes, Tensor) else type(boxes).__name__
        raise ValueError(f"boxes: expected a tensor [{len(images)}, 4], got {got}")
    top, left, tall, wide = boxes.to(images.device, _precise(images)).unbind(dim=1)
    fits = (top >= 0) & (left >= 0) & (tall >= 1) & (wide >= 1) & (top + tall <= height) & (left + wide <= width)
    if checks.can_read(fits) and not fits.all():
        wrong = boxes[int((~fits).nonzero()[0, 0])].tolist()
        raise ValueError(f"boxes: expected top, left, height, width inside {height} x {width} pixels, got {wrong}")
    return _resize(images, (top, tall), (left, wide), size)


def random_boxes(
    n: int,
    height: int,
    width: int,
    *,
    scale: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
    generator: torch.Generator | None = None,
) -> Int[Tensor, "{n} 4"]:
    """Return `n` random boxes: fraction of the area uniform in `scale`, log of width / height uniform in log `ratio`.

    Raises:
        TypeError, ValueError: a size is not a positive integer, a range is empty, or the scale is not in (0, 1].

    """
    checks.generator("generator", generator)
    n, height, width = (checks.positive_int(k, x) for k, x in (("n", n), ("height", height), ("width", width)))
    return _boxes(n, height, width, scale, ratio, generator, generator.device if generator else None)


def _boxes(
    n: int,
    height: int,
    width: int,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    generator: torch.Generator | None,
    device: torch.device | None,
) -> Tensor:
    scale, ratio = checks.interval("scale", scale, highest=1), checks.interval("ratio", ratio)
    u, v, s, t = torch.rand(4, n, TRIES, generator=generator, dtype=torch.float32, device=device)
    area = height * width * (scale[0] + u * (scale[1] - scale[0]))
    aspect = torch.exp(math.log(ratio[0]) + v * math.log(ratio[1] / ratio[0]))
    wide, tall = (area * aspect).sqrt().round(), (area / aspect).sqrt().round()
    fits = (wide >= 1) & (tall >= 1) & (wide <= width) & (tall <= height)
    fits[:, -1] = True  # where none fits, the last is cut to the image
    first = fits.int().argmax(dim=1, keepdim=True)
    wide, tall = wide.clamp(1, width).gather(1, first), tall.clamp(1, height).gather(1, first)
    top = (s.gather(1, first) * (height - tall + 1)).floor()
    left = (t.gather(1, first) * (width - wide + 1)).floor()
    return torch.cat([top, left, tall, wide], dim=1).long()


def random_resized_crop(
    images: Float[Tensor, "n channels height width"],
    size: int,
    *,
    scale: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
    flip: float = 0.5,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "n channels {size} {size}"]:
    """Return a random box of each image at `size` x `size`, mirrored with probability `flip`.

    Raises:
        TypeError, ValueError: the images are not floats in [0, 1], or `size`, a range of the boxes or `flip` is not
            what it should be.

    """
    checks.images("images", images)
    checks.positive_int("size", size)
    checks.probability("flip", flip)
    n, _, height, width = images.shape
    checks.generator("generator", generator)
    boxes = _boxes(n, height, width, scale, ratio, generator, (generator or images).device)
    mirrored = torch.rand(n, generator=generator, dtype=torch.float32, device=boxes.device) < flip
    top, left, tall, wide = boxes.to(images.device, _precise(images)).unbind(dim=1)
    mirrored = mirrored.to(images.device)
    return _resize(images, (top, tall), (left + mirrored * wide, wide - 2 * mirrored * wide), size)


def _resize(images: Tensor, rows: tuple[Tensor, Tensor], columns: tuple[Tensor, Tensor], size: int) -> Tensor:
    """y = R x Cᵀ for intervals (start, length) of rows and columns."""
    r = interpolation_matrix(*rows, images.shape[2], size)
    ct = interpolation_matrix(*columns, images.shape[3], size, transposed=True)
    # all channels' rows are multiplied by Cᵀ at once, and R is repeated for each channel
    y = r[:, None] @ torch.unflatten(images.to(r.dtype).flatten(1, 2) @ ct, 1, images.shape[1:3])
    return y.to(images.dtype)


def _precise(images: Tensor) -> torch.dtype:
    """Return the precision to compute weights in: single at least."""
    return torch.promote_types(images.dtype, torch.float32)


def chromatic_aberration(images: Float[Tensor, "n 3 height width"], amount: float) -> Float[Tensor, "n 3 height width"]:
    """Return the images through a bad lens: red and blue are magnified by 1 + amount around the middle, green is not.

    So green is shifted towards the middle against the others, by d · amount at a pixel d away from it: the colours of a
    patch tell where it was.

    Raises:
        TypeError, ValueError: `images` is not a batch of square colour images, or `amount` is not in [0, 1].

    """
    checks.images("images", images, channels=3)
    checks.probability("amount", amount)
    n, _, height, width = images.shape
    if height != width:
        raise ValueError(f"images: expected square ones, got {height} x {width}")
    magnified = torch.tensor([amount, 0.0, amount], dtype=_precise(images), device="cpu")
    shown = 1 / (1 + magnified)  # of the side, by channel
    length = shown.to(images.device, non_blocking=True).repeat(n) * height
    start = (height - length) / 2
    x = images.reshape(3 * n, 1, height, width)
    return _resize(x, (start, length), (start, length), height).reshape(images.shape)
