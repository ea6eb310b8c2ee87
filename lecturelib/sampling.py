"""How every sampler of the library draws: noise from a generator, and categories from probabilities and that noise.

>>> u = uniform((16, 784), like=model.out.weight, generator=generator)
>>> x = categorical(p, u[:, 0])          # p: [16, options]; x: [16] integers
"""

from collections.abc import Sequence
from numbers import Integral

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from lecturelib import checks


def categorical(p: Float[Tensor, "*#batch options"], u: Float[Tensor, "*#batch"]) -> Integer[Tensor, "*batch"]:
    """Draw k with probability p_k by inversion: the k with P(< k) ≤ u < P(≤ k), from `u` uniform in [0, 1).

    The leading dimensions of `p` and `u` broadcast.
    """
    checks.floats("p", p, "...", "options")
    checks.floats("u", u, "...")
    if u.device != p.device:
        raise ValueError(f"u: expected a tensor on {p.device}, as p is, got one on {u.device}")
    P = p.cumsum(dim=-1)[..., :-1]  # P(≤ 0), P(≤ 1), …
    return (u[..., None] >= P).sum(dim=-1)


def uniform(shape: Sequence[int], *, like: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "*shape"]:
    """Return uniform numbers in [0, 1) on the device of `like`, in float32 or better.

    In half precision, a uniform is exactly 0 too often. `generator` may be on another device, such as a CPU's.

    Raises:
        TypeError: `generator` is not a torch.Generator.

    """
    check_noise(shape, like, generator)
    dtype, device = torch.promote_types(like.dtype, torch.float32), (generator or like).device
    return torch.rand(*shape, generator=generator, dtype=dtype, device=device).to(like.device)


def normal(shape: Sequence[int], *, like: Tensor, generator: torch.Generator | None = None) -> Float[Tensor, "*shape"]:
    """Return standard normal numbers; otherwise as `uniform`.

    Raises:
        TypeError: `generator` is not a torch.Generator.

    """
    check_noise(shape, like, generator)
    dtype, device = torch.promote_types(like.dtype, torch.float32), (generator or like).device
    return torch.randn(*shape, generator=generator, dtype=dtype, device=device).to(like.device)


def check_noise(shape: object, like: object, generator: object) -> None:
    """Raise TypeError unless `shape` is a sequence, `like` a tensor, and `generator` a torch.Generator or None."""
    if (
        not isinstance(shape, tuple | list)
        or not shape
        or not all(isinstance(n, Integral | torch.SymInt) for n in shape)
    ):
        raise TypeError(f"shape: expected a sequence of sizes, got {shape!r} ({type(shape).__name__})")
    if not isinstance(like, Tensor):
        raise TypeError(f"like: expected a tensor, got {type(like).__name__}")
    checks.generator("generator", generator)
