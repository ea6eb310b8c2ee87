"""How every sampler of the library draws: noise from a generator, and categories from probabilities and that noise.

>>> u = uniform((16, 784), like=model.out.weight, generator=generator)
>>> x = categorical(p, u[:, 0])          # p: [16, options]; x: [16] integers
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from lecturelib import checks


def categorical(p: Float[Tensor, "*#batch options"], u: Float[Tensor, "*#batch"]) -> Integer[Tensor, "*batch"]:
    """Draw k with probability p_k by inversion: the k with P(< k) ≤ u < P(≤ k), from `u` uniform in [0, 1).

    The leading dimensions of `p` and `u` broadcast.
    """
    P = p.cumsum(dim=-1)[..., :-1]  # P(≤ 0), P(≤ 1), …
    return (u[..., None] >= P).sum(dim=-1)


def uniform(shape: Sequence[int], *, like: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "*shape"]:
    """Return uniform numbers in [0, 1) on the device of `like`, in float32 or better.

    In half precision, a uniform is exactly 0 too often. `generator` may be on another device, such as a CPU's.

    Raises:
        TypeError: `generator` is not a torch.Generator.

    """
    checks.generator("generator", generator)
    dtype, device = torch.promote_types(like.dtype, torch.float32), (generator or like).device
    return torch.rand(*shape, generator=generator, dtype=dtype, device=device).to(like.device)


def normal(shape: Sequence[int], *, like: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "*shape"]:
    """Return standard normal numbers; otherwise as `uniform`.

    Raises:
        TypeError: `generator` is not a torch.Generator.

    """
    checks.generator("generator", generator)
    dtype, device = torch.promote_types(like.dtype, torch.float32), (generator or like).device
    return torch.randn(*shape, generator=generator, dtype=dtype, device=device).to(like.device)
