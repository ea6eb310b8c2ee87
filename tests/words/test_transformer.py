"""The transformer against torch.nn's, and where its training begins."""

import math

import pytest
import torch
from small_masked_lm import seeded, small
from torch import nn

from lecturelib.words.transformer import TransformerBlock, sinusoidal_positions


def twin(layer, dim, heads):
    """PyTorch's layer with the same weights."""
    other = nn.TransformerEncoderLayer(
        dim, heads, 4 * dim, dropout=0, activation="gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    names = {
        "self_attn.in_proj_": "qkv.",
        "self_attn.out_proj.": "out.",
        "linear1.": "up.",
        "linear2.": "down.",
        "norm1.": "norm_1.",
        "norm2.": "norm_2.",
    }
    ours = layer.state_dict()
    other.load_state_dict({a + kind: ours[b + kind] for a, b in names.items() for kind in ("weight", "bias")})
    return other, {a + kind: b + kind for a, b in names.items() for kind in ("weight", "bias")}


@pytest.mark.parametrize("padded", [False, True])
def test_a_block_equals_pytorchs(padded):
    torch.manual_seed(0)
    layer = TransformerBlock(12, 3).double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5)
    other, names = twin(layer, 12, 3)
    h = torch.randn(4, 7, 12, dtype=torch.float64)
    not_padding = torch.ones(4, 7, dtype=torch.bool)
    if padded:
        for row, n in enumerate((7, 3, 1, 5)):
            not_padding[row, n:] = False
    a, b = (h.clone().requires_grad_() for _ in range(2))
    ours = layer(a, not_padding if padded else None)
    theirs = other(b, src_key_padding_mask=~not_padding if padded else None)
    torch.testing.assert_close(ours[not_padding], theirs[not_padding], rtol=0, atol=1e-10)
    weight = torch.randn(ours[not_padding].shape, dtype=torch.float64, generator=seeded(1))
    (weight * ours[not_padding]).sum().backward()
    (weight * theirs[not_padding]).sum().backward()
    torch.testing.assert_close(a.grad, b.grad, rtol=0, atol=1e-10)
    mine = dict(layer.named_parameters())
    for name, parameter in other.named_parameters():
        torch.testing.assert_close(mine[names[name]].grad, parameter.grad, rtol=0, atol=1e-10)


def test_hidden_states_are_pytorchs_encoder_over_words_and_positions(vocabulary):
    model = small(vocabulary)
    x = torch.randint(len(vocabulary), (3, 9), generator=seeded(0))
    h = 8**0.5 * model.E[x] + model.P[:9]
    for layer in range(3):
        torch.testing.assert_close(model.hidden_states(x, layer), h, rtol=0, atol=1e-10)
        if layer < 2:
            h = twin(model.layers[layer], 8, 2)[0](h)
    torch.testing.assert_close(model.hidden_states(x), model.norm(h), rtol=0, atol=1e-10)


def test_positions_begin_as_sinusoids(vocabulary):
    P = small(vocabulary, embedding_dim=6, num_heads=2).P
    expected = [
        [f(i * w) for w in (1, 10_000 ** (-1 / 3), 10_000 ** (-2 / 3)) for f in (math.sin, math.cos)] for i in range(12)
    ]
    torch.testing.assert_close(P, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-5)
    assert P.requires_grad


@pytest.mark.parametrize(("dim", "heads"), [(128, 4), (60, 4), (32, 2)])
def test_heads_begin_by_attending_to_the_words_beside(vocabulary, dim, heads):
    """Of all positions, head k's query likes best the key 1 back, 1 ahead, 2 back, 2 ahead, away from the edges."""
    layer = small(vocabulary, embedding_dim=dim, num_heads=heads).layers[0]
    h = sinusoidal_positions(64, dim).double()
    q, k, _ = (h @ layer.qkv.weight.T).unflatten(-1, (3, heads, -1)).transpose(0, 2).unbind(1)
    for head, away in enumerate((-1, 1, -2, 2)[:heads]):
        liked = (q[head] @ k[head].T).argmax(dim=-1)
        assert (liked - torch.arange(64))[4:-4].tolist() == 56 * [away]
