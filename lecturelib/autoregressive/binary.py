"""What the densities over binary vectors share: likelihood, conditionals, and ancestral sampling."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from lecturelib import checks, sampling


class BinaryDensity(nn.Module, ABC):
    """A density p(x) = Π_i p(x_i | x_{<i}) over vectors of `dim` bits; subclasses say what the conditionals are.

    Every `x` is a tensor [batch, dim] of zeros and ones: floats of the model's dtype, integers or booleans.
    """

    dim: int
    b: nn.Parameter

    @abstractmethod
    def logits(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Log-odds of x_i = 1 given x_{<i}, for every i."""

    @abstractmethod
    def _logits_in_turn(self, x: Float[Tensor, "batch dim"], known: int) -> Iterator[Float[Tensor, " batch"]]:
        """Yield the log-odds of pixel `known`, `known` + 1, …; before each, all earlier columns of `x` are final."""

    def forward(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Return the `logits`."""
        return self.logits(x)

    def log_prob(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, " batch"]:
        """log p(x) in nats, one per example, differentiable in the weights."""
        return log_prob(x, self.logits(x))

    def conditionals(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """p(x_i = 1 | x_{<i}) for every i, a probability."""
        return torch.sigmoid(self.logits(x))

    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "n dim"]:
        """Draw `n` vectors by ancestral sampling: x_1 ~ p(x_1), then x_i ~ p(x_i | x_{<i}).

        Raises:
            TypeError, ValueError: `n` is not a positive integer, or `generator` is not a torch.Generator.

        """
        n = checks.positive_int("n", n)
        return self.complete(self.b.new_zeros(n, self.dim), 0, generator=generator)

    @torch.no_grad()
    def complete(
        self, x: Shaped[Tensor, "batch dim"], known: int, *, generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch dim"]:
        """Keep the first `known` pixels of `x` and draw the others from p(x_{≥known} | x_{<known}).

        All uniforms are drawn at the start, so that two ways to compute the same conditionals draw the same bits.

        Raises:
            TypeError, ValueError: `x` is not as described above, `known` is not an integer from 0 to dim, or
                `generator` is not a torch.Generator.

        """
        check_bits(self, x)
        known = checks.integer_between("known", known, 0, self.dim)
        x = x.to(self.b.dtype, copy=True)
        x[:, known:] = 0
        u = sampling.uniform(x.shape, like=x, generator=generator)
        for i, a_i in enumerate(self._logits_in_turn(x, known), start=known):
            p_i = torch.sigmoid(a_i.to(u.dtype))  # p(x_i = 1 | x_{<i})
            x[:, i] = u[:, i] < p_i
        return x


def log_prob(x: Shaped[Tensor, "batch dim"], logits: Float[Tensor, "batch dim"]) -> Float[Tensor, " batch"]:
    """Return log p(x) = Σ_i x_i log p_i + (1 - x_i) log(1 - p_i) in nats, with p_i = σ(logit_i), without overflow."""
    exact = torch.promote_types(logits.dtype, torch.float32)  # half precision cannot add up a thousand terms
    return -F.binary_cross_entropy_with_logits(logits.to(exact), x.to(exact), reduction="none").sum(dim=1)


def check_bits(model: BinaryDensity, x: Tensor) -> None:
    """Raise unless `x` is a non-empty [batch, dim] tensor of zeros and ones on the model's device.

    Raises:
        TypeError: it is not a tensor, or its floats are not of the model's dtype.
        ValueError: another shape, another device, an empty batch, or a value other than 0 and 1.

    """
    whole = isinstance(x, Tensor) and x.dtype in (torch.bool, *checks.INTEGERS)
    checks.binary_matrix("x", x.to(model.b.dtype) if whole else x, model.dim, model.b)
