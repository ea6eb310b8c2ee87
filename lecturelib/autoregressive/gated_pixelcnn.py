"""Gated PixelCNN: two stacks, so that no pixel of the past is out of sight, and gates instead of ReLUs.

van den Oord, Kalchbrenner, Vinyals, Espeholt, Graves and Kavukcuoglu, "Conditional Image Generation with PixelCNN
Decoders", NIPS 2016.

    y = tanh(W_f * x + V_f^T l) ⊙ σ(W_g * x + V_g^T l)        l: the label, if there is one

    >>> model = GatedPixelCNN(channels=1, num_levels=2)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
    >>> images = model.sample(16, (28, 28))       # [16, 1, 28, 28]
"""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from lecturelib.autoregressive import pixels
from lecturelib.autoregressive.masked import (
    MaskedConv2d,
    MaskType,
    RunConv,
    SinglePixelConv,
    SingleRowConv,
    VerticalConv2d,
    full_image,
)

Biases = Sequence[Tensor | None]


def gate(h: Tensor, bias: Tensor | None = None) -> Tensor:
    """tanh of the first half of the feature maps times σ of the second, after adding what the label adds to them."""
    f, g = halves(h if bias is None else h + bias)
    return torch.tanh(f) * torch.sigmoid(g)


def halves(h: Tensor) -> tuple[Tensor, Tensor]:
    """Both halves of the feature maps; in bfloat16 on a CPU, dense ones: with channels last they take half the time."""
    f, g = h.chunk(2, dim=1)
    return (f.clone(), g.clone()) if h.is_cpu and h.dtype == torch.bfloat16 else (f, g)


class GatedLayer(nn.Module):
    """The paper's Figure 2: a vertical stack over the rows above, a horizontal one over the row so far."""

    def __init__(
        self, in_channels: int, hidden_channels: int, channels: int, *, first: bool, dilation: int = 1
    ) -> None:
        super().__init__()
        width, wide = 7 if first else 3, 2 * hidden_channels
        mask_type: MaskType = "A" if first else "B"
        self.first = first
        self.vertical = VerticalConv2d(in_channels, wide, (3 if first else 2, width), dilation)
        self.vertical_to_horizontal = nn.Conv2d(wide, wide, 1)
        self.horizontal = MaskedConv2d(in_channels, wide, (1, width), mask_type, channels, parts=2, dilation=dilation)
        self.output = MaskedConv2d(hidden_channels, hidden_channels, 1, "B", channels)

    def vertical_step(self, v: Tensor, bias: Tensor | None, run: RunConv) -> tuple[Tensor, Tensor]:
        """Return the vertical stack's next features, and what it hands to the horizontal stack."""
        wide = run(self.vertical, v)
        return gate(wide, bias), self.vertical_to_horizontal(wide)

    def horizontal_step(self, h: Tensor, from_vertical: Tensor, bias: Tensor | None, run: RunConv) -> Tensor:
        """Return the row's next features: from those to the left, and from what the vertical stack saw above."""
        y = run(self.output, gate(run(self.horizontal, h) + from_vertical, bias))
        return y if self.first else h + y


