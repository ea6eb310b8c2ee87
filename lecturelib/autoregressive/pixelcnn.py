"""PixelCNN: an autoregressive model of images whose conditionals share one masked convolutional network.

van den Oord, Kalchbrenner and Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016.

    p(x) = Π_i p(x_{i,R} | x_{<i}) p(x_{i,G} | x_{<i}, x_{i,R}) p(x_{i,B} | x_{<i}, x_{i,R}, x_{i,G})

    >>> model = PixelCNN(channels=1, levels=2)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
    >>> images = model.sample(16, (28, 28))       # [16, 1, 28, 28]
"""

from collections.abc import Sequence
from itertools import cycle, islice

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib.autoregressive import pixels
from lecturelib.autoregressive.masked import Apply, MaskedConv2d, OnePixel, everywhere


class ResidualBlock(nn.Module):
    """2h feature maps → h → 3 x 3 → 2h, added to what came in: the paper's Figure 5, left."""

    def __init__(self, hidden: int, channels: int, dilation: int) -> None:
        super().__init__()
        self.narrow = MaskedConv2d(2 * hidden, hidden, 1, "B", channels)
        self.look = MaskedConv2d(hidden, hidden, 3, "B", channels, dilation=dilation)
        self.widen = MaskedConv2d(hidden, 2 * hidden, 1, "B", channels)

    def forward(self, h: Tensor, condition: Tensor | float, apply: Apply) -> Tensor:
        """Return h + widen(look(narrow(h) + condition))."""
        a = apply(self.narrow, relu(h)) + condition
        return h + apply(self.widen, relu(apply(self.look, relu(a))))


class PixelCNN(nn.Module):
    """A density over images with `levels` values a channel.

    Args:
        channels: 1 for grey images, 3 for R, G, B; each channel of a pixel is predicted from those before it.
        levels: number of values; 2 ends in a Bernoulli, more in a softmax.
        hidden: the paper's h; the residual stream has 2h feature maps.
        layers: number of residual blocks.
        final: feature maps before the output.
        dilations: distance between the places that a block's 3 x 3 window reads, block by block, again and again from
            the start; all 1 in the paper.
        classes: number of labels to condition on, or None.

    Raises:
        TypeError, ValueError: a size is off.

    """

    def __init__(
        self,
        channels: int = 1,
        levels: int = 2,
        hidden: int = 32,
        layers: int = 7,
        *,
        final: int = 32,
        dilations: Sequence[int] = (1,),
        classes: int | None = None,
    ) -> None:
        pixels.check_sizes(channels, levels, classes, dilations, hidden=hidden, layers=layers, final=final)
        super().__init__()
        self.channels, self.levels, self.classes = channels, levels, classes
        self.first = MaskedConv2d(channels, 2 * hidden, 7, "A", channels)
        self.blocks = nn.ModuleList(
            ResidualBlock(hidden, channels, dilation) for dilation in islice(cycle(dilations), layers)
        )
        self.last = MaskedConv2d(2 * hidden, final, 1, "B", channels)
        self.out = MaskedConv2d(final, channels * pixels.options(levels), 1, "B", channels)
        self.label = nn.Embedding(classes, layers * hidden) if classes else None

    def network(
        self, v: Tensor, conditions: Sequence[Tensor | float] | None = None, apply: Apply = everywhere
    ) -> Tensor:
        """Logits [batch, options, channels, ...] from intensities [batch, channels, ...] between -1 and 1.

        The trailing dimensions are height and width, or none where `apply` works at one pixel. Each block adds its
        own entry of `conditions` to its narrow features.
        """
        h = apply(self.first, v)
        for block, condition in zip(self.blocks, conditions or [0.0] * len(self.blocks), strict=True):
            h = block(h, condition, apply)
        return pixels.by_channel(apply(self.out, relu(apply(self.last, relu(h)))), self.channels)

    def _conditions(self, labels: Tensor | None) -> Sequence[Tensor | float]:
        """For each block, what its label adds to the hidden features, [batch, hidden, 1, 1]."""
        if self.label is None or labels is None:
            return [0.0] * len(self.blocks)
        return self.label(labels.long())[:, :, None, None].chunk(len(self.blocks), dim=1)

    def incremental(self, x: Tensor, labels: Tensor | None) -> tuple[pixels.LogitsAt, pixels.Written]:
        """Functions for `pixels.complete` that compute one pixel, from what the layers remember of the others."""
        return self.stepwise(x, self._conditions(labels))

    def stepwise(self, x: Tensor, conditions: Sequence[Tensor | float]) -> tuple[pixels.LogitsAt, pixels.Written]:
        """Do the same with any `conditions`, [n, hidden, 1, 1] or [n, hidden, height, width]."""
        one = OnePixel(x)
        maps = [c if isinstance(c, float) else c.expand(-1, -1, *x.shape[2:]) for c in conditions]

        def pixel(row: int, column: int) -> Tensor:
            one.row, one.column = row, column
            return pixels.intensities(x[:, :, row, column], self.levels, self.out.weight)

        def logits_at(row: int, column: int) -> Tensor:
            here = [c if isinstance(c, float) else c[:, :, row, column] for c in maps]
            return self.network(pixel(row, column), here, one)

        return logits_at, lambda row, column: one.remember(self.first, pixel(row, column))

    def logits(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, "batch options channels height width"]:
        """Scores of the levels of every pixel and channel given those before it; one log-odds where levels = 2.

        Args:
            x: integers from 0 to levels - 1.
            labels: the classes of a class-conditional model.

        Raises:
            TypeError, ValueError: `x` or `labels` is of another type, shape or range.

        """
        pixels.check_images(self, x, labels)
        return self.network(pixels.intensities(x, self.levels, self.out.weight), self._conditions(labels))

    def log_prob(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, " batch"]:
        """log p(x), or log p(x | label), in nats, one an image, differentiable in the weights.

        Raises:
            TypeError, ValueError: as `logits`.

        """
        return pixels.log_prob(self.logits(x, labels), x)

    def bits_per_dim(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, " batch"]:
        """Return -log₂ p(x) divided by the number of pixels times channels; raises as `logits`."""
        return pixels.bits_per_dim(self.log_prob(x, labels), x[0].numel())

    def sample(
        self,
        n: int,
        size: tuple[int, int],
        labels: Integer[Tensor, " n"] | None = None,
        *,
        generator: torch.Generator | None = None,
        fast: bool = True,
    ) -> Integer[Tensor, "n channels height width"]:
        """Draw `n` images of `size` (height, width), pixel after pixel.

        Raises:
            TypeError, ValueError: `n` or `size` is no positive integer, or the `labels` do not fit.

        """
        return self.complete(pixels.blank(self, n, size), 0, labels, generator=generator, fast=fast)

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
            TypeError, ValueError: as `logits`, or `known` is not an integer from 0 to height · width.

        """
        return pixels.complete(self, x, known, labels, generator, fast)
