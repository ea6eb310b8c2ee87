"""A layer of the LSTM over all times as one node of autograd, its gradient in closed form: `LSTM.step`, but faster.

Forward, the gates overwrite what they are computed from. Backward, from the last step to the first, d_y being the
gradient of the loss by y:

    d_s ← d_s + d_h ⊙ o ⊙ (1 - tanh² s)
    d_ao = d_h ⊙ tanh s ⊙ o (1 - o)             a_g, a_i, a_f, a_o: what tanh and σ are applied to
    d_ag = d_s ⊙ i ⊙ (1 - g²)
    d_ai = d_s ⊙ g ⊙ i (1 - i)
    d_af = d_s ⊙ s_{t-1} ⊙ f (1 - f)
    d_s ← d_s ⊙ f,   d_h ← W_hᵀ d_a, to which the gradient by the output h_{t-1} is added

All factors that do not depend on d_h and d_s are computed for all times at once. Second derivatives, rarely wanted, go
through the loop of `LSTM.step` again, as do compilation, tracing, transforms (torch.func), autocast and `lengths`.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from lecturelib.recurrent import common, fused

_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input  # (d_y, y) ↦ d_y ⊙ y (1 - y), written to grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input  # (d_y, y) ↦ d_y ⊙ (1 - y²)


def run(loop: Callable[..., tuple[Tensor, Tensor]], x: Tensor, *start: Tensor) -> tuple[Tensor, Tensor]:
    """Return h of all times and the last s, of the arguments of `Layer.apply`, by the faster node for these sizes."""
    node: Any = fused.OneDNN if fused.suits_onednn(x, W_h=start[3]) else Layer
    h, s = node.apply(loop, x, *start)
    return h, s


class Layer(torch.autograd.Function):
    """`Layer.apply(loop, x, h_0, s_0, W_x, W_h, b)` returns h of all times [time, batch, H] and the last s.

    `loop` is the same by `LSTM.step`: a function of x, h_0, s_0, W_x, W_h, b that returns the same two.
    """

    @staticmethod
    def forward(
        ctx: Any,
        loop: Callable[..., tuple[Tensor, Tensor]],
        x: Shaped[Tensor, "time batch *width"],
        h_0: Float[Tensor, "batch hidden_size"],
        s_0: Float[Tensor, "batch hidden_size"],
        W_x: Float[Tensor, "gates width"],
        W_h: Float[Tensor, "gates hidden_size"],
        b: Float[Tensor, " gates"],
    ) -> tuple[Float[Tensor, "time batch hidden_size"], Float[Tensor, "batch hidden_size"]]:
        """Run over time, and keep gates, states and tanh s."""
        a = common.input_projections(x, W_x, b).contiguous()
        (time, batch), H = x.shape[:2], W_h.shape[1]
        h, s, tanh_s = (a.new_empty(n, batch, H) for n in (time, time + 1, time))
        s[0] = s_0
        W_hT = W_h.T.contiguous() if time > 1 else W_h.T  # transposed once: contiguous rows are read faster
        hs, ss = (h_0, *h.unbind(0)), s.unbind(0)
        views = (part.unbind(0) for part in (a, a[..., H:], *a.chunk(4, dim=2), tanh_s))
        for a_t, a_ifo, g, i, f, o, tanh_t, h_before, h_t, s_before, s_t in zip(
            *views, hs[:-1], hs[1:], ss[:-1], ss[1:], strict=True
        ):
            a_t.addmm_(h_before, W_hT)
            g.tanh_()
            a_ifo.sigmoid_()
            torch.mul(g, i, out=s_t).addcmul_(s_before, f)
            torch.mul(torch.tanh(s_t, out=tanh_t), o, out=h_t)
        ctx.loop = loop
        ctx.save_for_backward(x, h_0, s_0, W_x, W_h, b, a, h, s, tanh_s)
        return h, s[-1].clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients by x, h_0, s_0, W_x, W_h and b."""
        if torch.is_grad_enabled():  # create_graph=True: the gradient must be differentiable itself
            return common.gradients_through_the_loop(ctx, gradients)
        (x, h_0, _, W_x, W_h, _, gates, h, s, tanh_s), (d_outputs, d_s_end) = ctx.saved_tensors, gradients
        H = W_h.shape[1]
        g, i, f, o = gates.chunk(4, dim=2)
        d_a, to_s = torch.empty_like(gates), torch.empty_like(tanh_s)
        d_ag, d_ai, d_af, d_ao = d_a.chunk(4, dim=2)
        _tanh_backward(o, tanh_s, grad_input=to_s)
        _tanh_backward(i, g, grad_input=d_ag)
        _sigmoid_backward(g, i, grad_input=d_ai)
        _sigmoid_backward(s[:-1], f, grad_input=d_af)
        _sigmoid_backward(tanh_s, o, grad_input=d_ao)
        d_h, d_s = torch.zeros_like(d_s_end), d_s_end.clone()
        d_s_thrice = d_s.unsqueeze(1)  # for g, i and f
        at_all_times = (d_a, d_a[..., : 3 * H].unflatten(2, (3, H)), d_ao, to_s, f, d_outputs)
        for d_a_t, d_a_gif, d_a_o, to_s_t, f_t, d_output in zip(
            *(reversed(part.unbind(0)) for part in at_all_times), strict=True
        ):
            d_h += d_output
            d_s.addcmul_(d_h, to_s_t)
            d_a_o.mul_(d_h)
            d_a_gif.mul_(d_s_thrice)
            d_s.mul_(f_t)
            torch.mm(d_a_t, W_h, out=d_h)
        rows = d_a.flatten(0, 1)
        d_W_h = rows.T @ torch.cat([h_0[None], h[:-1]]).flatten(0, 1)
        d_x = d_a @ W_x if ctx.needs_input_grad[1] else None
        if x.is_floating_point():
            d_W_x = rows.T @ x.flatten(0, 1)
        else:  # the columns of W_x that were looked up
            d_W_x = rows.new_zeros(W_x.shape[::-1]).index_add_(0, x.flatten().long(), rows).T
        return None, d_x, d_h, d_s, d_W_x, d_W_h, rows.sum(0)
