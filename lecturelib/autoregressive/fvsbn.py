"""FVSBN: the fully visible sigmoid belief network, a logistic regression a pixel.

Neal, "Connectionist Learning of Belief Networks", Artificial Intelligence 56 (1992); Frey, Hinton and Dayan,
"Does the Wake-Sleep Algorithm Produce Good Density Estimators?", NIPS 1995; Gan et al., AISTATS 2015.

    p(x_i = 1 | x_{<i}) = σ(Σ_{j<i} θ_ij x_j + b_i)

    >>> model = FVSBN(dim=784)
    >>> nats = model.log_prob(x)            # x: [batch, 784] of zeros and ones; nats: [batch]
    >>> images = model.sample(16)           # [16, 784]
"""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from lecturelib import checks
from lecturelib.autoregressive import binary


class FVSBN(nn.Module):
    """A density over binary vectors whose conditionals are logistic regressions on the pixels before.

    Only the weights θ_ij with j < i exist in the model; they are the strict lower triangle of `theta`.

    Args:
        dim: number of pixels D; the model has D(D-1)/2 weights and D biases.

    Raises:
        TypeError, ValueError: `dim` is no positive integer.

    """

    def __init__(self, dim: int) -> None:
        checks.positive_int("dim", dim)
        super().__init__()
        self.dim = dim
        self.theta = nn.Parameter(torch.zeros(dim, dim))
        self.b = nn.Parameter(torch.zeros(dim))

    @property
    def parameter_count(self) -> int:
        """How many parameters the model has; the entries of `theta` on and above the diagonal are not among them."""
        return self.dim * (self.dim - 1) // 2 + self.dim

    def logits(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Log-odds of x_i = 1 given x_{<i}, all pixels in one product with the masked weights.

        Raises:
            TypeError, ValueError: `x` is not a non-empty [batch, dim] tensor of zeros and ones in the model's dtype.

        """
        checks.binary_matrix("x", x, self.dim, self.b)
        return F.linear(x, self.theta.tril(-1), self.b)  # Σ_{j<i} θ_ij x_j + b_i

    def log_prob(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, " batch"]:
        """log p(x) in nats, one an example, differentiable in the weights.

        Raises:
            TypeError, ValueError: as `logits`.

        """
        return binary.log_prob(x, self.logits(x))

    def conditionals(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """p(x_i = 1 | x_{<i}) for every i, a probability.

        Raises:
            TypeError, ValueError: as `logits`.

        """
        return torch.sigmoid(self.logits(x))

    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "n dim"]:
        """Draw `n` vectors by ancestral sampling: x_1 ~ p(x_1), then x_i ~ p(x_i | x_{<i}).

        Raises:
            TypeError, ValueError: `n` is no positive integer.

        """
        checks.positive_int("n", n)
        return self.complete(self.b.new_zeros(n, self.dim), 0, generator=generator)

    @torch.no_grad()
    def complete(
        self, x: Shaped[Tensor, "batch dim"], known: int, *, generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch dim"]:
        """Keep the first `known` pixels of `x` and draw the others from p(x_{≥known} | x_{<known}).

        Raises:
            TypeError, ValueError: as `logits`, or `known` is not an integer from 0 to dim.

        """
        checks.binary_matrix("x", x, self.dim, self.b)
        x, u = binary.start_completion(x, known, generator)
        for i in range(known, self.dim):
            a_i = x[:, :i] @ self.theta[i, :i] + self.b[i]
            p_i = torch.sigmoid(a_i.to(u.dtype))  # p(x_i = 1 | x_{<i})
            x[:, i] = (u[:, i] < p_i).to(x.dtype)
        return x
