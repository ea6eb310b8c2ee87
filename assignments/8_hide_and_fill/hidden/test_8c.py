"""8c: heads and positions, against the library."""

import pytest
import torch

from lecturelib.homework import close
from lecturelib.words.transformer import TransformerBlock, sinusoidal_positions


@pytest.mark.points(2)
def test_heads(student, generator):
    for d, num_heads in ((12, 3), (8, 4)):
        h, matrices = torch.randn(3, 6, d, generator=generator), torch.randn(4, d, d, generator=generator) / d**0.5
        block = TransformerBlock(d, num_heads).requires_grad_(False)
        block.qkv.weight.copy_(matrices[:3].flatten(0, 1))
        block.out.weight.copy_(matrices[3])
        for bias in (block.qkv.bias, block.out.bias):
            bias.zero_()
        right = block.out(block.attention(h, None))
        close(student.multi_head(h, *matrices, num_heads), right, name="multi_head", rtol=1e-3)


@pytest.mark.points(1)
def test_positions(student, generator):
    length, half = torch.randint(5, 60, (2,), generator=generator).tolist()
    close(student.sinusoids(length, 2 * half), sinusoidal_positions(length, 2 * half), name="sinusoids", atol=1e-4)


@pytest.mark.points(1)
def test_rotation(student, generator):
    """Each block turns its pair of entries, a sine and a cosine."""
    for d in (4, 10):
        offset = int(torch.randint(1, 20, (), generator=generator))
        right = torch.zeros(d, d)
        for c in range(0, d, 2):
            sin, cos = sinusoidal_positions(offset + 1, d)[offset, c : c + 2]
            right[c : c + 2, c : c + 2] = torch.tensor([[cos, sin], [-sin, cos]])
        R, P = student.rotation(offset, d), sinusoidal_positions(offset + 9, d)
        close(R, right, name="rotation", atol=1e-4)
        close(P[:9] @ R.float().T, P[offset:], name="R @ P[i] for i from 0 to 8", atol=1e-4)
