"""What the densities over images share: likelihood, bits per dimension, and the walk that draws pixel after pixel."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from lecturelib import checks, sampling


def intensities(x: Integer[Tensor, "*shape"], levels: int, like: Tensor) -> Float[Tensor, "*shape"]:
    """Scale the levels 0 … levels-1 to -1 … 1."""
    return x.to(like.dtype) * (2 / (levels - 1)) - 1


def log_prob(
    logits: Float[Tensor, "batch options channels height width"], x: Integer[Tensor, "batch channels height width"]
) -> Float[Tensor, " batch"]:
    """log p(x) in nats: Σ over pixels and channels of log softmax; with one option a logit, of log Bernoulli."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if logits.shape[1] == 1:
        nats = binary_cross_entropy_with_logits(logits[:, 0], x.to(logits.dtype), reduction="none")
    else:
        nats = cross_entropy(logits, x.long(), reduction="none")
    return -nats.flatten(1).sum(1)


def probabilities(logits: Float[Tensor, "n options *shape"]) -> Float[Tensor, "n levels *shape"]:
    """p of each level: softmax, or (1 - σ, σ) where there is but one logit."""
    if logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
    return logits.softmax(dim=1)


def by_channel(
    h: Float[Tensor, "batch features *place"], channels: int
) -> Float[Tensor, "batch options channels *place"]:
    """Sort a network's output features, which stand channel by channel, into the options of each channel."""
    return h.unflatten(1, (channels, -1)).transpose(1, 2)


def bits_per_dim(nats: Float[Tensor, " batch"], dimensions: int) -> Float[Tensor, " batch"]:
    """Return -log₂ p(x) divided by the number of pixels times channels."""
    return -nats / (dimensions * math.log(2))


def uniforms(x: Tensor, generator: torch.Generator | None, like: Tensor) -> Tensor:
    """Return a uniform number for each pixel and channel of `x`.

    All are drawn at once, so that two ways to compute the same conditionals draw the same pixels.

    Raises:
        TypeError: `generator` is not a torch.Generator.

    """
    return sampling.uniform(x.shape, like=like, generator=generator)


LogitsAt = Callable[[int, int], Tensor]
Written = Callable[[int, int], None]


def walk(
    x: Integer[Tensor, "n channels height width"],
    given: Bool[Tensor, "height width"],
    u: Float[Tensor, "n channels height width"],
    logits_at: LogitsAt,
    written: Written,
) -> Integer[Tensor, "n channels height width"]:
    """Go through the pixels in raster order and through the channels of each, and draw those that are not given.

    Args:
        x: changed in place.
        given: which pixels already have their value.
        u: a uniform number for each of the others.
        logits_at: logits [n, options, channels] at a row and a column given x as far as it stands; only those of the
            channel in turn are read.
        written: called after a pixel has its value.

    """
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
            written(row, column)
    return x


@torch.no_grad()
def complete(
    model: Any, x: Tensor, known: int, labels: Tensor | None, generator: torch.Generator | None, fast: bool
) -> Tensor:
    """Keep the first `known` pixels of `x` in raster order and draw the others, each given those before.

    `fast` takes the logits from `model.incremental`, which computes each pixel once; otherwise the whole network runs
    for every pixel and channel. Both draw the same images, unless a uniform falls between two roundings.
    """
    check_images(model, x, labels)
    checks.integer_between("known", known, 0, x[0, 0].numel())
    x, given = x.to(torch.long, copy=True), (torch.arange(x[0, 0].numel()) < known).view(x.shape[2:])
    x[:, :, ~given] = 0
    u = uniforms(x, generator, model.out.weight)
    if fast:
        return walk(x, given, u, *model.incremental(x, labels))
    return walk(x, given, u, lambda row, column: model.logits(x, labels)[..., row, column], lambda row, column: None)


def blank(model: Any, n: int, size: tuple[int, int]) -> Tensor:
    """Return `n` images of zeros for `model`, to be completed.

    Raises:
        TypeError, ValueError: `n`, or one of the two numbers of `size`, is no positive integer.

    """
    checks.positive_int("n", n)
    if not isinstance(size, tuple) or len(size) != 2:
        raise TypeError(f"size: expected a tuple (height, width), got {size!r} ({type(size).__name__})")
    checks.positive_int("size[0], the height", size[0])
    checks.positive_int("size[1], the width", size[1])
    return torch.zeros(n, model.channels, *size, dtype=torch.long, device=model.out.weight.device)


def options(levels: int) -> int:
    """Outputs a channel needs: one log-odds for two levels, else one score a level."""
    return 1 if levels == 2 else levels


def check_sizes(
    channels: object, levels: object, classes: object, dilations: Sequence[object], **positive: object
) -> None:
    """Raise unless the sizes of a model are integers that make sense.

    Raises:
        TypeError, ValueError: a size is no positive integer, `levels` is below 2, or there are fewer feature maps than
            channels.

    """
    checks.positive_int("channels", channels)
    checks.integer_between("levels", levels, 2, 2**16)
    for name, value in positive.items():
        checks.positive_int(name, value)
    if classes is not None:
        checks.positive_int("classes", classes)
    if not isinstance(dilations, Sequence):
        raise TypeError(f"dilations: expected a sequence of integers, got {dilations!r} ({type(dilations).__name__})")
    if not dilations:
        raise ValueError("dilations: expected at least one, got none")
    for k, dilation in enumerate(dilations):
        checks.positive_int(f"dilations[{k}]", dilation)
    for name in positive.keys() & {"hidden", "final"}:
        if positive[name] < channels:  # type: ignore[operator]
            raise ValueError(f"{name}: expected at least one feature map a channel ({channels}), got {positive[name]}")


INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def check_images(model: Any, x: object, labels: object) -> None:
    """Raise unless `x` and `labels` are what `model` describes.

    Raises:
        TypeError: `x` or `labels` are no integer tensors, or there are labels for a model without, or the reverse.
        ValueError: a shape, a device or a value is off.

    """
    channels, levels, like = model.channels, model.levels, model.out.weight
    shape = f"[batch, {channels}, height, width]"
    if not isinstance(x, Tensor):
        raise TypeError(f"x: expected an integer tensor {shape}, got {type(x).__name__}")
    if x.dtype not in INTEGERS:
        raise TypeError(f"x: expected integers from 0 to {levels - 1}, got dtype {x.dtype}; use x.long() if they are")
    if x.dim() != 4 or x.shape[1] != channels or not x.numel():
        raise ValueError(f"x: expected shape {shape}, none of them 0, got {list(x.shape)}")
    if x.device != like.device:
        raise ValueError(f"x: expected a tensor on {like.device} (the model's), got one on {x.device}")
    low, high = int(x.min()), int(x.max())  # not as tensors: 256 does not fit into uint8
    if low < 0 or high >= levels:
        raise ValueError(f"x: expected levels from 0 to {levels - 1}, got {low} to {high}")
    if model.classes is None:
        if labels is not None:
            raise TypeError("labels: expected None, since the model was made without `classes`")
        return
    if not isinstance(labels, Tensor) or labels.dtype not in INTEGERS:
        got = f"dtype {labels.dtype}" if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"labels: expected an integer tensor [{len(x)}] of classes, got {got}")
    if labels.shape != x.shape[:1]:
        raise ValueError(f"labels: expected shape [{len(x)}], one an image, got {list(labels.shape)}")
    if labels.device != like.device:
        raise ValueError(f"labels: expected a tensor on {like.device} (the model's), got one on {labels.device}")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= model.classes:
        raise ValueError(f"labels: expected classes from 0 to {model.classes - 1}, got {low} to {high}")
