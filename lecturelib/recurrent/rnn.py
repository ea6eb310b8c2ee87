"""The recurrent network of the lecture, stacked to any depth.

Elman, "Finding Structure in Time", Cognitive Science 14 (1990).

    h_i = tanh(W_hh h_{i-1} + W_xh x_i + b_h)       b_h: left out on the slide
    o_i = W_hy h_i                                  h_i has read x_i: o_i speaks of x_{i+1} given x_{≤i}

    >>> rnn = RNN(inputs=10, hidden=32, layers=2, outputs=5)
    >>> h, state = rnn(x)                    # x: [batch, time, 10]; h: [batch, time, 32]; state: [2, batch, 32]
    >>> o = rnn.output(h)                    # [batch, time, 5]
    >>> h, state = rnn(further, state)       # goes on where it stopped
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float, Integer, Shaped
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding, linear

from lecturelib import checks


class RNN(nn.Module):
    """Layers of tanh units, each reading the one below and its own past.

    Args:
        inputs: width of x_i.
        hidden: number of units H of each layer.
        layers: number of layers; the outputs are the top layer's.
        outputs: width of o_i, or None for a network without W_hy.
        dropout: probability of zeroing a unit between layers while training, as in `torch.nn.RNN`.

    Raises:
        TypeError, ValueError: a size is no positive integer, or `dropout` is no probability.

    """

    def __init__(
        self, inputs: int, hidden: int, layers: int = 1, outputs: int | None = None, *, dropout: float = 0.0
    ) -> None:
        check_sizes(inputs, hidden, layers, dropout)
        if outputs is not None:
            checks.positive_int("outputs", outputs)
        super().__init__()
        self.inputs, self.hidden, self.layers, self.outputs, self.dropout = inputs, hidden, layers, outputs, dropout
        widths = [inputs] + (layers - 1) * [hidden]
        self.W_xh = nn.ParameterList(weight(hidden, width, hidden) for width in widths)
        self.W_hh = nn.ParameterList(weight(hidden, hidden, hidden) for _ in widths)
        self.b_h = nn.ParameterList(torch.zeros(hidden) for _ in widths)
        self.W_hy = weight(outputs, hidden, hidden) if outputs else None

    def forward(
        self,
        x: Float[Tensor, "batch time inputs"] | Integer[Tensor, "batch time"],
        state: Float[Tensor, "layers batch hidden"] | None = None,
        lengths: Integer[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "batch time hidden"], Float[Tensor, "layers batch hidden"]]:
        """Run over time; return h of the top layer at all times and the state of all layers after the last.

        Args:
            x: vectors, or integers that stand for their one-hot vectors.
            state: h_0 of each layer; zeros if None.
            lengths: steps of each example that count. Beyond them the outputs are 0 and the state stays.

        Raises:
            TypeError, ValueError: an argument is not as described.

        """
        check_sequences(x, self.inputs, self.b_h[0], lengths)
        check_state("state", state, (self.layers, len(x), self.hidden), self.b_h[0])
        ends: list[Tensor] = []
        below, alive = x.transpose(0, 1), steps_alive(x, lengths)
        for layer, (W_xh, W_hh, b_h) in enumerate(zip(self.W_xh, self.W_hh, self.b_h, strict=True)):
            h = b_h.new_zeros(len(x), self.hidden) if state is None else state[layer]
            hs = []
            for W_xh_x_i, alive_i in zip(project(below, W_xh, b_h), alive, strict=True):
                before = h
                h = torch.tanh(linear(h, W_hh) + W_xh_x_i)  # h_i = tanh(W_hh h_{i-1} + W_xh x_i + b_h)
                if alive_i is not None:
                    h = torch.where(alive_i, h, before)
                hs.append(h)
            ends.append(h)
            below = dropped_between(torch.stack(hs), self, layer)
        return output(below, lengths), torch.stack(ends)

    def output(self, h: Float[Tensor, "batch time hidden"]) -> Float[Tensor, "batch time outputs"]:
        """o_i = W_hy h_i at all times.

        Raises:
            TypeError: the network was made without `outputs`.

        """
        if self.W_hy is None:
            raise TypeError("outputs: expected a width o_i when the RNN was made, got None; use RNN(..., outputs=5)")
        return linear(h, self.W_hy)  # o_i = W_hy h_i

    @classmethod
    def from_torch(cls, module: nn.RNN) -> "RNN":
        """Make a copy of a `torch.nn.RNN` (batch first or not; ours is); its two biases become their sum.

        Raises:
            TypeError, ValueError: `module` is no `nn.RNN`, or one with ReLUs or two directions.

        """
        check_module(module, nn.RNN)
        if module.nonlinearity != "tanh":
            raise ValueError(f"module: expected nonlinearity='tanh', got {module.nonlinearity!r}")
        rnn = cls(module.input_size, module.hidden_size, module.num_layers, dropout=module.dropout)
        copy_weights(rnn, module, (rnn.W_xh, rnn.W_hh, rnn.b_h), lambda rows: rows)
        return rnn


# What the LSTM shares with the RNN. Time comes first in here, so that a step is one block of memory.


def weight(rows: int, columns: int, hidden: int) -> nn.Parameter:
    """A matrix uniform between ± 1/√hidden, as torch.nn starts."""
    return nn.Parameter((2 * torch.rand(rows, columns) - 1) / hidden**0.5)


def project(x: Shaped[Tensor, "time batch *inputs"], W: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """W x_i + b for all i in one product, before the loop over time; a one-hot x_i just picks a column of W.

    It comes in the dtype of b, so that under autocast the state, to which it is added, stays in single precision.
    """
    a = linear(x, W, b) if x.is_floating_point() else embedding(x.long(), W.T + b)
    return a.to(b.dtype).unbind(0)


def steps_alive(x: Tensor, lengths: Tensor | None) -> Iterable[Tensor | None]:
    """For each time, whether it is part of each example [batch, 1]; Nones where all examples are of full length."""
    time = x.shape[1]
    if lengths is None:
        return [None] * time
    return (torch.arange(time, device=x.device)[:, None] < lengths)[:, :, None].unbind(0)


def dropped_between(h: Tensor, module: Any, layer: int) -> Tensor:
    """Apply dropout to the outputs of all layers but the top one, while training."""
    return dropout(h, module.dropout, module.training and layer < module.layers - 1)


def output(h: Float[Tensor, "time batch hidden"], lengths: Tensor | None) -> Float[Tensor, "batch time hidden"]:
    """Batch first again, and 0 where an example has ended."""
    h = h.transpose(0, 1)
    if lengths is None:
        return h
    return h.masked_fill(torch.arange(h.shape[1], device=h.device)[:, None] >= lengths[:, None, None], 0)


def copy_weights(
    ours: nn.Module, module: Any, parts: tuple[nn.ParameterList, ...], order: Callable[[Tensor], Tensor]
) -> None:
    """Copy the weights of a torch.nn module into ours, its rows rearranged by `order`; same dtype, device and mode."""
    ours.to(module.weight_hh_l0)
    with torch.no_grad():
        for layer, (W_x, W_h, b) in enumerate(zip(*parts, strict=True)):
            W_x.copy_(order(getattr(module, f"weight_ih_l{layer}")))
            W_h.copy_(order(getattr(module, f"weight_hh_l{layer}")))
            b.zero_()
            if module.bias:
                b.copy_(order(getattr(module, f"bias_ih_l{layer}") + getattr(module, f"bias_hh_l{layer}")))
    ours.train(module.training)


def check_sizes(inputs: object, hidden: object, layers: object, dropout: object) -> None:
    """Raise unless the sizes are positive integers and dropout a probability below 1."""
    checks.positive_int("inputs", inputs)
    checks.positive_int("hidden", hidden)
    checks.positive_int("layers", layers)
    check_finite_number("dropout", dropout, "a number from 0 to below 1")
    assert isinstance(dropout, int | float)
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout: expected a number from 0 to below 1, got {dropout}")


def check_finite_number(name: str, value: object, expected: str = "a finite number") -> None:
    """Raise unless `value` is a Python number, and a finite one; `expected` says it in words."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: expected {expected}, got {value!r} ({type(value).__name__})")
    if not math.isfinite(value):
        raise ValueError(f"{name}: expected {expected}, got {value}")


