"""PixelCNN: an autoregressive model of images whose conditionals share one masked convolutional network.

van den Oord, Kalchbrenner and Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016.

    p(x) = Π_i p(x_{i,R} | x_{<i}) p(x_{i,G} | x_{<i}, x_{i,R}) p(x_{i,B} | x_{<i}, x_{i,R}, x_{i,G})

    >>> model = PixelCNN(channels=1, num_levels=2)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
    >>> images = model.sample(16, (28, 28))       # [16, 1, 28, 28]
"""

from collections.abc import Sequence
from itertools import cycle, islice

from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib.autoregressive import pixels
from lecturelib.autoregressive.masked import MaskedConv2d, RunConv, SinglePixelConv, full_image


class ResidualBlock(nn.Module):
    """2h feature maps → h → 3 x 3 → 2h, added to what came in: the paper's Figure 5, left."""

    def __init__(self, hidden_channels: int, channels: int, dilation: int) -> None:
        super().__init__()
        self.reduce = MaskedConv2d(2 * hidden_channels, hidden_channels, 1, "B", channels)
        self.conv = MaskedConv2d(hidden_channels, hidden_channels, 3, "B", channels, dilation=dilation)
        self.expand = MaskedConv2d(hidden_channels, 2 * hidden_channels, 1, "B", channels)

    def forward(self, h: Tensor, bias: Tensor | float, run: RunConv) -> Tensor:
        """Return h + expand(conv(reduce(h) + bias)), with a ReLU before each convolution."""
        a = run(self.reduce, relu(h)) + bias
        return h + run(self.expand, relu(run(self.conv, relu(a))))


class PixelCNN(pixels.RasterDensity):
    """A density over images; every pixel and channel is predicted from those before it.

    Args:
        channels: 1 for gray images, 3 for R, G, B.
        num_levels: number of values of each pixel and channel; 2 ends in a Bernoulli, more in a softmax.
        hidden_channels: the paper's h; the residual stream has 2h feature maps.
        num_layers: number of residual blocks.
        head_channels: feature maps before the output.
        dilations: distance between the positions that a block's 3 x 3 window reads, block by block, again and again
            from the start; all 1 in the paper.
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
        self.first = MaskedConv2d(channels, 2 * hidden_channels, 7, "A", channels)
        self.blocks = nn.ModuleList(
            ResidualBlock(hidden_channels, channels, dilation) for dilation in islice(cycle(dilations), num_layers)
        )
        self.last = MaskedConv2d(2 * hidden_channels, head_channels, 1, "B", channels)
        self.out = MaskedConv2d(head_channels, channels * pixels.options(num_levels), 1, "B", channels)
        self.label = nn.Embedding(num_classes, num_layers * hidden_channels) if num_classes else None

    def network(
        self,
        v: Tensor,
        labels: Tensor | None = None,
        *,
        biases: Sequence[Tensor | float] | None = None,
        run: RunConv = full_image,
    ) -> Tensor:
        """Logits [batch, options, channels, ...] from intensities [batch, channels, ...] between -1 and 1.

        The trailing dimensions are height and width, or none where `run` works at one pixel. Each block adds its own
        entry of `biases`, by default those of the labels, to its hidden features.
        """
        h = run(self.first, v)
        for block, bias in zip(self.blocks, biases or self.label_biases(labels), strict=True):
            h = block(h, bias, run)
        return pixels.by_channel(run(self.out, relu(run(self.last, relu(h)))), self.channels)

    def label_biases(self, labels: Tensor | None) -> Sequence[Tensor | float]:
        """For each block, what its label adds to the hidden features, [batch, hidden_channels, 1, 1]."""
        if self.label is None or labels is None:
            return [0.0] * len(self.blocks)
        return self.label(labels.long())[:, :, None, None].chunk(len(self.blocks), dim=1)

    def incremental(
        self, x: Tensor, labels: Tensor | None, *, biases: Sequence[Tensor | float] | None = None
    ) -> pixels.Sampler:
        """Functions for `pixels.sample_pixels` that compute one pixel, from what the layers remember of the others.

        `biases` as in `network`, but [n, hidden_channels, 1, 1] or [n, hidden_channels, height, width].
        """
        run = SinglePixelConv(x)
        biases = biases or self.label_biases(labels)
        maps = [b if isinstance(b, float) else b.expand(-1, -1, *x.shape[2:]) for b in biases]

        def pixel(row: int, column: int) -> Tensor:
            run.row, run.column = row, column
            return self.intensities(x[:, :, row, column])

        def logits_at(row: int, column: int) -> Tensor:
            here = [b if isinstance(b, float) else b[:, :, row, column] for b in maps]
            return self.network(pixel(row, column), biases=here, run=run)

        return logits_at, lambda row, column: run.remember(self.first, pixel(row, column))
