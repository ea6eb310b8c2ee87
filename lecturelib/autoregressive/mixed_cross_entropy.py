"""The cross-entropy of many levels in mixed precision on a CPU, which `pixels.log_prob` takes there."""

from typing import Any

import torch
from torch import Tensor


class MixedCrossEntropy(torch.autograd.Function):
    """-log softmax of bfloat16 logits at the levels `x`, in single precision, by rows that fit into a core's cache.

    The whole in single precision would take most of the time of a small network with 256 levels.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, x: Tensor) -> Tensor:
        """Return nats, one for each pixel and channel."""
        rows = logits.permute(0, 3, 4, 2, 1)  # [batch, height, width, channels, options]: channels last
        levels = x.permute(0, 2, 3, 1).long()
        ctx.gradient, nats = torch.empty_like(logits), torch.empty(levels.shape, device=logits.device)
        gradient = ctx.gradient.permute(0, 3, 4, 2, 1)
        for k, (a, level) in enumerate(zip(rows, levels[..., None], strict=True)):
            a = a.float()
            log_sum = a.logsumexp(-1, keepdim=True)
            nats[k] = (log_sum - a.gather(-1, level))[..., 0]
            p = a.sub_(log_sum).exp_()
            gradient[k] = p.scatter_add_(-1, level, p.new_full((1,), -1.0).expand_as(level))
        return nats.permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Return the gradient for the logits: (softmax - one-hot) · grad."""
        if torch.is_grad_enabled():
            raise RuntimeError(
                "log_prob: expected a backward pass without create_graph=True in bfloat16 on a CPU, got one with it;"
                " for higher derivatives use torch.func or single precision"
            )
        return ctx.gradient * grad.to(ctx.gradient.dtype)[:, None], None
