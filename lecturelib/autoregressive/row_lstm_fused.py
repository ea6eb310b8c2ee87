"""A layer of Row LSTM by torch's LSTM operator, which is cuDNN's on a GPU: one call instead of a loop over the rows.

A row of states, h at all W positions, is one vector of H · W cells, and the convolution K_ss a matrix:

    [i_r, f_r, g_r, o_r] = σ(M h_{r-1} + (K_is * x_r) + b)      M [4 · H · W, H · W], zero but for three diagonals
"""

from contextlib import nullcontext

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch._subclasses import FakeTensor
from torch.nn.functional import conv1d

from lecturelib import checks

ACCELERATORS = ("cuda", "mps")
MAX_CELLS = 1024  # of a row: M has four times the square of it, and would cost more than the loop


def suits(gates: Float[Tensor, "batch gates height width"]) -> bool:
    """Return whether `run` should: on an accelerator, neither compiled nor transformed, and where rows are small."""
    traced = torch.compiler.is_compiling() or checks.transformed() or isinstance(gates, FakeTensor)
    small = gates.shape[1] // 4 * gates.shape[3] <= MAX_CELLS
    return gates.device.type in ACCELERATORS and not traced and small


def run(
    gates: Float[Tensor, "batch gates height width"], K_ss: nn.Conv1d
) -> Float[Tensor, "batch hidden_channels height width"]:
    """Return h of all rows from K_is * x; in single precision under autocast. cuDNN has no second derivatives."""
    H, W = gates.shape[1] // 4, gates.shape[3]
    assert K_ss.bias is not None
    exact = torch.autocast(gates.device.type, enabled=False) if checks.autocast_enabled(gates) else nullcontext()
    with exact:
        eye = torch.eye(4 * H * W, dtype=K_ss.weight.dtype, device=gates.device)
        M = conv1d(eye[: H * W, : H * W].view(-1, H, W), K_ss.weight, padding=1).flatten(1).T
        b = K_ss.bias.repeat_interleave(W)
        parts = torch_order(eye), torch_order(M), torch_order(b), torch.zeros_like(b)
        block = torch.cat([part.flatten() for part in parts])  # of one piece, as cuDNN wants its weights
        pieces = block.split([part.numel() for part in parts])
        weights = [piece.view_as(part) for piece, part in zip(pieces, parts, strict=True)]
        x = gates.permute(2, 0, 1, 3).flatten(2).to(eye.dtype)  # [height, batch, 4 · H · W]
        zeros = x.new_zeros(1, x.shape[1], H * W)
        arguments = (True, 1, 0.0, torch.is_grad_enabled(), False, False)  # biases, layers, dropout, training, ...
        h: Tensor = torch._VF.lstm(x.contiguous(), (zeros, zeros), weights, *arguments)[0]
    return h.view(*h.shape[:2], H, W).permute(1, 2, 0, 3)


def torch_order(rows: Tensor) -> Tensor:
    """Return the gates o, f, i, g of the paper as torch.nn stacks them: i, f, g, o."""
    o, f, i, g = rows.chunk(4)
    return torch.cat([i, f, g, o])
