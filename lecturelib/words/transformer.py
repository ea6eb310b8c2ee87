"""The transformer of the masked language model: one block, the positions, and how the first attention layer begins.

Vaswani et al., "Attention Is All You Need", NeurIPS 2017, with layer normalisation before attention and feed-forward
network ("pre-norm"), as in Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML 2020: it trains
more easily than normalisation after them.

    >>> block = TransformerBlock(embedding_dim=128, num_heads=4)
    >>> block(h)                                 # h: [batch, time, embedding_dim], and so is the output
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import gelu, scaled_dot_product_attention

from lecturelib import checks

ATTENTION_SCALE = 1.2  # of queries and keys at the start: larger is sharper


class TransformerBlock(nn.Module):
    """Self-attention, then a feed-forward network at each position, each with a residual connection.

    Args:
        embedding_dim: d, the length of a word's vector.
        num_heads: number of attention heads, a divisor of d.

    """

    def __init__(self, embedding_dim: int, num_heads: int) -> None:
        d, self.num_heads = checks.positive_int("embedding_dim", embedding_dim), check_heads(num_heads, embedding_dim)
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(
        self, h: Float[Tensor, "batch time dim"], not_padding: Bool[Tensor, "batch time"] | None = None
    ) -> Float[Tensor, "batch time dim"]:
        """Return the next hidden states; no position attends to one where `not_padding` is False."""
        # h ← h + W_o attention(norm(h))
        h = h + self.out(self.attention(self.norm_1(h), not_padding))
        # h ← h + W_2 gelu(W_1 norm(h))
        return h + self.down(gelu(self.up(self.norm_2(h))))

    def attention(self, h: Tensor, not_padding: Tensor | None) -> Tensor:
        """Return Σ_j softmax_j(q_i·k_j / √(d / heads)) v_j at each position i, all heads side by side."""
        q, k, v = self.qkv(h).unflatten(-1, (3, self.num_heads, -1)).transpose(1, 3).unbind(2)
        device = h.device.type if torch.amp.is_autocast_available(h.device.type) else "cpu"
        check_derivatives(q, k, v)
        with torch.autocast(device, enabled=False), kernels():  # three times faster on a CPU than in bfloat16
            mask = None if not_padding is None else not_padding[:, None, None, :]
            mixed = scaled_dot_product_attention(q.to(h.dtype), k.to(h.dtype), v.to(h.dtype), mask)
        return mixed.transpose(1, 2).flatten(-2)


def kernels() -> AbstractContextManager[None]:
    """Choose torch's plain attention, which has all derivatives, where the fast ones lack those that are asked for."""
    return sdpa_kernel(SDPBackend.MATH) if checks.transformed() else nullcontext()


def check_derivatives(*inputs: Tensor) -> None:
    """Let a derivative of the gradient for these inputs end in an error that says what helps, unless torch has one."""
    plain = checks.transformed() or not torch.backends.cuda.flash_sdp_enabled()
    if not plain and not torch.compiler.is_compiling():
        for x in inputs:
            if x.requires_grad:
                x.register_hook(lambda gradient: _Final.apply(gradient) if torch.is_grad_enabled() else gradient)


class _Final(torch.autograd.Function):
    """A gradient that cannot be differentiated again."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient.view_as(gradient)

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> Tensor:
        raise RuntimeError(
            "attention: expected first derivatives alone, got second ones; compute the loss within"
            " torch.nn.attention.sdpa_kernel(SDPBackend.MATH), whose gradient can be differentiated again"
        )


def frequencies(dim: int) -> Float[Tensor, " pairs"]:
    """Return ω of each pair of sinusoids, from 1 down to 1/10000."""
    return 10_000 ** (-torch.arange(0, dim, 2) / dim)


def sinusoidal_positions(length: int, dim: int) -> Float[Tensor, "length dim"]:
    """Return sin(i ω) and cos(i ω) of each position i."""
    angle = torch.arange(length)[:, None] * frequencies(dim)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :dim]


@torch.no_grad()
def init_local_attention(qkv: nn.Linear, num_heads: int) -> None:
    """Let the heads begin by attending 1 word back, 1 ahead, 2 back, 2 ahead, and so on, whatever the words.

    From random weights a head takes long to learn that near words matter most. Each head reads some of the highest
    frequencies. Turned by o ω, the sinusoids of position i are those of i + o, so that q_i·k_j is largest at j = i + o:

        sin((i + o) ω) = cos(o ω) sin(i ω) + sin(o ω) cos(i ω),
        cos((i + o) ω) = cos(o ω) cos(i ω) - sin(o ω) sin(i ω).
    """
    dim = qkv.in_features
    n = dim // num_heads
    pairs = n // 2
    same = torch.eye(2 * pairs, dim)
    other = (same.view(pairs, 2, dim).flip(1) * torch.tensor([1.0, -1.0])[:, None]).flatten(0, 1)
    q, k, _ = qkv.weight.view(3, num_heads, n, dim)
    for head in range(num_heads):
        angle = (head // 2 + 1) * (-1) ** (head + 1) * frequencies(dim)[:pairs].repeat_interleave(2)[:, None]
        q[head], k[head] = 0, 0
        q[head, : 2 * pairs] = ATTENTION_SCALE * (angle.cos() * same + angle.sin() * other)
        k[head, : 2 * pairs] = ATTENTION_SCALE * same


def check_heads(num_heads: int, embedding_dim: int) -> int:
    """Return `num_heads`, or raise ValueError unless it divides `embedding_dim`."""
    if embedding_dim % checks.positive_int("num_heads", num_heads):
        raise ValueError(f"num_heads: expected a divisor of embedding_dim, {embedding_dim}, got {num_heads}")
    return int(num_heads)
