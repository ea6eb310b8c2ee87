"""LSTM: long short-term memory, in the lecture's six equations.

Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997), had no forget gate; Gers,
Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12 (2000), added it.

    g = φ(W^gx x + W^gh h + b_g)        input node; φ is tanh; x: of this time; h: of the time before
    i = σ(W^ix x + W^ih h + b_i)        input gate
    f = σ(W^fx x + W^fh h + b_f)        forget gate
    o = σ(W^ox x + W^oh h + b_o)        output gate
    s ← g ⊙ i + s ⊙ f                   internal state
    h ← φ(s) ⊙ o                        hidden state

    >>> lstm = LSTM(input_size=10, hidden_size=32, num_layers=2)
    >>> h, state = lstm(x)                   # x: [batch, time, 10]; h: [batch, time, 32]
    >>> h, state = lstm(more, state)         # continues from where `x` ended; state: h and s, each [2, batch, 32]
"""

from collections.abc import Iterable
from functools import partial

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import linear

from lecturelib import checks
from lecturelib.recurrent import common, fused, lstm_fast

State = tuple[Float[Tensor, "num_layers batch hidden_size"], Float[Tensor, "num_layers batch hidden_size"]]


class LSTM(nn.Module):
    """Layers of memory cells, each reading the outputs of the layer below and its own past.

    The weights of g, i, f and o lie on top of each other, H rows each: `W_x` [4H, width], `W_h` [4H, H], `b` [4H].
    They start as in torch.nn, the biases at 0, so that `forget_bias` is all of b_f. Batches only, batch first: the one
    layout of this library (`x[None]` for one sequence). To export the network, export `to_torch()`.

    Args:
        input_size: width of x.
        hidden_size: number of cells H of each layer.
        num_layers: number of layers; the outputs are those of the last.
        forget_bias: b_f at the start; 1 keeps s for longer while nothing is learned yet.
        dropout: probability of zeroing a unit between layers while training, as in `torch.nn.LSTM`.

    Raises:
        TypeError, ValueError: a size is not a positive integer, `forget_bias` is not a finite number, or `dropout` is
            not a probability.

    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        forget_bias: float = 0.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.input_size = checks.positive_int("input_size", input_size)
        self.hidden_size = checks.positive_int("hidden_size", hidden_size)
        self.num_layers = checks.positive_int("num_layers", num_layers)
        self.dropout = checks.probability("dropout", dropout)
        H, widths = self.hidden_size, [self.input_size] + (self.num_layers - 1) * [self.hidden_size]
        self.W_x = nn.ParameterList(common.weight(4 * H, width, H) for width in widths)
        self.W_h = nn.ParameterList(common.weight(4 * H, H, H) for _ in widths)
        self.b = nn.ParameterList(torch.zeros(4 * H) for _ in widths)
        with torch.no_grad():
            for b in self.b:
                b[2 * H : 3 * H] = checks.number("forget_bias", forget_bias)

    @staticmethod
    def step(
        gates_x: Float[Tensor, "batch gates"],
        h: Float[Tensor, "batch hidden_size"],
        s: Float[Tensor, "batch hidden_size"],
        W_h: Float[Tensor, "gates hidden_size"],
    ) -> tuple[Float[Tensor, "batch hidden_size"], Float[Tensor, "batch hidden_size"]]:
        """Return (h, s) after one step of one layer, from those before it.

        `gates_x` is W_x x + b: in `forward`, one product computes it for all times, before the first step.

        >>> h, s = LSTM.step(x @ W_x.T + b, h, s, W_h)
        """
        a_g, a_i, a_f, a_o = (gates_x + linear(h, W_h)).chunk(4, dim=-1)  # W^·x x + b + W^·h h, all four at once
        g = torch.tanh(a_g)  # input node
        i = torch.sigmoid(a_i)  # input gate
        f = torch.sigmoid(a_f)  # forget gate
        o = torch.sigmoid(a_o)  # output gate
        s = g * i + s * f  # internal state
        h = torch.tanh(s) * o  # hidden state
        return h, s

    def forward(
        self,
        x: Float[Tensor, "batch time input_size"] | Integer[Tensor, "batch time"],
        state: State | None = None,
        lengths: Integer[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "batch time hidden_size"], State]:
        """Run over time; return h of the last layer at all times and the state (h, s) of all layers after the last.

        Args:
            x: vectors, or integers that stand for their one-hot vectors.
            state: h and s of each layer to start from; zeros if None.
            lengths: number of steps of each example. Beyond them the outputs are 0 and the state stays.

        Raises:
            TypeError, ValueError: an argument has another type, shape, dtype, device or range.

        """
        common.check_inputs(self, self.b[0], x, state, lengths, parts="hs")
        if state is None:
            zeros = self.b[0].new_zeros(self.num_layers, len(x), self.hidden_size)
            state = zeros, zeros
        layer_input, valid = x.transpose(0, 1), common.valid_steps(x, lengths)
        final_states: list[tuple[Tensor, Tensor]] = []
        for layer, start in enumerate(zip(*state, self.W_x, self.W_h, self.b, strict=True)):
            if fused.suits(x, lengths):  # on a GPU
                hs, s = fused.lstm(layer_input, *start)
            elif lengths is None and fused.plain_call(x):  # the same in one node of autograd, with its own gradient
                hs, s = lstm_fast.run(partial(self._loop, valid), layer_input, *start)
            else:
                hs, s = self._loop(valid, layer_input, *start)
            final_states.append((hs[-1], s))
            layer_input = common.between_layers(hs, self, layer)
        h_final, s_final = (torch.stack(parts) for parts in zip(*final_states, strict=True))
        return common.batch_first(layer_input, lengths), (h_final, s_final)

    def _loop(
        self, valid: Iterable[Tensor | None], x: Tensor, h: Tensor, s: Tensor, W_x: Tensor, W_h: Tensor, b: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Run one layer over time by `step`; return h at all times and the last s."""
        hs = []
        for gates_x, valid_t in zip(common.input_projections(x, W_x, b), valid, strict=True):
            before = h, s
            h, s = self.step(gates_x, h, s, W_h)
            if valid_t is not None:
                h, s = (torch.where(valid_t, new, old) for new, old in zip((h, s), before, strict=True))
            hs.append(h)
        return torch.stack(hs), s

    @classmethod
    def from_torch(cls, module: nn.LSTM) -> "LSTM":
        """Return a copy of a `torch.nn.LSTM` (batch first or not; ours is); its two biases become their sum.

        Raises:
            TypeError, ValueError: `module` is not an `nn.LSTM`, or has two directions or projections.

        """
        common.check_module(module, nn.LSTM)
        lstm = cls(module.input_size, module.hidden_size, module.num_layers, dropout=module.dropout)
        common.copy_from_torch(lstm, module, (lstm.W_x, lstm.W_h, lstm.b), fused.lecture_order)
        return lstm

    def to_torch(self) -> nn.LSTM:
        """Return a copy as a `torch.nn.LSTM` with `batch_first=True`, for cuDNN, `torch.export` and ONNX.

        >>> program = torch.export.export(lstm.to_torch(), (x,))           # a graph for other runtimes
        >>> torch.onnx.export(lstm.to_torch(), (x,), "lstm.onnx")          # needs the packages onnx and onnxscript

        With `dynamic_shapes` of torch.export, the exported graph takes batches and lengths of any size.

        Our bias becomes the first of its two, the second is 0 and should be left out of training.
        """
        module = nn.LSTM(self.input_size, self.hidden_size, self.num_layers, batch_first=True, dropout=self.dropout)
        common.copy_to_torch(module, self, (self.W_x, self.W_h, self.b), fused.torch_order)
        return module
