"""FVSBN: the fully visible sigmoid belief network, one logistic regression per pixel.

Neal, "Connectionist Learning of Belief Networks", Artificial Intelligence 56 (1992); Frey, Hinton and Dayan,
"Does the Wake-Sleep Algorithm Produce Good Density Estimators?", NIPS 1995; Gan et al., AISTATS 2015.

    p(x_i = 1 | x_{<i}) = σ(Σ_{j<i} θ_ij x_j + b_i)

    >>> model = FVSBN(dim=784)
    >>> nats = model.log_prob(x)            # x: [batch, 784] of zeros and ones; nats: [batch]
    >>> images = model.sample(16)           # [16, 784]
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from lecturelib import checks
from lecturelib.autoregressive import binary


class FVSBN(binary.BinaryDensity):
    """A density over binary vectors whose conditionals are logistic regressions on the pixels before.

    Only the weights θ_ij with j < i exist in the model; they are the strict lower triangle of `theta`.

    Args:
        dim: number of pixels D; the model has D(D-1)/2 weights and D biases.

    Raises:
        TypeError, ValueError: `dim` is not a positive integer.

    """

    def __init__(self, dim: int) -> None:
        dim = checks.positive_int("dim", dim)
        super().__init__()
        self.dim = dim
        self.theta = nn.Parameter(torch.zeros(dim, dim))
        self.b = nn.Parameter(torch.zeros(dim))

    @property
    def parameter_count(self) -> int:
        """Number of parameters of the model; the entries of `theta` on and above the diagonal are not among them."""
        return self.dim * (self.dim - 1) // 2 + self.dim

    def logits(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Log-odds of x_i = 1 given x_{<i}, all pixels in one product with the masked weights.

        Raises:
            TypeError, ValueError: `x` is not a non-empty [batch, dim] tensor of zeros and ones.

        """
        binary.check_bits(self, x)
        return F.linear(x.to(self.b.dtype), self.theta.tril(-1), self.b)  # Σ_{j<i} θ_ij x_j + b_i

    def _logits_in_turn(self, x: Float[Tensor, "batch dim"], known: int) -> Iterator[Float[Tensor, " batch"]]:
        for i in range(known, self.dim):
            yield x[:, :i] @ self.theta[i, :i] + self.b[i]  # Σ_{j<i} θ_ij x_j + b_i