class GatedPixelCNN(pixels.RasterDensity):
    """A density over images; every pixel and channel is predicted from those before it.

    Args:
        channels: 1 for gray images, 3 for R, G, B.
        num_levels: number of values of each pixel and channel; 2 ends in a Bernoulli, more in a softmax.
        hidden_channels: feature maps p of each stack; the convolutions make 2p, which the gates halve.
        num_layers: number of gated layers, the first of which looks at 7 x 7 pixels, the others at 3 x 3.
        head_channels: feature maps before the output.
        dilations: distance between the positions that a layer's 3 x 3 window reads, from the second layer on, again
            and again from the start; all 1 in the paper.
        num_classes: number of labels to condition on, or None.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there are fewer feature maps than channels.

    """

    def __init__(
        self,
        channels: int = 1,
        num_levels: int = 2,
        hidden_channels: int = 32,
        num_layers: int = 7,
        *,
        head_channels: int = 32,
        dilations: Sequence[int] = (1,),
        num_classes: int | None = None,
    ) -> None:
        super().__init__(channels, num_levels, num_classes)
        hidden_channels, num_layers, head_channels, dilations = pixels.network_sizes(
            channels, hidden_channels, num_layers, head_channels, dilations
        )
        first = GatedLayer(channels, hidden_channels, channels, first=True)
        others = (
            GatedLayer(hidden_channels, hidden_channels, channels, first=False, dilation=dilation)
            for dilation in islice(cycle(dilations), num_layers - 1)
        )
        self.layers = nn.ModuleList([first, *others])
        self.last = MaskedConv2d(hidden_channels, head_channels, 1, "B", channels)
        self.out = MaskedConv2d(head_channels, channels * pixels.options(num_levels), 1, "B", channels)
        self.label = nn.Embedding(num_classes, num_layers * 4 * hidden_channels) if num_classes else None

    def network(self, v: Float[Tensor, "batch channels height width"], labels: Tensor | None = None) -> Tensor:
        """Logits [batch, options, channels, height, width] from intensities between -1 and 1."""
        vertical_biases, horizontal_biases = self.label_biases(labels)
        rows_above = pad(v, (0, 0, 1, 0))[:, :, :-1]  # moved down by one row
        return self.horizontal_stack(
            v, self.vertical_stack(rows_above, vertical_biases, full_image), horizontal_biases, full_image
        )

    def vertical_stack(self, v: Tensor, biases: Biases, run: RunConv) -> list[Tensor]:
        """What each layer hands to the horizontal stack at a row, from images that were moved down by one row."""
        handed = []
        layer: Any
        for layer, bias in zip(self.layers, biases, strict=True):
            v, from_vertical = layer.vertical_step(v, bias, run)
            handed.append(from_vertical)
        return handed

    def horizontal_stack(self, v: Tensor, handed: Sequence[Tensor], biases: Biases, run: RunConv) -> Tensor:
        """Logits [batch, options, channels, ...] from intensities [batch, channels, ...] and the vertical stack."""
        h = v
        layer: Any
        for layer, from_vertical, bias in zip(self.layers, handed, biases, strict=True):
            h = layer.horizontal_step(h, from_vertical, bias, run)
        return pixels.by_channel(run(self.out, relu(run(self.last, relu(h)))), self.channels)

    def label_biases(self, labels: Tensor | None) -> tuple[Biases, Biases]:
        """V^T l for each layer of the vertical and of the horizontal stack, [batch, 2 · hidden_channels, 1, 1]."""
        if self.label is None or labels is None:
            return [None] * len(self.layers), [None] * len(self.layers)
        both = self.label(labels.long())[:, :, None, None].chunk(2, dim=1)
        return both[0].chunk(len(self.layers), dim=1), both[1].chunk(len(self.layers), dim=1)

    def incremental(self, x: Tensor, labels: Tensor | None) -> pixels.Sampler:
        """Functions for `pixels.sample_pixels`: one row of the vertical stack, one pixel of the horizontal one."""
        vertical_biases, horizontal_biases = self.label_biases(labels)
        flat = [b if b is None else b[:, :, 0, 0] for b in horizontal_biases]
        pixel, row = SinglePixelConv(x), SingleRowConv(x)
        handed: list[Tensor] = []
        first: Any = self.layers[0]

        def logits_at(r: int, c: int) -> Tensor:
            if c == 0:
                row.row = r
                above = self.intensities(x[:, :, max(r - 1, 0), None])
                handed[:] = self.vertical_stack(above if r else torch.zeros_like(above), vertical_biases, row)
            pixel.row, pixel.column = r, c
            return self.horizontal_stack(self.intensities(x[:, :, r, c]), [h[:, :, 0, c] for h in handed], flat, pixel)

        return logits_at, lambda r, c: pixel.remember(first.horizontal, self.intensities(x[:, :, r, c]))
