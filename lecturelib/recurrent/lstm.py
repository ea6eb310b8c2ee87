"""LSTM: long short-term memory, in the lecture's six equations.

Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997), had no forget gate; Gers,
Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12 (2000), added it.

    g = φ(W^gx x + W^gh h + b_g)        input node; φ is tanh; x and h: of this time and of the one before
    i = σ(W^ix x + W^ih h + b_i)        input gate
    f = σ(W^fx x + W^fh h + b_f)        forget gate
    o = σ(W^ox x + W^oh h + b_o)        output gate
    s ← g ⊙ i + s ⊙ f                   internal state
    h ← φ(s) ⊙ o                        hidden state

    >>> lstm = LSTM(inputs=10, hidden=32, layers=2)
    >>> h, state = lstm(x)                   # x: [batch, time, 10]; h: [batch, time, 32]
    >>> h, state = lstm(further, state)      # goes on where it stopped; state: h and s, each [2, batch, 32]
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from lecturelib.recurrent import rnn

State = tuple[Float[Tensor, "layers batch hidden"], Float[Tensor, "layers batch hidden"]]


class LSTM(nn.Module):
    """Layers of memory cells, each reading the one below and its own past.

    The weights of g, i, f and o lie on top of each other, H rows each: `W_x` [4H, width], `W_h` [4H, H], `b` [4H].

    Args:
        inputs: width of x.
        hidden: number of cells H of each layer.
        layers: number of layers; the outputs are the top layer's.
        forget_bias: b_f at the start; 1 keeps s for longer while nothing is learned yet.
        dropout: probability of zeroing a unit between layers while training, as in `torch.nn.LSTM`.

    Raises:
        TypeError, ValueError: a size is no positive integer, `forget_bias` no number, or `dropout` no probability.

    """

    def __init__(
        self, inputs: int, hidden: int, layers: int = 1, *, forget_bias: float = 0.0, dropout: float = 0.0
    ) -> None:
        rnn.check_sizes(inputs, hidden, layers, dropout)
        rnn.check_finite_number("forget_bias", forget_bias)
        super().__init__()
        self.inputs, self.hidden, self.layers, self.dropout = inputs, hidden, layers, dropout
        widths = [inputs] + (layers - 1) * [hidden]
        self.W_x = nn.ParameterList(rnn.weight(4 * hidden, width, hidden) for width in widths)
        self.W_h = nn.ParameterList(rnn.weight(4 * hidden, hidden, hidden) for _ in widths)
        self.b = nn.ParameterList(torch.zeros(4 * hidden) for _ in widths)
        with torch.no_grad():
            for b in self.b:
                b[2 * hidden : 3 * hidden] = forget_bias

    def forward(
        self,
        x: Float[Tensor, "batch time inputs"] | Integer[Tensor, "batch time"],
        state: State | None = None,
        lengths: Integer[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "batch time hidden"], State]:
        """Run over time; return h of the top layer at all times and the state (h, s) of all layers after the last.

        Args:
            x: vectors, or integers that stand for their one-hot vectors.
            state: h and s of each layer to start from; zeros if None.
            lengths: steps of each example that count. Beyond them the outputs are 0 and the state stays.

        Raises:
            TypeError, ValueError: an argument is not as described.

        """
        rnn.check_sequences(x, self.inputs, self.b[0], lengths)
        if state is None:
            start = self.b[0].new_zeros(self.layers, len(x), self.hidden)
            state = start, start
        self._check_state(state, len(x))
        below, alive, ends = x.transpose(0, 1), rnn.steps_alive(x, lengths), []
        for layer, (W_x, W_h, b, h, s) in enumerate(zip(self.W_x, self.W_h, self.b, *state, strict=True)):
            W_hT = W_h.T.contiguous() if x.shape[1] > 1 else W_h.T  # turned once, it is read faster at each time
            hs = []
            for W_x_x, alive_t in zip(rnn.project(below, W_x, b), alive, strict=True):
                before = h, s
                a_g, a_i, a_f, a_o = (h @ W_hT + W_x_x).chunk(4, dim=1)  # W^·x x + b + W^·h h, all four at once
                g = torch.tanh(a_g)  # input node
                i = torch.sigmoid(a_i)  # input gate
                f = torch.sigmoid(a_f)  # forget gate
                o = torch.sigmoid(a_o)  # output gate
                s = g * i + s * f  # internal state
                h = torch.tanh(s) * o  # hidden state
                if alive_t is not None:
                    h, s = (torch.where(alive_t, new, old) for new, old in zip((h, s), before, strict=True))
                hs.append(h)
            ends.append((h, s))
            below = rnn.dropped_between(torch.stack(hs), self, layer)
        h_end, s_end = (torch.stack(end) for end in zip(*ends, strict=True))
        return rnn.output(below, lengths), (h_end, s_end)

    def _check_state(self, state: object, batch: int) -> None:
        if not isinstance(state, tuple) or len(state) != 2:
            got = f"a tuple of {len(state)}" if isinstance(state, tuple) else type(state).__name__
            raise TypeError(f"state: expected a tuple (h, s) or None, got {got}")
        for name, part in zip(("state[0], the h", "state[1], the s"), state, strict=True):
            rnn.check_state(name, part, (self.layers, batch, self.hidden), self.b[0])

    @classmethod
    def from_torch(cls, module: nn.LSTM) -> "LSTM":
        """Make a copy of a `torch.nn.LSTM` (batch first or not; ours is); its two biases become their sum.

        Raises:
            TypeError, ValueError: `module` is no `nn.LSTM`, or one with two directions or projections.

        """
        rnn.check_module(module, nn.LSTM)
        lstm = cls(module.input_size, module.hidden_size, module.num_layers, dropout=module.dropout)
        rnn.copy_weights(lstm, module, (lstm.W_x, lstm.W_h, lstm.b), _lecture_order)
        return lstm


def _lecture_order(rows: Tensor) -> Tensor:
    """torch.nn stacks i, f, g, o; the lecture writes g, i, f, o."""
    i, f, g, o = rows.chunk(4)
    return torch.cat([g, i, f, o])
