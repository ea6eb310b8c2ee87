"""Change the colours of each image of a batch by factors of its own.

    >>> views = random_grayscale(color_jitter(images, strength=0.5, generator=generator), p=0.2, generator=generator)

Brightness, contrast, saturation and hue are torchvision's functions, but for a batch with one factor per image. Hue is
turned exactly, through HSV. `fast_color_jitter` is an approximation: all four are nearly a linear map of the three
channels, y = A x + b, and so a 3 x 4 matrix for each image; it turns the hue around the gray axis.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from lecturelib import checks
from lecturelib.sampling import uniform

GRAY = (0.2989, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)
GREEN_MAGENTA = (-1.0, 2.0, -1.0)

Images = Float[Tensor, "n 3 height width"]
Factors = Float[Tensor, " n"]


def luminance(images: Images) -> Float[Tensor, "n 1 height width"]:
    """Return the gray images; of numbers of any range.

    Raises:
        TypeError, ValueError: the images are not finite floats [n, 3, height, width].

    """
    checks.floats("images", images, "n", 3, "height", "width")
    r, g, b = images.chunk(3, dim=1)
    return GRAY[0] * r + GRAY[1] * g + GRAY[2] * b


def adjust_brightness(images: Float[Tensor, "n channels height width"], factor: Factors) -> Tensor:
    """Multiply by `factor` (1 leaves all as it is), and clip to [0, 1].

    Raises:
        TypeError, ValueError: `images` is not a batch of images in [0, 1], or `factor` not one number >= 0 per image.

    """
    _check(images, factor, channels=None)
    return (images * factor[:, None, None, None]).clamp(0, 1)


def adjust_contrast(images: Images, factor: Factors) -> Images:
    """Move away from the image's mean gray (factor above 1) or towards it; errors as for `adjust_brightness`."""
    _check(images, factor)
    return _blend(images, luminance(images).mean(dim=(2, 3), keepdim=True), factor)


def adjust_saturation(images: Images, factor: Factors) -> Images:
    """Move away from the gray image (factor above 1) or towards it; errors as for `adjust_brightness`."""
    _check(images, factor)
    return _blend(images, luminance(images), factor)


