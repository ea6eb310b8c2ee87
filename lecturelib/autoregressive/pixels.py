"""What the densities over images share: likelihood, bits per dimension, and sampling pixel by pixel."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from lecturelib import checks, sampling
from lecturelib.autoregressive.masked import MaskedConv2d
from lecturelib.autoregressive.mixed_cross_entropy import MixedCrossEntropy

LogitsAt = Callable[[int, int], Tensor]  # row, column -> logits [n, options, channels] at that pixel
OnPixelDone = Callable[[int, int], None]
Sampler = tuple[LogitsAt, OnPixelDone]


class ImageDensity(nn.Module, ABC):
    """A density p(x) over images of any size, pixel by pixel and, within a pixel, channel by channel.

    Every `x` is an integer tensor [batch, channels, height, width] with values from 0 to num_levels - 1. Where the
    model was made with `num_classes`, every `x` comes with `labels` [batch], and p is conditional on them.
    """

    out: MaskedConv2d

    def __init__(self, channels: int, num_levels: int, num_classes: int | None = None) -> None:
        super().__init__()
        self.channels = checks.positive_int("channels", channels)
        self.num_levels = checks.integer_between("num_levels", num_levels, 2, 2**16)
        self.num_classes = None if num_classes is None else checks.positive_int("num_classes", num_classes)

    @abstractmethod
    def network(self, v: Float[Tensor, "batch channels height width"], labels: Tensor | None = None) -> Tensor:
        """Logits [batch, options, channels, height, width] from intensities between -1 and 1."""

    def logits(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, "batch options channels height width"]:
        """Scores of the levels of every pixel and channel given those before it; one log-odds where num_levels = 2.

        Args:
            x: integers from 0 to num_levels - 1.
            labels: the classes of a class-conditional model.

        Raises:
            TypeError, ValueError: `x` or `labels` is of another type, shape or range.

        """
        check_images(self, x, labels)
        return self.network(self.intensities(x), labels)

    forward = logits

    def log_prob(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, " batch"]:
        """log p(x), or log p(x | label), in nats, one per image, differentiable in the weights."""
        return log_prob(self.logits(x, labels), x)

    def bits_per_dim(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, " batch"]:
        """Return -log₂ p(x) divided by the number of pixels times channels."""
        return -self.log_prob(x, labels) / (x[0].numel() * math.log(2))

    def intensities(self, x: Integer[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Scale the levels 0 … num_levels - 1 to -1 … 1."""
        return x.to(self.out.weight.dtype) * (2 / (self.num_levels - 1)) - 1

    def blank(self, n: int, size: Sequence[int]) -> Integer[Tensor, "n channels height width"]:
        """Return `n` images of zeros.

        Raises:
            TypeError, ValueError: `n`, or one of the two numbers of `size`, is not a positive integer.

        """
        n, (height, width) = checks.positive_int("n", n), _image_size(size)
        return torch.zeros(n, self.channels, height, width, dtype=torch.long, device=self.out.weight.device)


class RasterDensity(ImageDensity):
    """An image density whose pixels are drawn in raster order: row by row, each from left to right."""

    @abstractmethod
    def incremental(self, x: Tensor, labels: Tensor | None) -> Sampler:
        """Functions for `sample_pixels` that compute one pixel, from what the layers remember of the others."""

    def sample(
        self,
        n: int,
        size: Sequence[int],
        labels: Integer[Tensor, " n"] | None = None,
        *,
        generator: torch.Generator | None = None,
        fast: bool = True,
    ) -> Integer[Tensor, "n channels height width"]:
        """Draw `n` images of `size` (height, width), pixel by pixel; `fast` as in `complete`.

        Raises:
            TypeError, ValueError: `n` or `size` is not a positive integer, or the `labels` do not fit.

        """
        return self.complete(self.blank(n, size), 0, labels, generator=generator, fast=fast)

    @torch.no_grad()
    def complete(
        self,
        x: Integer[Tensor, "n channels height width"],
        known: int,
        labels: Integer[Tensor, " n"] | None = None,
        *,
        generator: torch.Generator | None = None,
        fast: bool = True,
    ) -> Integer[Tensor, "n channels height width"]:
        """Keep the first `known` pixels of `x` in raster order and draw the others, each given those before.

        `fast` computes each pixel once, from what the layers remember; otherwise the whole network runs for every
        pixel and channel. Both draw the same images (but for a uniform that falls between two roundings).

        Raises:
            TypeError, ValueError: `x` or `labels` is of another type, shape or range, or `known` is not an integer
                from 0 to height · width.

        """
        check_images(self, x, labels)
        number = x[0, 0].numel()
        known = checks.integer_between("known", known, 0, number)
        x = x.to(torch.long, copy=True)
        given = (torch.arange(number, device="cpu") < known).view(x.shape[2:])
        x[:, :, ~given] = 0
        u = sampling.uniform(x.shape, like=self.out.weight, generator=generator)
        return sample_pixels(x, given, u, self.incremental(x, labels) if fast else whole_network(self, x, labels))


def whole_network(model: ImageDensity, x: Tensor, labels: Tensor | None = None) -> Sampler:
    """Functions for `sample_pixels` that run the whole network for every pixel and channel."""
    return lambda row, column: model.logits(x, labels)[..., row, column], lambda row, column: None


