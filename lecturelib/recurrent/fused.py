"""A layer over all times by operators of torch that do it in one call, equal to the loops that a reader is shown.

On a GPU they are cuDNN's, on a Mac Metal's: `lstm` and `rnn`, chosen by `suits`. On a CPU, oneDNN's for an LSTM of few
cells, `OneDNN`: there, the many small operations of the other ways cost more than their arithmetic.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch._subclasses import FakeTensor
from torch.nn.functional import one_hot

from lecturelib import checks
from lecturelib.recurrent import common

FEW_CELLS = 256  # from here on, closed form (`lstm_fast`) takes less time than oneDNN on one CPU thread
_LSTM_MODE = 2  # of torch's RNN operators


def plain_call(x: Tensor) -> bool:
    """Return whether a call is neither compiled, traced, transformed, under autocast nor without values."""
    return untransformed(x) and not checks.autocast_enabled(x)


def untransformed(x: Tensor) -> bool:
    """Return whether a call is neither compiled, traced, transformed nor without values."""
    return not (
        torch.compiler.is_compiling() or torch.jit.is_tracing() or checks.transformed() or isinstance(x, FakeTensor)
    )


def suits(x: Tensor, lengths: Tensor | None) -> bool:
    """Return whether `lstm` and `rnn` should run: on an accelerator, all examples of one length, autocast or not."""
    return x.device.type in ("cuda", "mps") and lengths is None and untransformed(x)


def lstm(
    x: Shaped[Tensor, "time batch *width"], h_0: Tensor, s_0: Tensor, W_x: Tensor, W_h: Tensor, b: Tensor
) -> tuple[Float[Tensor, "time batch hidden_size"], Float[Tensor, "batch hidden_size"]]:
    """Return h of all times and the last s. cuDNN has no second derivatives and says so."""
    with _single_precision(x):
        weights = _one_block(torch_order(W_x), torch_order(W_h), torch_order(b))
        arguments = (True, 1, 0.0, torch.is_grad_enabled(), False, False)  # biases, layers, dropout, training, ...
        start = h_0[None].to(W_h.dtype), s_0[None].to(W_h.dtype)
        hs, _, s = torch._VF.lstm(_vectors(x, W_x), start, weights, *arguments)
    return hs, s[0]


def rnn(
    x: Shaped[Tensor, "time batch *width"], h_0: Tensor, W_xh: Tensor, W_hh: Tensor, b_h: Tensor
) -> Float[Tensor, "time batch hidden_size"]:
    """Return h of all times."""
    with _single_precision(x):
        weights, arguments = _one_block(W_xh, W_hh, b_h), (True, 1, 0.0, torch.is_grad_enabled(), False, False)
        hs: Tensor = torch._VF.rnn_tanh(_vectors(x, W_xh), h_0[None].to(W_hh.dtype), weights, *arguments)[0]
    return hs


def _single_precision(x: Tensor) -> AbstractContextManager[object]:
    """Autocast would round to half precision, or leave a loop over time; TensorFloat-32 is fast enough."""
    return torch.autocast(x.device.type, enabled=False) if checks.autocast_enabled(x) else nullcontext()


def _vectors(x: Tensor, W: Tensor) -> Tensor:
    """Integers stand for their one-hot vectors."""
    return (x if x.is_floating_point() else one_hot(x.long(), W.shape[1])).to(W.dtype).contiguous()


def _one_block(W_x: Tensor, W_h: Tensor, b: Tensor) -> list[Tensor]:
    """Return both matrices and both biases (the second is 0) as parts of one block of memory, as cuDNN wants them."""
    weights = W_x, W_h, b, torch.zeros_like(b)
    block = torch.cat([weight.flatten() for weight in weights])
    parts = block.split([weight.numel() for weight in weights])
    return [part.view_as(weight) for part, weight in zip(parts, weights, strict=True)]


def torch_order(rows: Tensor) -> Tensor:
    """Return the gates as torch.nn stacks them, i, f, g, o; the lecture writes g, i, f, o."""
    g, i, f, o = rows.chunk(4)
    return torch.cat([i, f, g, o])


def lecture_order(rows: Tensor) -> Tensor:
    """Return the gates i, f, g, o of torch.nn as g, i, f, o."""
    i, f, g, o = rows.chunk(4)
    return torch.cat([g, i, f, o])


def suits_onednn(x: Tensor, W_h: Tensor) -> bool:
    """Return whether `OneDNN` is there and the faster way: vectors in single precision, few cells, on a CPU."""
    few = x.dtype == torch.float32 and W_h.shape[1] < FEW_CELLS
    return few and x.device.type == "cpu" and torch.backends.mkldnn.is_available()


class OneDNN(torch.autograd.Function):
    """`OneDNN.apply(loop, x, h_0, s_0, W_x, W_h, b)` returns what `lstm_fast.Layer` does, by oneDNN's own two kernels.

    A gradient that is to be differentiated again (`create_graph=True`) is that of `loop`.
    """

    @staticmethod
    def forward(
        ctx: Any,
        loop: Callable[..., tuple[Tensor, Tensor]],
        x: Float[Tensor, "time batch width"],
        h_0: Float[Tensor, "batch hidden_size"],
        s_0: Float[Tensor, "batch hidden_size"],
        W_x: Float[Tensor, "gates width"],
        W_h: Float[Tensor, "gates hidden_size"],
        b: Float[Tensor, " gates"],
    ) -> tuple[Float[Tensor, "time batch hidden_size"], Float[Tensor, "batch hidden_size"]]:
        """Run over time."""
        weights = torch_order(W_x), torch_order(W_h), torch_order(b), torch.zeros_like(b)
        start = [tensor.detach().contiguous() for tensor in (x, h_0[None], s_0[None])]
        with torch.set_grad_enabled(any(ctx.needs_input_grad)):  # then it also keeps what its gradient needs
            arguments: Any = (False, [], _LSTM_MODE, W_h.shape[1], 1, True, False, False, True)
            ends = torch.ops.aten.mkldnn_rnn_layer(start[0], *weights, *start[1:], *arguments)
        ctx.loop = loop
        ctx.save_for_backward(x, h_0, s_0, W_x, W_h, b, *weights, *ends)
        return ends[0], ends[2][0]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients for x, h_0, s_0, W_x, W_h and b."""
        if torch.is_grad_enabled():  # create_graph=True: the gradient must be differentiable itself
            return common.gradients_through_the_loop(ctx, gradients)
        x, h_0, s_0, _, W_h, _, *saved = ctx.saved_tensors
        *weights, hs, h, s, workspace = saved
        start = (h_0[None].contiguous(), s_0[None].contiguous(), hs, h, s)
        d_outputs, d_s = (gradient.contiguous() for gradient in gradients)
        d_ends = d_outputs, torch.zeros_like(h), d_s[None]  # h of the last time is part of the outputs
        arguments: Any = (False, _LSTM_MODE, W_h.shape[1], 1, True, True, False, [], False, workspace)
        found = torch.ops.aten.mkldnn_rnn_layer_backward(x.contiguous(), *weights, *start, *d_ends, *arguments)
        d_x, d_W_x, d_W_h, d_b, _, d_h_0, d_s_0 = found
        return None, d_x, d_h_0[0], d_s_0[0], *(lecture_order(rows) for rows in (d_W_x, d_W_h, d_b))
