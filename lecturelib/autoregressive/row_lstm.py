"""Row LSTM: a recurrent network that reads an image row by row, each row in one convolution.

van den Oord, Kalchbrenner and Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016, section 3.1.

    [o_r, f_r, i_r, g_r] = σ(K_ss * h_{r-1} + K_is * x_r)      r: a row; g takes tanh instead of σ
    c_r = f_r ⊙ c_{r-1} + i_r ⊙ g_r
    h_r = o_r ⊙ tanh(c_r)

    >>> model = RowLSTM(channels=1, num_levels=2)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib.autoregressive import pixels, row_lstm_fused
from lecturelib.autoregressive.masked import MaskedConv2d, RunConv, SinglePixelConv, full_image


class RowLSTMLayer(nn.Module):
    """2h feature maps → LSTM over rows with h cells per pixel → 2h, added to what came in: Figure 5, right."""

    def __init__(self, hidden_channels: int, channels: int) -> None:
        super().__init__()
        self.hidden_channels = hidden_channels
        self.K_is = MaskedConv2d(2 * hidden_channels, 4 * hidden_channels, (1, 3), "B", channels, parts=4)
        self.K_ss = nn.Conv1d(hidden_channels, 4 * hidden_channels, 3, padding=1)  # the row above is past: no mask
        self.expand = MaskedConv2d(hidden_channels, 2 * hidden_channels, 1, "B", channels)

    def forward(self, x: Float[Tensor, "batch features height width"]) -> Tensor:
        """Run the rows from the top."""
        gates = self.K_is(x)
        run = row_lstm_fused.run if row_lstm_fused.suits(gates) else self._loop  # the first: on a GPU
        return x + self.expand(run(gates, self.K_ss))

    def _loop(self, gates: Tensor, K_ss: nn.Conv1d) -> Tensor:
        """Return h of all rows, from K_is * x."""
        c = h = gates.new_zeros(gates.shape[0], self.hidden_channels, gates.shape[3])
        rows = []
        for is_r in gates.unbind(dim=2):
            h, c = self.cell(is_r + K_ss(h), c)
            rows.append(h)
        return torch.stack(rows, dim=2)

    @staticmethod
    def cell(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """One step of the LSTM, at every position of `gates` [batch, 4 · hidden_channels, ...]."""
        o, f, i, g = gates.chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # c_r = f_r ⊙ c_{r-1} + i_r ⊙ g_r
        return torch.sigmoid(o) * torch.tanh(c), c  # h_r = o_r ⊙ tanh(c_r)


class RowLSTM(pixels.RasterDensity):
    """A density over images; every pixel and channel is predicted from those before it.

    Args:
        channels: 1 for gray images, 3 for R, G, B.
        num_levels: number of values of each pixel and channel; 2 ends in a Bernoulli, more in a softmax.
        hidden_channels: the paper's h: LSTM cells per pixel; the residual stream has 2h feature maps.
        num_layers: number of LSTM layers.
        head_channels: feature maps before the output.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there are fewer feature maps than channels.

    """

    def __init__(
        self,
        channels: int = 1,
        num_levels: int = 2,
        hidden_channels: int = 16,
        num_layers: int = 7,
        *,
        head_channels: int = 32,
    ) -> None:
        super().__init__(channels, num_levels)
        hidden_channels, num_layers, head_channels, _ = pixels.network_sizes(
            channels, hidden_channels, num_layers, head_channels
        )
        self.first = MaskedConv2d(channels, 2 * hidden_channels, 7, "A", channels)
        self.layers = nn.ModuleList(RowLSTMLayer(hidden_channels, channels) for _ in range(num_layers))
        self.last = MaskedConv2d(2 * hidden_channels, head_channels, 1, "B", channels)
        self.out = MaskedConv2d(head_channels, channels * pixels.options(num_levels), 1, "B", channels)

    def network(self, v: Float[Tensor, "batch channels height width"], labels: Tensor | None = None) -> Tensor:
        """Logits [batch, options, channels, height, width] from intensities between -1 and 1."""
        h = self.first(v)
        for layer in self.layers:
            h = layer(h)
        return self._output(h, full_image)

    def _output(self, h: Tensor, run: RunConv) -> Tensor:
        return pixels.by_channel(run(self.out, relu(run(self.last, relu(h)))), self.channels)

    def incremental(self, x: Tensor, labels: Tensor | None) -> pixels.Sampler:
        """Functions for `pixels.sample_pixels` that compute one pixel; K_ss runs once per row."""
        run = SinglePixelConv(x)
        layers: list[Any] = list(self.layers)
        above: dict[nn.Module, Tensor] = {}  # K_ss * h_{r-1}
        states = {layer: self.out.weight.new_zeros(2, len(x), layer.hidden_channels, *x.shape[2:]) for layer in layers}

        def pixel(row: int, column: int) -> Tensor:
            run.row, run.column = row, column
            return self.intensities(x[:, :, row, column])

        def logits_at(row: int, column: int) -> Tensor:
            v = run(self.first, pixel(row, column))
            for layer in layers:
                h, c = states[layer]
                if column == 0:
                    above[layer] = layer.K_ss(h[:, :, row - 1] if row else torch.zeros_like(h[:, :, 0]))
                before = c[:, :, row - 1, column] if row else torch.zeros_like(c[:, :, 0, 0])
                gates = run(layer.K_is, v) + above[layer][:, :, column]
                h[:, :, row, column], c[:, :, row, column] = layer.cell(gates, before)
                v = v + run(layer.expand, h[:, :, row, column])
            return self._output(v, run)

        return logits_at, lambda row, column: run.remember(self.first, pixel(row, column))