def sample_pixels(
    x: Integer[Tensor, "n channels height width"],
    given: Bool[Tensor, "height width"],
    u: Float[Tensor, "n channels height width"],
    sampler: Sampler,
) -> Integer[Tensor, "n channels height width"]:
    """Go through the pixels in raster order and through the channels of each, and draw those that are not given.

    Args:
        x: changed in place.
        given: which pixels already have their value.
        u: a uniform number for each of the others, all drawn beforehand, so that two ways to compute the same
            conditionals draw the same pixels.
        sampler: two functions of row and column. The first returns logits [n, options, channels] given x as far as it
            stands, of which only those of the current channel are read; the second is called when a pixel is done.

    """
    logits_at, on_pixel_done = sampler
    _, channels, height, width = x.shape
    is_given = given.tolist()
    for row in range(height):
        for column in range(width):
            if is_given[row][column]:
                logits_at(row, column)
            else:
                for k in range(channels):
                    p = probabilities(logits_at(row, column)[:, :, k].to(u.dtype))
                    x[:, k, row, column] = sampling.categorical(p, u[:, k, row, column])
            on_pixel_done(row, column)
    return x


def log_prob(
    logits: Float[Tensor, "batch options channels height width"], x: Integer[Tensor, "batch channels height width"]
) -> Float[Tensor, " batch"]:
    """log p(x) in nats: Σ over pixels and channels of log softmax; with one option a logit, of log Bernoulli."""
    if logits.dtype == torch.bfloat16 and logits.shape[1] > 1 and checks.can_read(logits) and not checks.transformed():
        nats: Tensor = MixedCrossEntropy.apply(logits, x)  # mixed precision on a CPU
        return -nats.flatten(1).sum(1)
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if logits.shape[1] == 1:
        nats = binary_cross_entropy_with_logits(logits[:, 0], x.to(logits.dtype), reduction="none")
    else:
        nats = cross_entropy(logits, x.long(), reduction="none")
    return -nats.flatten(1).sum(1)


def probabilities(logits: Float[Tensor, "n options *shape"]) -> Float[Tensor, "n levels *shape"]:
    """p of each level: softmax, or (1 - σ, σ) where there is only one logit."""
    if logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
    return logits.softmax(dim=1)


def by_channel(
    h: Float[Tensor, "batch features *position"], channels: int
) -> Float[Tensor, "batch options channels *position"]:
    """Sort a network's output features, which are grouped by channel, into the options of each channel."""
    return torch.unflatten(h, 1, (channels, -1)).transpose(1, 2)


def options(num_levels: int) -> int:
    """Number of outputs per channel: one log-odds for two levels, else one score per level."""
    return 1 if num_levels == 2 else num_levels


def _image_size(size: object) -> tuple[int, int]:
    if not isinstance(size, Sequence) or isinstance(size, str) or len(size) != 2:
        raise TypeError(f"size: expected two integers (height, width), got {size!r} ({type(size).__name__})")
    return checks.positive_int("size[0], the height", size[0]), checks.positive_int("size[1], the width", size[1])


def network_sizes(
    channels: int, hidden_channels: int, num_layers: int, head_channels: int, dilations: Sequence[int] = (1,)
) -> tuple[int, int, int, tuple[int, ...]]:
    """Return the checked sizes of a network, all but the first, as plain integers.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there are fewer feature maps than channels.

    """
    for name, value in {"hidden_channels": hidden_channels, "head_channels": head_channels}.items():
        if checks.positive_int(name, value) < channels:
            raise ValueError(
                f"{name}: expected at least one feature map per channel ({channels}), else a channel could not see "
                f"those before it, got {value}"
            )
    if not isinstance(dilations, Sequence):
        raise TypeError(f"dilations: expected a sequence of integers, got {dilations!r} ({type(dilations).__name__})")
    if not dilations:
        raise ValueError("dilations: expected at least one, got none")
    plain = tuple(checks.positive_int(f"dilations[{k}]", dilation) for k, dilation in enumerate(dilations))
    return int(hidden_channels), checks.positive_int("num_layers", num_layers), int(head_channels), plain


def check_images(model: ImageDensity, x: object, labels: object, name: str = "x") -> None:
    """Raise unless `x` and `labels` are what `model` describes.

    Raises:
        TypeError: `x` or `labels` is not an integer tensor, or there are labels for a model without, or the reverse.
        ValueError: a shape, a device or a value is off.

    """
    channels, levels, like = model.channels, model.num_levels, model.out.weight
    shape = f"[batch, {channels}, height, width]"
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expected an integer tensor {shape}, got {type(x).__name__}")
    if x.dtype not in checks.INTEGERS:
        raise TypeError(
            f"{name}: expected integers from 0 to {levels - 1}, got dtype {x.dtype}; use {name}.long() if they are"
        )
    if x.dim() != 4 or x.shape[1] != channels or 0 in x.shape:
        raise ValueError(f"{name}: expected shape {shape}, none of them 0, got {list(x.shape)}")
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device} (the model's), got one on {x.device}")
    _check_range(f"{name}: expected levels", x, levels)
    if model.num_classes is None:
        if labels is not None:
            raise TypeError("labels: expected None, since the model was made without `num_classes`")
        return
    if not isinstance(labels, Tensor) or labels.dtype not in checks.INTEGERS:
        got = f"dtype {labels.dtype}" if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"labels: expected an integer tensor [{len(x)}] of classes, got {got}")
    if labels.shape != x.shape[:1]:
        raise ValueError(f"labels: expected shape [{len(x)}], one per image, got {list(labels.shape)}")
    if labels.device != like.device:
        raise ValueError(f"labels: expected a tensor on {like.device} (the model's), got one on {labels.device}")
    _check_range("labels: expected classes", labels, model.num_classes)


def _check_range(expected: str, x: Tensor, number: int) -> None:
    if not checks.can_read(x):
        return
    low, high = checks.lowest_and_highest(x)
    if low < 0 or high >= number:
        raise ValueError(f"{expected} from 0 to {number - 1}, got {low} to {high}")
