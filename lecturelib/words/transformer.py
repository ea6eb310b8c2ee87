"""The transformer of the masked language model: one layer, and what the first one begins with.

Vaswani et al., "Attention Is All You Need", NeurIPS 2017, with the norms before attention and feed-forward net
("pre-norm") and not behind, as in Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML 2020: it
then trains with less care.

    >>> layer = Layer(dim=128, heads=4)
    >>> layer(h)                                 # h: [batch, time, dim], and so is what comes out
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

SHARP = 1.2  # of the places that heads look at to begin with


class Layer(nn.Module):
    """Attention, then a feed-forward net at each place, each added to what it read.

    Args:
        dim: d, the length of a word's vector.
        heads: number of heads, a divisor of d.

    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(
        self, h: Float[Tensor, "batch time dim"], seen: Bool[Tensor, "batch time"] | None = None
    ) -> Float[Tensor, "batch time dim"]:
        """Return h of the next layer; places where `seen` is False are read by no other."""
        # h ← h + W_o attention(norm(h))
        h = h + self.out(self.attention(self.norm_1(h), seen))
        # h ← h + W_2 gelu(W_1 norm(h))
        return h + self.down(gelu(self.up(self.norm_2(h))))

    def attention(self, h: Tensor, seen: Tensor | None) -> Tensor:
        """Return Σ_j softmax_j(q_i·k_j / √(d / heads)) v_j at each place i, head by head."""
        q, k, v = self.qkv(h).unflatten(-1, (3, self.heads, -1)).transpose(1, 3).unbind(2)
        with torch.autocast(h.device.type, enabled=False):  # on a CPU, in bfloat16, this would be three times slower
            mask = None if seen is None else seen[:, None, None, :]
            mixed = scaled_dot_product_attention(q.to(h.dtype), k.to(h.dtype), v.to(h.dtype), mask)
        return mixed.transpose(1, 2).flatten(-2)


def rates(dim: int) -> Float[Tensor, " pairs"]:
    """ω of each pair of waves, from 1 down to 1/10000."""
    return 10_000 ** (-torch.arange(0, dim, 2) / dim)


def waves(length: int, dim: int) -> Float[Tensor, "length dim"]:
    """sin(i ω) and cos(i ω) of each place i."""
    angle = torch.arange(length)[:, None] * rates(dim)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :dim]


@torch.no_grad()
def look_beside(qkv: nn.Linear, heads: int) -> None:
    """Let the heads begin by looking 1 place back, 1 ahead, 2 back, 2 ahead, and so on, whatever the words.

    From random weights it takes long until a head finds out that near words matter most. Each head reads some of the
    fastest waves. Turned by o ω, those of place i are those of place i + o, so that q_i·k_j is largest for j = i + o:

        sin((i + o) ω) = cos(o ω) sin(i ω) + sin(o ω) cos(i ω),
        cos((i + o) ω) = cos(o ω) cos(i ω) - sin(o ω) sin(i ω).
    """
    dim = qkv.in_features
    n = dim // heads
    pairs = n // 2
    same = torch.eye(2 * pairs, dim)
    other = (same.view(pairs, 2, dim).flip(1) * torch.tensor([1.0, -1.0])[:, None]).flatten(0, 1)
    q, k, _ = qkv.weight.view(3, heads, n, dim)
    for head in range(heads):
        angle = (head // 2 + 1) * (-1) ** (head + 1) * rates(dim)[:pairs].repeat_interleave(2)[:, None]
        q[head], k[head] = 0, 0
        q[head, : 2 * pairs] = SHARP * (angle.cos() * same + angle.sin() * other)
        k[head, : 2 * pairs] = SHARP * same
