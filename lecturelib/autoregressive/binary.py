"""What the densities over binary vectors share: the Bernoulli log-likelihood and the start of a completion."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lecturelib import sampling


def log_prob(x: Float[Tensor, "batch dim"], logits: Float[Tensor, "batch dim"]) -> Float[Tensor, " batch"]:
    """Return log p(x) = Σ_i x_i log p_i + (1 - x_i) log(1 - p_i) in nats, with p_i = σ(logit_i), without overflow."""
    exact = torch.promote_types(logits.dtype, torch.float32)  # half precision cannot add up a thousand terms
    return -F.binary_cross_entropy_with_logits(logits.to(exact), x.to(exact), reduction="none").sum(dim=1)


def start_completion(
    x: Float[Tensor, "batch dim"], known: int, generator: torch.Generator | None
) -> tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch dim"]]:
    """Return `x` with all but its first `known` columns zeroed, and the uniforms that will decide the others.

    All uniforms are drawn here, so that two ways to compute the same conditionals draw the same bits.

    Raises:
        TypeError, ValueError: `known` is not an integer from 0 to dim.

    """
    dim = x.shape[1]
    if isinstance(known, bool) or not isinstance(known, int):
        raise TypeError(f"known: expected an integer from 0 to {dim}, got {known!r} ({type(known).__name__})")
    if not 0 <= known <= dim:
        raise ValueError(f"known: expected an integer from 0 to {dim}, got {known}")
    x = x.clone()
    x[:, known:] = 0
    return x, sampling.uniform(x.shape, like=x, generator=generator)
