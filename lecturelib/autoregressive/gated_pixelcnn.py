"""Gated PixelCNN: two stacks, so that no pixel of the past is out of sight, and gates instead of ReLUs.

van den Oord, Kalchbrenner, Vinyals, Espeholt, Graves and Kavukcuoglu, "Conditional Image Generation with PixelCNN
Decoders", NIPS 2016.

    y = tanh(W_f * x + V_f^T l) ⊙ σ(W_g * x + V_g^T l)        l: the label, if there is one

    >>> model = GatedPixelCNN(channels=1, levels=2)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
    >>> images = model.sample(16, (28, 28))       # [16, 1, 28, 28]
"""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from lecturelib.autoregressive import pixels
from lecturelib.autoregressive.masked import Apply, Kind, MaskedConv2d, OnePixel, OneRow, RowsAbove, everywhere


def gate(h: Tensor) -> Tensor:
    """tanh of the first half of the feature maps times σ of the second."""
    f, g = h.chunk(2, dim=1)
    return torch.tanh(f) * torch.sigmoid(g)


class GatedLayer(nn.Module):
    """The paper's Figure 2: a vertical stack over the rows above, a horizontal one over the row so far."""

    def __init__(self, inputs: int, hidden: int, channels: int, *, first: bool, dilation: int = 1) -> None:
        super().__init__()
        reach = 7 if first else 3
        self.first = first
        self.above = RowsAbove(inputs, 2 * hidden, (3 if first else 2, reach), dilation)
        self.link = nn.Conv2d(2 * hidden, 2 * hidden, 1)
        kind: Kind = "A" if first else "B"
        self.left = MaskedConv2d(inputs, 2 * hidden, (1, reach), kind, channels, parts=2, dilation=dilation)
        self.keep = MaskedConv2d(hidden, hidden, 1, "B", channels)

    def horizontal(self, h: Tensor, above: Tensor, condition: Tensor | float, apply: Apply) -> Tensor:
        """Return the row's features: from those to the left, and from what the vertical stack saw above."""
        y = gate(apply(self.left, h) + above + condition)
        return apply(self.keep, y) if self.first else h + apply(self.keep, y)


class GatedPixelCNN(nn.Module):
    """A density over images with `levels` values a channel.

    Args:
        channels: 1 for grey images, 3 for R, G, B; each channel of a pixel is predicted from those before it.
        levels: number of values; 2 ends in a Bernoulli, more in a softmax.
        hidden: feature maps p of each stack; the convolutions make 2p, which the gates halve.
        layers: number of gated layers, the first of which looks at 7 x 7 pixels, the others at 3 x 3.
        final: feature maps before the output.
        dilations: distance between the places that a layer's 3 x 3 window reads, from the second layer on, again and
            again from the start; all 1 in the paper.
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
        first = GatedLayer(channels, hidden, channels, first=True)
        others = (
            GatedLayer(hidden, hidden, channels, first=False, dilation=dilation)
            for dilation in islice(cycle(dilations), layers - 1)
        )
        self.layers = nn.ModuleList([first, *others])
        self.last = MaskedConv2d(hidden, final, 1, "B", channels)
        self.out = MaskedConv2d(final, channels * pixels.options(levels), 1, "B", channels)
        self.label = nn.Embedding(classes, layers * 4 * hidden) if classes else None

    def vertical(self, v: Tensor, conditions: Sequence[Tensor | float], apply: Apply) -> list[Tensor]:
        """What each layer hands to the horizontal stack at a row, from images that were moved down by one row."""
        handed = []
        layer: Any
        for layer, condition in zip(self.layers, conditions, strict=True):
            wide = apply(layer.above, v)
            handed.append(layer.link(wide))
            v = gate(wide + condition)
        return handed

    def horizontal(
        self, v: Tensor, above: Sequence[Tensor], conditions: Sequence[Tensor | float], apply: Apply
    ) -> Tensor:
        """Logits [batch, options, channels, ...] from intensities [batch, channels, ...] and what `vertical` handed."""
        h: Tensor = v
        layer: Any
        for layer, a, condition in zip(self.layers, above, conditions, strict=True):
            h = layer.horizontal(h, a, condition, apply)
        return pixels.by_channel(apply(self.out, relu(apply(self.last, relu(h)))), self.channels)

    def network(self, v: Float[Tensor, "batch channels height width"], labels: Tensor | None = None) -> Tensor:
        """Logits [batch, options, channels, height, width] from intensities between -1 and 1."""
        vertical, horizontal = self._conditions(labels)
        above = self.vertical(pad(v, (0, 0, 1, 0))[:, :, :-1], vertical, everywhere)
        return self.horizontal(v, above, horizontal, everywhere)

    def _conditions(self, labels: Tensor | None) -> tuple[Sequence[Tensor | float], Sequence[Tensor | float]]:
        """V^T l for each layer of the two stacks, [batch, 2 · hidden, 1, 1]."""
        if self.label is None or labels is None:
            return [0.0] * len(self.layers), [0.0] * len(self.layers)
        both = self.label(labels.long())[:, :, None, None].chunk(2, dim=1)
        return both[0].chunk(len(self.layers), dim=1), both[1].chunk(len(self.layers), dim=1)

    def incremental(self, x: Tensor, labels: Tensor | None) -> tuple[pixels.LogitsAt, pixels.Written]:
        """Functions for `pixels.complete` that compute a row of the vertical and a pixel of the horizontal stack."""
        (vertical, horizontal), one, row = self._conditions(labels), OnePixel(x), OneRow(x)
        flat = [c if isinstance(c, float) else c[:, :, 0, 0] for c in horizontal]
        above: list[Tensor] = []
        first: Any = self.layers[0]

        def logits_at(r: int, c: int) -> Tensor:
            if c == 0:
                row.row = r
                before = (
                    self._intensities(x[:, :, r - 1 : r]) if r else torch.zeros_like(self._intensities(x[:, :, :1]))
                )
                above[:] = self.vertical(before, vertical, row)
            one.row, one.column = r, c
            return self.horizontal(self._intensities(x[:, :, r, c]), [a[:, :, 0, c] for a in above], flat, one)

        return logits_at, lambda r, c: one.remember(first.left, self._intensities(x[:, :, r, c]))

    def _intensities(self, x: Tensor) -> Tensor:
        return pixels.intensities(x, self.levels, self.out.weight)

    def logits(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, "batch options channels height width"]:
        """Scores of the levels of every pixel and channel given those before it; one log-odds where levels = 2.

        Raises:
            TypeError, ValueError: `x` are no integers from 0 to levels - 1 or the `labels` do not fit.

        """
        pixels.check_images(self, x, labels)
        return self.network(self._intensities(x), labels)

    def log_prob(
        self, x: Integer[Tensor, "batch channels height width"], labels: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, " batch"]:
        """log p(x), or log p(x | label), in nats, one an image; raises as `logits`."""
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
