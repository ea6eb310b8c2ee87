"""The other augmentations of SimCLR's Figure 4: blur, noise, cutout, edges, rotations; a batch at a time.

>>> views = gaussian_blur(images, sigma=(0.1, 2.0), generator=generator)
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, pad

from lecturelib import checks
from lecturelib.sampling import normal, uniform

Images = Float[Tensor, "n channels height width"]
SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))
STEEPEST = 4 * 2**0.5  # the largest length of a Sobel gradient of values from 0 to 1 is below this


def gaussian_blur(
    images: Images,
    *,
    kernel_size: int = 5,
    sigma: tuple[float, float] = (0.1, 2.0),
    p: float = 1.0,
    generator: torch.Generator | None = None,
) -> Images:
    """Return each image averaged with a Gaussian window, whose deviation is uniform in `sigma`, with probability `p`.

    Args:
        images: values in [0, 1].
        kernel_size: edge of the window, odd and below twice the image's; SimCLR's is a tenth of the image's edge.
        sigma: range of the deviation, in pixels.
        p: probability that an image is blurred.
        generator: of the deviations and the choice.

    Raises:
        TypeError, ValueError: `images` is not a batch of images in [0, 1], `kernel_size` is even or too large, or a
            range is empty.

    """
    checks.images("images", images)
    checks.positive_int("kernel_size", kernel_size)
    checks.probability("p", p)
    n, channels, height, width = images.shape
    if kernel_size % 2 == 0 or kernel_size // 2 >= min(height, width):
        raise ValueError(f"kernel_size: expected an odd number below {2 * min(height, width)}, got {kernel_size}")
    sigma = checks.interval("sigma", sigma)
    u, chosen = uniform((2, n), like=images, generator=generator)
    deviation = (sigma[0] + u * (sigma[1] - sigma[0]))[:, None]
    position = torch.arange(kernel_size, device=images.device, dtype=u.dtype) - kernel_size // 2
    window = torch.exp(-(position**2) / (2 * deviation**2))
    window = (window / window.sum(dim=1, keepdim=True)).repeat_interleave(channels, dim=0)
    # a window for each image: all images lie side by side as channels of one, each a group of its own
    x = pad(images.to(u.dtype), [kernel_size // 2] * 4, mode="reflect").reshape(
        1, n * channels, height + kernel_size - 1, width + kernel_size - 1
    )
    x = conv2d(x, window[:, None, :, None], groups=n * channels)
    x = conv2d(x, window[:, None, None, :], groups=n * channels).reshape(images.shape)
    return torch.where((chosen < p)[:, None, None, None], x.to(images.dtype), images)


def gaussian_noise(images: Images, *, deviation: float = 0.1, generator: torch.Generator | None = None) -> Images:
    """Return the images plus normal noise, clipped to [0, 1].

    Raises:
        TypeError, ValueError: `images` is not a batch of images in [0, 1], or `deviation` is not in [0, 1].

    """
    checks.images("images", images)
    checks.probability("deviation", deviation)
    noise = normal(images.shape, like=images, generator=generator).to(images.dtype)
    return (images + deviation * noise).clamp(0, 1)


def cutout(images: Images, *, size: float = 0.5, fill: float = 0.5, generator: torch.Generator | None = None) -> Images:
    """Return the images without a square, whose edge is `size` times theirs, anywhere inside; it becomes `fill`.

    Raises:
        TypeError, ValueError: `images` is not a batch of images in [0, 1], or a number is not in [0, 1].

    """
    checks.images("images", images)
    checks.probability("size", size)
    checks.probability("fill", fill)
    n, _, height, width = images.shape
    inside = []
    for u, side in zip(uniform((2, n), like=images, generator=generator), (height, width), strict=True):
        edge = round(size * side)
        start = (u * (side - edge + 1)).floor()[:, None]
        position = torch.arange(side, device=images.device)
        inside.append((position >= start) & (position < start + edge))
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return images.masked_fill(hole, fill)


def sobel(images: Images) -> Images:
    """Return the steepness of each channel at each position: the length of Sobel's gradient, scaled to [0, 1].

    Raises:
        TypeError, ValueError: `images` is not a batch of images in [0, 1].

    """
    checks.images("images", images)
    kernel = torch.tensor(SOBEL, device="cpu").to(images, non_blocking=True)
    x = pad(images, [1] * 4, mode="replicate").flatten(0, 1)[:, None]
    both = conv2d(x, torch.stack([kernel, kernel.T])[:, None])
    square = both.square().sum(dim=1)
    steep = square > 0  # elsewhere the gradient of the root would be infinite, and NaN further back
    return (torch.where(steep, square, 1).sqrt() * steep / STEEPEST).reshape(images.shape)


def random_rot90(images: Images, *, generator: torch.Generator | None = None) -> Images:
    """Return each image turned by 0, 90, 180 or 270 degrees, at random.

    Raises:
        TypeError, ValueError: `images` is not a batch of square images in [0, 1].

    """
    checks.images("images", images)
    if images.shape[2] != images.shape[3]:
        raise ValueError(f"images: expected square ones, got {list(images.shape[2:])}")
    turns = (4 * uniform((len(images),), like=images, generator=generator)).long()
    rotated = torch.stack([torch.rot90(images, k, dims=(2, 3)) for k in range(4)])
    return rotated[turns, torch.arange(len(images), device=images.device)]
