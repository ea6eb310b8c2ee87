"""Faster ways to NADE's tied logits; the definition is the loop in `nade.NADE`, against which all are tested."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from lecturelib import checks

MUCH_WORK = 2**22  # products of a batch's pixels with hidden units, from which on a loop is worth being compiled


def logits(x: Float[Tensor, "batch dim"], W: Tensor, c: Tensor, alpha: Tensor, b: Tensor) -> Float[Tensor, "batch dim"]:
    """Log-odds of x_i = 1 given x_{<i}: sequential on a CPU, else (a GPU, torch.compile, torch.func) in parallel."""
    if checks.transformed() or not all(checks.can_read(tensor) for tensor in (x, W, c, alpha, b)):
        return parallel_logits(x, W, c, alpha, b)
    single = {tensor.dtype for tensor in (x, W, c, alpha, b)} == {torch.float32} and not x.requires_grad
    way: Any = CompiledLogits if single and x.numel() * len(c) >= MUCH_WORK else SequentialLogits
    found: Tensor = way.apply(x, W, c, alpha, b)
    return found


def parallel_logits(
    x: Float[Tensor, "batch dim"], W: Tensor, c: Tensor, alpha: Tensor, b: Tensor
) -> Float[Tensor, "batch dim"]:
    """All hidden layers at once, from cumulative sums: no loop, but O(batch · dim · hidden) memory."""
    before = pad((x[:, :, None] * W.T).cumsum(dim=1), (0, 0, 1, -1))  # W_{·,<i} x_{<i} for every i
    h = torch.sigmoid(before + c)  # [batch, dim, hidden]
    return (h * alpha).sum(dim=2) + b


class SequentialLogits(torch.autograd.Function):
    """The loop without its graph: O(batch · hidden) memory, and work only where there is ink.

    Where x_i = 0 the hidden layer does not change, so only the rows with x_i = 1 are touched; and the backward pass
    walks the pixels in reverse and undoes a ← a + W_{·,i} instead of storing every h_i. A gradient that is to be
    differentiated again (`create_graph=True`) is that of `parallel_logits`.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, W: Tensor, c: Tensor, alpha: Tensor, b: Tensor) -> Tensor:
        """Return the logits, pixel by pixel."""
        W_T, rows = W.T.contiguous(), _rows_with_ones(x)
        a = c.repeat(len(x), 1)
        h = torch.sigmoid(a)
        logits = x.new_empty(x.shape[1], len(x))
        for i, r in enumerate(rows):
            torch.mv(h, alpha[i], out=logits[i])
            if len(r):
                a_r = a[r] + W_T[i]
                a[r], h[r] = a_r, torch.sigmoid(a_r)
        ctx.rows = rows
        ctx.save_for_backward(x, W, c, alpha, b, a, h)
        return logits.T + b

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients for x, W, c, alpha and b."""
        *inputs, a, h = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _differentiable_gradients(inputs, ctx.needs_input_grad, grad)
        _, W, _, alpha, _ = inputs
        W, a, h, delta = W.T.contiguous(), a.clone(), h.clone(), grad.T.contiguous()
        dx = torch.empty_like(delta) if ctx.needs_input_grad[0] else None
        dW, dalpha = torch.zeros_like(W), torch.empty_like(alpha)
        dh = torch.zeros_like(a)  # Σ δ_j α_j over the pixels j seen since the row's h last changed
        da = torch.zeros_like(a)  # Σ δ_j α_j ⊙ h_j ⊙ (1 - h_j) over all pixels j seen before that
        for i in reversed(range(len(W))):
            if dx is not None:
                torch.mv(da + dh * h * (1 - h), W[i], out=dx[i])
            r = ctx.rows[i]
            if len(r):
                h_r, a_r = h[r], a[r] - W[i]
                da_r = da[r] + dh[r] * h_r * (1 - h_r)
                dW[i] = da_r.sum(0)
                da[r], dh[r] = da_r, 0
                a[r], h[r] = a_r, torch.sigmoid(a_r)
            torch.mv(h.T, delta[i], out=dalpha[i])
            dh.addr_(delta[i], alpha[i])
        dc = (da + dh * h * (1 - h)).sum(0)
        return None if dx is None else dx.T, dW.T, dc, dalpha, grad.sum(0)


class CompiledLogits(torch.autograd.Function):
    """The same loops, in single precision and compiled by numba; no gradient for x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, W: Tensor, c: Tensor, alpha: Tensor, b: Tensor) -> Tensor:
        """Return the logits, image by image."""
        from lecturelib.autoregressive import nade_compiled  # only here: numba takes half a second to be imported

        inputs = [tensor.detach().contiguous() for tensor in (x, W.T, c, alpha, b)]
        logits, a = torch.empty_like(inputs[0]), torch.empty(len(x), len(c))
        nade_compiled.forward(*(tensor.numpy() for tensor in (*inputs, logits, a)))
        ctx.save_for_backward(x, W, c, alpha, b, a)
        return logits

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients for W, c, alpha and b."""
        from lecturelib.autoregressive import nade_compiled

        *inputs, a = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _differentiable_gradients(inputs, ctx.needs_input_grad, grad)
        x, W, c, alpha, _ = (tensor.detach() for tensor in inputs)
        gradients = [torch.zeros_like(tensor) for tensor in (W.T.contiguous(), c, alpha)]
        arguments = [tensor.contiguous() for tensor in (x, W.T, alpha, a, grad)]
        nade_compiled.backward(*(tensor.numpy() for tensor in (*arguments, *gradients)))
        dW_T, dc, dalpha = gradients
        return None, dW_T.T, dc, dalpha, grad.sum(0)


def _differentiable_gradients(
    inputs: list[Tensor], needed: tuple[bool, ...], grad: Tensor
) -> tuple[Tensor | None, ...]:
    wanted = [tensor for tensor, need in zip(inputs, needed, strict=True) if need]
    gradients = iter(torch.autograd.grad(parallel_logits(*inputs), wanted, grad, create_graph=True))
    return tuple(next(gradients) if need else None for need in needed)


def _rows_with_ones(x: Tensor) -> tuple[Tensor, ...]:
    """For every pixel, the indices of the examples in which it is 1."""
    ones = x.T.nonzero()
    return torch.split(ones[:, 1], torch.bincount(ones[:, 0], minlength=x.shape[1]).tolist())
