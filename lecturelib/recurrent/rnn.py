"""The recurrent network of the lecture, stacked to any depth.

Elman, "Finding Structure in Time", Cognitive Science 14 (1990).

    h_i = tanh(W_hh h_{i-1} + W_xh x_i + b_h)       b_h: left out on the slide
    o_i = W_hy h_i                                  h_i has read x_i: o_i is about x_{i+1} given x_{≤i}

    >>> rnn = RNN(input_size=10, hidden_size=32, num_layers=2, output_size=5)
    >>> h, state = rnn(x)                    # x: [batch, time, 10]; h: [batch, time, 32]; state: [2, batch, 32]
    >>> o = rnn.output(h)                    # [batch, time, 5]
    >>> h, state = rnn(more, state)          # continues from where `x` ended
"""

from collections.abc import Iterable
from functools import partial

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import linear

from lecturelib import checks
from lecturelib.recurrent import common, fused


class RNN(nn.Module):
    """Layers of tanh units, each reading the outputs of the layer below and its own past.

    The weights start as in torch.nn, the biases at 0. Batches only, batch first: the one layout of this library
    (`x[None]` for one sequence). To export the network, export `to_torch()`.

    Args:
        input_size: width of x_i.
        hidden_size: number of units H of each layer.
        num_layers: number of layers; the outputs are those of the last.
        output_size: width of o_i, or None for a network without W_hy.
        dropout: probability of zeroing a unit between layers while training, as in `torch.nn.RNN`.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or `dropout` is not a probability.

    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        output_size: int | None = None,
        *,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.input_size = checks.positive_int("input_size", input_size)
        self.hidden_size = checks.positive_int("hidden_size", hidden_size)
        self.num_layers = checks.positive_int("num_layers", num_layers)
        self.output_size = None if output_size is None else checks.positive_int("output_size", output_size)
        self.dropout = checks.probability("dropout", dropout)
        H, widths = self.hidden_size, [self.input_size] + (self.num_layers - 1) * [self.hidden_size]
        self.W_xh = nn.ParameterList(common.weight(H, width, H) for width in widths)
        self.W_hh = nn.ParameterList(common.weight(H, H, H) for _ in widths)
        self.b_h = nn.ParameterList(torch.zeros(H) for _ in widths)
        self.W_hy = common.weight(self.output_size, H, H) if self.output_size else None

    def forward(
        self,
        x: Float[Tensor, "batch time input_size"] | Integer[Tensor, "batch time"],
        state: Float[Tensor, "num_layers batch hidden_size"] | None = None,
        lengths: Integer[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "batch time hidden_size"], Float[Tensor, "num_layers batch hidden_size"]]:
        """Run over time; return h of the last layer at all times and the state of all layers after the last.

        Args:
            x: vectors, or integers that stand for their one-hot vectors.
            state: h_0 of each layer; zeros if None.
            lengths: number of steps of each example. Beyond them the outputs are 0 and the state stays.

        Raises:
            TypeError, ValueError: an argument has another type, shape, dtype, device or range.

        """
        common.check_inputs(self, self.b_h[0], x, state, lengths)
        layer_input, valid = x.transpose(0, 1), common.valid_steps(x, lengths)
        final_states: list[Tensor] = []
        for layer, (W_xh, W_hh, b_h) in enumerate(zip(self.W_xh, self.W_hh, self.b_h, strict=True)):
            h_0 = b_h.new_zeros(len(x), self.hidden_size) if state is None else state[layer]
            run = fused.rnn if fused.suits(x, lengths) else partial(self._loop, valid)  # the first: on a GPU
            hs = run(layer_input, h_0, W_xh, W_hh, b_h)
            final_states.append(hs[-1])
            layer_input = common.between_layers(hs, self, layer)
        return common.batch_first(layer_input, lengths), torch.stack(final_states)

    @staticmethod
    def _loop(valid: Iterable[Tensor | None], x: Tensor, h: Tensor, W_xh: Tensor, W_hh: Tensor, b_h: Tensor) -> Tensor:
        """Run one layer over time; return h of all times."""
        hs = []
        for W_xh_x_i, valid_i in zip(common.input_projections(x, W_xh, b_h), valid, strict=True):
            before = h
            h = torch.tanh(linear(h, W_hh) + W_xh_x_i)  # h_i = tanh(W_hh h_{i-1} + W_xh x_i + b_h)
            if valid_i is not None:
                h = torch.where(valid_i, h, before)
            hs.append(h)
        return torch.stack(hs)

    def output(self, h: Float[Tensor, "batch time hidden_size"]) -> Float[Tensor, "batch time output_size"]:
        """Return o_i = W_hy h_i for all times.

        Raises:
            TypeError: the network was made without `output_size`.

        """
        if self.W_hy is None:
            raise TypeError("output_size: expected a width of o_i when the RNN was made, got None")
        return linear(h, self.W_hy)  # o_i = W_hy h_i

    @classmethod
    def from_torch(cls, module: nn.RNN) -> "RNN":
        """Return a copy of a `torch.nn.RNN` (batch first or not; ours is); its two biases become their sum.

        Raises:
            TypeError, ValueError: `module` is not an `nn.RNN`, or has ReLUs or two directions.

        """
        common.check_module(module, nn.RNN)
        if module.nonlinearity != "tanh":
            raise ValueError(f"module: expected nonlinearity='tanh', got {module.nonlinearity!r}")
        rnn = cls(module.input_size, module.hidden_size, module.num_layers, dropout=module.dropout)
        common.copy_from_torch(rnn, module, (rnn.W_xh, rnn.W_hh, rnn.b_h), lambda rows: rows)
        return rnn

    def to_torch(self) -> nn.RNN:
        """Return a copy as a `torch.nn.RNN` with `batch_first=True` and without W_hy; see `LSTM.to_torch`.

        Exported, it takes batches of any size (with `dynamic_shapes`), of the one length that it was exported with.

        Our bias becomes the first of its two, the second is 0 and should be left out of training.
        """
        module = nn.RNN(self.input_size, self.hidden_size, self.num_layers, batch_first=True, dropout=self.dropout)
        common.copy_to_torch(module, self, (self.W_xh, self.W_hh, self.b_h), lambda rows: rows)
        return module