def _blend(images: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    return torch.lerp(other, images, factor[:, None, None, None]).clamp(0, 1)


def adjust_hue(images: Images, shift: Factors) -> Images:
    """Turn the hue by `shift`, a part of the circle from -1/2 to 1/2: to HSV, and back.

    Raises:
        TypeError, ValueError: `images` is not a batch of colour images in [0, 1], or a shift is beyond 1/2.

    """
    _check(images, shift, name="shift", low=-0.5, high=0.5)
    r, g, b = images.unbind(dim=1)
    value, low = images.amax(dim=1), images.amin(dim=1)
    chroma = value - low
    safe = torch.where(chroma > 0, chroma, 1.0)
    # hue in sixths of the circle, from the largest channel
    hue = torch.where(value == b, 4 + (r - g) / safe, 0)
    hue = torch.where(value == g, 2 + (b - r) / safe, hue)
    hue = torch.where(value == r, (g - b) / safe, hue)
    hue = hue + 6 * shift[:, None, None]
    # a channel lies between low and value; k is its distance around the circle: 0 and 4 and beyond are at value
    channels = [value - chroma * _ramp((hue + n) % 6) for n in (5, 3, 1)]
    return torch.stack(channels, dim=1)


def _ramp(k: Tensor) -> Tensor:
    return torch.minimum(k, 4 - k).clamp(0, 1)


def _check(
    images: Tensor,
    factor: object,
    channels: int | None = 3,
    *,
    name: str = "factor",
    low: float = 0.0,
    high: float = math.inf,
) -> None:
    """Raise unless `factor` is one number from `low` to `high` per image, of the images' dtype and on their device."""
    checks.images("images", images, channels=channels)
    if not isinstance(factor, Tensor):
        raise TypeError(f"{name}: expected a tensor, one number per image, got {type(factor).__name__}")
    if factor.shape != (len(images),) or not factor.is_floating_point():
        raise ValueError(
            f"{name}: expected {len(images)} floats, one per image, got {factor.dtype} {list(factor.shape)}"
        )
    if factor.dtype != images.dtype or factor.device != images.device:
        raise TypeError(
            f"{name}: expected {images.dtype} on {images.device} (the images'), got {factor.dtype} on {factor.device}"
        )
    if checks.can_read(factor) and not ((factor >= low) & (factor <= high) & factor.isfinite()).all():
        limits = "finite numbers >= 0" if high == math.inf else f"numbers in [{low}, {high}]"
        raise ValueError(f"{name}: expected {limits}, got {factor.min():.4g} to {factor.max():.4g}")


def color_jitter(
    images: Images,
    *,
    strength: float = 0.5,
    p: float = 0.8,
    generator: torch.Generator | None = None,
) -> Images:
    """Change brightness, contrast and saturation by up to 0.8 s and hue by up to 0.2 s, in random order (SimCLR's).

    Args:
        images: values in [0, 1].
        strength: s; 1 for SimCLR on ImageNet, 0.5 on CIFAR-10.
        p: probability that an image is changed at all.
        generator: of the factors, of the images that change, and of the order, which is one for the whole batch.

    Raises:
        TypeError, ValueError: `images` is not a batch of colour images in [0, 1], or a number is out of its range.

    """
    chosen, factors = _draw(images, strength, p, generator)
    return torch.where(chosen[:, None, None, None], _in_random_order(images, factors, generator), images)


def _in_random_order(images: Images, factors: Float[Tensor, "4 n"], generator: torch.Generator | None) -> Images:
    adjust = (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue)
    # drawn on the CPU, so that nothing waits for a GPU, unless the generator is there
    for k in torch.randperm(4, generator=generator, device=generator.device if generator else "cpu").tolist():
        images = adjust[k](images, factors[k])
    return images


def fast_color_jitter(
    images: Images,
    *,
    strength: float = 0.5,
    p: float = 0.8,
    gray: float = 0.0,
    generator: torch.Generator | None = None,
) -> Images:
    """As `color_jitter`, approximately: one 3 x 4 matrix per image, clipped once; the order is as written here.

    Args:
        images, strength, p, generator: as for `color_jitter`.
        gray: probability that an image then becomes gray, which is a matrix, too.

    Raises:
        TypeError, ValueError: the images are not floats in [0, 1], or `strength`, `p` or `gray` is out of range.

    """
    checks.probability("gray", gray)
    chosen, (bright, contrast, saturation, shift) = _draw(images, strength, p, generator)
    n, eye = len(images), torch.eye(3, dtype=images.dtype, device=images.device)
    mix = torch.stack([torch.full_like(eye[0], weight) for weight in GRAY], dim=1)  # a colour to its gray, three times
    a = eye + (saturation - 1)[:, None, None] * (eye - mix)
    a = _turn(2 * math.pi * shift) @ a * (bright * contrast)[:, None, None]
    # contrast: y = c x + (1 - c) m, where m is the mean gray of the image before it
    mean = a @ images.mean(dim=(2, 3))[:, :, None]
    b = (1 / contrast - 1)[:, None, None] * (mix @ mean)
    a, b = torch.where(chosen[:, None, None], a, eye), torch.where(chosen[:, None, None], b, torch.zeros_like(b))
    if gray:
        turns = _chosen(images, gray, generator)[:, None, None]
        a, b = torch.where(turns, mix @ a, a), torch.where(turns, mix @ b, b)
    return torch.baddbmm(b, a, images.reshape(n, 3, -1)).clamp_(0, 1).reshape(images.shape)


def _turn(angle: Float[Tensor, " n"]) -> Float[Tensor, "n 3 3"]:
    """Return rotations around the axis (1, 1, 1), which leave gray as it is (Rodrigues' formula)."""
    eye = torch.eye(3, dtype=angle.dtype, device=angle.device)
    k = (eye.roll(1, dims=0) - eye.roll(1, dims=1)) / math.sqrt(3)  # v -> axis x v
    sin, cos = angle.sin()[:, None, None], angle.cos()[:, None, None]
    return eye + sin * k + (1 - cos) * (k @ k)


def _draw(
    images: Tensor, strength: float, p: float, generator: torch.Generator | None
) -> tuple[Tensor, Float[Tensor, "4 n"]]:
    """Return which images change, and factors for brightness, contrast and saturation, and shifts of the hue."""
    checks.images("images", images, channels=3)
    checks.probability("p", p)
    strength = checks.probability("strength", strength)
    chosen = _chosen(images, p, generator)
    u = 2 * uniform((4, len(images)), like=images, generator=generator).to(images.dtype) - 1
    return chosen, torch.cat([1 + 0.8 * strength * u[:3], 0.2 * strength * u[3:]])


def _chosen(images: Tensor, p: float, generator: torch.Generator | None) -> Tensor:
    """Return which images are chosen, each with probability `p`."""
    checks.generator("generator", generator)
    device = generator.device if generator else images.device
    return (torch.rand(len(images), generator=generator, dtype=torch.float32, device=device) < p).to(images.device)


def random_grayscale(images: Images, *, p: float = 0.2, generator: torch.Generator | None = None) -> Images:
    """Return the images, each gray (in all three channels) with probability `p`.

    Raises:
        TypeError, ValueError: `images` is not a batch of colour images in [0, 1], or `p` not a probability.

    """
    checks.images("images", images, channels=3)
    checks.probability("p", p)
    return torch.where(_chosen(images, p, generator)[:, None, None, None], luminance(images), images)


def channel_drop(
    images: Float[Tensor, "n 3 *size"], *, noise: float = 0.01, generator: torch.Generator | None = None
) -> Float[Tensor, "n 3 *size"]:
    """Keep one random channel of each image and replace the other two by Gaussian noise around 1/2 (Doersch 2015).

    Args:
        images: also patches, of any size.
        noise: standard deviation; the paper takes a hundredth of that of the channel that stays.
        generator: of the channels and the noise.

    Raises:
        TypeError, ValueError: the images are not floats [n, 3, ...] in [0, 1], or `noise` or `generator` is something
            else.

    """
    check_colors(images, low=0, high=1)
    noise = checks.number("noise", noise, low=0)
    checks.generator("generator", generator)
    device = generator.device if generator else images.device
    kept = torch.randint(3, (len(images), 1), generator=generator, device=device).to(images.device)
    shape = (len(images), 3, *(1,) * (images.dim() - 2))
    keep = (torch.arange(3, device=images.device) == kept).reshape(shape)
    normal = torch.randn(images.shape, generator=generator, dtype=torch.float32, device=device).to(images)
    other = 0.5 + noise * normal
    return torch.where(keep, images, other)


def check_colors(images: object, low: float = -math.inf, high: float = math.inf) -> None:
    """Raise unless `images` are finite floats [n, 3, ...] from `low` to `high`, up to a rounding."""
    checks.floats("images", images, "n", 3, "...")
    assert isinstance(images, Tensor)
    if checks.can_read(images) and not ((images >= low - 1e-5) & (images <= high + 1e-5) & images.isfinite()).all():
        limits = f"values in [{low:g}, {high:g}]" if math.isfinite(high) else "finite values"
        raise ValueError(f"images: expected {limits}, got {images.min():.4g} to {images.max():.4g}")


def project_colors(images: Float[Tensor, "n 3 *size"]) -> Float[Tensor, "n 3 *size"]:
    """Return B x for every pixel, without the green-magenta axis a = (-1, 2, -1), of a patch of any size (Doersch).

    Raises:
        TypeError, ValueError: the images are not finite floats [n, 3, ...]; they may be of any range.

    """
    check_colors(images)
    a = torch.tensor(GREEN_MAGENTA, device="cpu").to(images, non_blocking=True)
    # B = I - aᵀa / (a aᵀ)
    b = torch.eye(3, dtype=images.dtype, device=images.device) - a[:, None] * a / (a @ a)
    return torch.einsum("dc,nc...->nd...", b, images)