def check_module(module: object, kind: type) -> None:
    """Raise unless `module` is a torch.nn module of that kind, in one direction and without projections."""
    if not isinstance(module, kind):
        raise TypeError(f"module: expected a torch.nn.{kind.__name__}, got {type(module).__name__}")
    assert isinstance(module, nn.RNNBase)
    if module.bidirectional or module.proj_size:
        got = "bidirectional=True" if module.bidirectional else f"proj_size={module.proj_size}"
        raise ValueError(
            f"module: expected a torch.nn.{kind.__name__} with bidirectional=False and proj_size=0, got {got}"
        )


INTEGERS = (torch.uint8, torch.int16, torch.int32, torch.int64)


def check_indices(name: str, x: object, options: int, shape: str, like: Tensor) -> None:
    """Raise unless `x` is a non-empty integer tensor of the dimensions named in `shape`, from 0 to options - 1."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expected an integer tensor {shape}, got {type(x).__name__}")
    if x.dtype not in INTEGERS:
        raise TypeError(f"{name}: expected integers from 0 to {options - 1}, got dtype {x.dtype}")
    if x.dim() != shape.count(",") + 1 or not x.numel():
        raise ValueError(f"{name}: expected shape {shape}, not empty, got {list(x.shape)}")
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device} (the model's), got one on {x.device}")
    if x.min() < 0 or x.max() >= options:
        raise ValueError(f"{name}: expected integers from 0 to {options - 1}, got {int(x.min())} to {int(x.max())}")


def check_sequences(x: object, inputs: int, like: Tensor, lengths: object) -> None:
    """Raise unless `x` and `lengths` are what `forward` describes."""
    if isinstance(x, Tensor) and x.dtype in INTEGERS:
        check_indices("x", x, inputs, "[batch, time]", like)
    else:
        _check_vectors(x, inputs, like)
    assert isinstance(x, Tensor)
    if lengths is not None:
        check_indices("lengths", lengths, x.shape[1] + 1, "[batch]", like)
        assert isinstance(lengths, Tensor)
        if len(lengths) != len(x) or lengths.min() < 1:
            got = f"{len(lengths)} from {int(lengths.min())} to {int(lengths.max())}"
            raise ValueError(f"lengths: expected {len(x)} integers from 1 to {x.shape[1]}, got {got}")


def _check_vectors(x: object, inputs: int, like: Tensor) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"x: expected a tensor [batch, time, {inputs}], got {type(x).__name__}")
    if x.dim() != 3 or x.shape[2] != inputs or not x.numel():
        raise ValueError(f"x: expected shape [batch, time, {inputs}], not empty, got {list(x.shape)}")
    _check_like("x", x, like)


def check_state(name: str, state: object, shape: tuple[int, int, int], like: Tensor) -> None:
    """Raise unless `state` is None or a tensor [layers, batch, hidden]."""
    if state is None:
        return
    if not isinstance(state, Tensor):
        raise TypeError(f"{name}: expected a tensor [layers, batch, hidden] or None, got {type(state).__name__}")
    if state.shape != shape:
        raise ValueError(f"{name}: expected shape [layers, batch, hidden] = {list(shape)}, got {list(state.shape)}")
    _check_like(name, state, like)


def _check_like(name: str, x: Tensor, like: Tensor) -> None:
    if x.dtype != like.dtype and not torch.is_autocast_enabled(like.device.type):
        raise TypeError(f"{name}: expected dtype {like.dtype} (the model's), got {x.dtype}")
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device} (the model's), got one on {x.device}")
    if not torch.isfinite(x).all():
        count = int((~torch.isfinite(x)).sum())
        raise ValueError(f"{name}: expected finite values, got {count} that are NaN or infinite")
