"""Row LSTM: a recurrent net that reads an image row by row, each row in one convolution.

van den Oord, Kalchbrenner and Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016, section 3.1.

    [o_r, f_r, i_r, g_r] = σ(K_ss * h_{r-1} + K_is * x_r)      r: a row; g takes tanh instead of σ
    c_r = f_r ⊙ c_{r-1} + i_r ⊙ g_r
    h_r = o_r ⊙ tanh(c_r)

    >>> model = RowLSTM(channels=1, levels=2)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
"""

from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib.autoregressive import pixels
from lecturelib.autoregressive.masked import Apply, MaskedConv2d, OnePixel, everywhere


class RowLSTMLayer(nn.Module):
    """2h feature maps → LSTM over rows with h cells a pixel → 2h, added to what came in: Figure 5, right."""

    def __init__(self, hidden: int, channels: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.K_is = MaskedConv2d(2 * hidden, 4 * hidden, (1, 3), "B", channels, parts=4)
        self.K_ss = nn.Conv1d(hidden, 4 * hidden, 3, padding=1)  # the row above is past: no mask
        self.widen = MaskedConv2d(hidden, 2 * hidden, 1, "B", channels)

    def forward(self, x: Float[Tensor, "batch features height width"]) -> Tensor:
        """Run the rows from the top."""
        c = h = x.new_zeros(len(x), self.hidden, x.shape[3])
        rows = []
        for is_r in self.K_is(x).unbind(dim=2):
            h, c = self.cell(is_r + self.K_ss(h), c)
            rows.append(h)
        return x + self.widen(torch.stack(rows, dim=2))

    @staticmethod
    def cell(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """One step of the LSTM, at every place of `gates` [batch, 4 · hidden, ...]."""
        o, f, i, g = gates.chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # c_r = f_r ⊙ c_{r-1} + i_r ⊙ g_r
        return torch.sigmoid(o) * torch.tanh(c), c  # h_r = o_r ⊙ tanh(c_r)


class RowLSTM(nn.Module):
    """A density over images with `levels` values a channel.

    Args:
        channels: 1 for grey images, 3 for R, G, B; each channel of a pixel is predicted from those before it.
        levels: number of values; 2 ends in a Bernoulli, more in a softmax.
        hidden: the paper's h: LSTM cells a pixel; the residual stream has 2h feature maps.
        layers: number of LSTM layers.
        final: feature maps before the output.

    Raises:
        TypeError, ValueError: a size is off.

    """

    classes = None

    def __init__(
        self, channels: int = 1, levels: int = 2, hidden: int = 16, layers: int = 7, *, final: int = 32
    ) -> None:
        pixels.check_sizes(channels, levels, None, (1,), hidden=hidden, layers=layers, final=final)
        super().__init__()
        self.channels, self.levels = channels, levels
        self.first = MaskedConv2d(channels, 2 * hidden, 7, "A", channels)
        self.layers = nn.ModuleList(RowLSTMLayer(hidden, channels) for _ in range(layers))
        self.last = MaskedConv2d(2 * hidden, final, 1, "B", channels)
        self.out = MaskedConv2d(final, channels * pixels.options(levels), 1, "B", channels)

    def network(self, v: Float[Tensor, "batch channels height width"]) -> Tensor:
        """Logits [batch, options, channels, height, width] from intensities between -1 and 1."""
        h = self.first(v)
        for layer in self.layers:
            h = layer(h)
        return self._output(h, everywhere)

    def _output(self, h: Tensor, apply: Apply) -> Tensor:
        return pixels.by_channel(apply(self.out, relu(apply(self.last, relu(h)))), self.channels)

    def incremental(self, x: Tensor, labels: None) -> tuple[pixels.LogitsAt, pixels.Written]:
        """Functions for `pixels.complete` that compute one pixel; K_ss runs once a row."""
        one = OnePixel(x)
        layers: list[Any] = list(self.layers)
        above: dict[nn.Module, Tensor] = {}  # K_ss * h_{r-1}
        states = {layer: self.out.weight.new_zeros((2, len(x), layer.hidden, *x.shape[2:])) for layer in layers}

        def pixel(row: int, column: int) -> Tensor:
            one.row, one.column = row, column
            return pixels.intensities(x[:, :, row, column], self.levels, self.out.weight)

        def logits_at(row: int, column: int) -> Tensor:
            v = one(self.first, pixel(row, column))
            for layer in layers:
                h, c = states[layer]
                if column == 0:
                    above[layer] = layer.K_ss(h[:, :, row - 1] if row else torch.zeros_like(h[:, :, 0]))
                before = c[:, :, row - 1, column] if row else torch.zeros_like(c[:, :, 0, 0])
                gates = one(layer.K_is, v) + above[layer][:, :, column]
                h[:, :, row, column], c[:, :, row, column] = layer.cell(gates, before)
                v = v + one(layer.widen, h[:, :, row, column])
            return self._output(v, one)

        return logits_at, lambda row, column: one.remember(self.first, pixel(row, column))

    def logits(
        self, x: Integer[Tensor, "batch channels height width"], labels: None = None
    ) -> Float[Tensor, "batch options channels height width"]:
        """Scores of the levels of every pixel and channel given those before it; one log-odds where levels = 2.

        Raises:
            TypeError, ValueError: `x` are no integers from 0 to levels - 1 in the right shape.

        """
        pixels.check_images(self, x, labels)
        return self.network(pixels.intensities(x, self.levels, self.out.weight))

    def log_prob(self, x: Integer[Tensor, "batch channels height width"]) -> Float[Tensor, " batch"]:
        """log p(x) in nats, one an image; raises as `logits`."""
        return pixels.log_prob(self.logits(x), x)

    def bits_per_dim(self, x: Integer[Tensor, "batch channels height width"]) -> Float[Tensor, " batch"]:
        """Return -log₂ p(x) divided by the number of pixels times channels; raises as `logits`."""
        return pixels.bits_per_dim(self.log_prob(x), x[0].numel())

    def sample(
        self, n: int, size: tuple[int, int], *, generator: torch.Generator | None = None, fast: bool = True
    ) -> Integer[Tensor, "n channels height width"]:
        """Draw `n` images of `size` (height, width), pixel after pixel.

        Raises:
            TypeError, ValueError: `n` or `size` is no positive integer.

        """
        return self.complete(pixels.blank(self, n, size), 0, generator=generator, fast=fast)

    def complete(
        self,
        x: Integer[Tensor, "n channels height width"],
        known: int,
        *,
        generator: torch.Generator | None = None,
        fast: bool = True,
    ) -> Integer[Tensor, "n channels height width"]:
        """Keep the first `known` pixels of `x` and draw the others; see `PixelCNN.complete`.

        Raises:
            TypeError, ValueError: as `logits`, or `known` is not an integer from 0 to height · width.

        """
        return pixels.complete(self, x, known, None, generator, fast)
