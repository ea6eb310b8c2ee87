"""NADE: the neural autoregressive density estimator.

Larochelle and Murray, "The Neural Autoregressive Distribution Estimator", AISTATS 2011; Uria, Côté, Gregor,
Murray and Larochelle, "Neural Autoregressive Distribution Estimation", JMLR 17 (2016).

    h_i = σ(W_{·,<i} x_{<i} + c)            one hidden layer per pixel, its weights shared between the pixels
    p(x_i = 1 | x_{<i}) = σ(α_i^T h_i + b_i)

    >>> model = NADE(dim=784, hidden_size=500)
    >>> nats = model.log_prob(x)            # x: [batch, 784] of zeros and ones; nats: [batch]
    >>> images = model.sample(16)           # [16, 784]
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from lecturelib import checks
from lecturelib.autoregressive import binary, nade_fast

MAX_UNTIED_BYTES = 2**30


class NADE(binary.BinaryDensity):
    """A density over binary vectors whose conditionals are networks with one hidden layer.

    Args:
        dim: number of pixels D.
        hidden_size: number of hidden units H of each conditional.
        tied: share W and c between the conditionals, as the paper does: O(DH) weights. Otherwise each
            conditional has its own A_i [H, i] and c_i [H], as on the lecture's first NADE slide: O(D²H) weights.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or the untied weights would need over 1 GiB.

    """

    def __init__(self, dim: int, hidden_size: int = 500, *, tied: bool = True) -> None:
        dim, hidden_size = checks.positive_int("dim", dim), checks.positive_int("hidden_size", hidden_size)
        _check_tied(tied, dim, hidden_size)
        super().__init__()
        self.dim, self.hidden_size, self.tied = dim, hidden_size, tied
        if tied:
            self.W = nn.Parameter(0.01 * torch.randn(hidden_size, dim))
            self.c = nn.Parameter(torch.zeros(hidden_size))
        else:
            self.A = nn.ParameterList(0.01 * torch.randn(hidden_size, i) for i in range(dim))
            self.c = nn.Parameter(torch.zeros(dim, hidden_size))
        self.alpha = nn.Parameter(0.01 * torch.randn(dim, hidden_size))
        self.b = nn.Parameter(torch.zeros(dim))

    def logits(self, x: Shaped[Tensor, "batch dim"], *, fast: bool = True) -> Float[Tensor, "batch dim"]:
        """Log-odds of x_i = 1 given x_{<i}; `fast=False` runs the loop as the slide has it.

        Raises:
            TypeError, ValueError: `x` is not a non-empty [batch, dim] tensor of zeros and ones.

        """
        binary.check_bits(self, x)
        x = x.to(self.b.dtype)
        if not self.tied:
            return self._untied_logits(x)
        return nade_fast.logits(x, self.W, self.c, self.alpha, self.b) if fast else self._loop_logits(x)

    def _loop_logits(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Compute the logits pixel by pixel: a carries W_{·,<i} x_{<i} + c along, so a step costs O(H)."""
        a = self.c.expand(len(x), self.hidden_size)
        logits = []
        for x_i, W_i, alpha_i, b_i in zip(x.T, self.W.T, self.alpha, self.b, strict=True):
            h_i = torch.sigmoid(a)  # h_i = σ(W_{·,<i} x_{<i} + c)
            logits.append(h_i @ alpha_i + b_i)  # p(x_i = 1 | x_{<i}) = σ(α_i^T h_i + b_i)
            a = a + x_i[:, None] * W_i
        return torch.stack(logits, dim=1)

    def _untied_logits(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        logits = []
        for i, (A_i, c_i) in enumerate(zip(self.A, self.c, strict=True)):
            h_i = torch.sigmoid(x[:, :i] @ A_i.T + c_i)  # h_i = σ(A_i x_{<i} + c_i)
            logits.append(h_i @ self.alpha[i] + self.b[i])  # p(x_i = 1 | x_{<i}) = σ(α_i^T h_i + b_i)
        return torch.stack(logits, dim=1)

    def _logits_in_turn(self, x: Float[Tensor, "batch dim"], known: int) -> Iterator[Float[Tensor, " batch"]]:
        if self.tied:
            a = self.c + x[:, :known] @ self.W[:, :known].T
        for i in range(known, self.dim):
            h_i = torch.sigmoid(a if self.tied else x[:, :i] @ self.A[i].T + self.c[i])
            yield h_i @ self.alpha[i] + self.b[i]
            if self.tied:
                a.addr_(x[:, i], self.W[:, i])  # a ← a + x_i W_{·,i}


def _check_tied(tied: object, dim: int, hidden_size: int) -> None:
    if not isinstance(tied, bool):
        raise TypeError(f"tied: expected True or False, got {tied!r} ({type(tied).__name__})")
    size = (hidden_size * dim * (dim - 1) // 2 + 2 * dim * hidden_size) * torch.get_default_dtype().itemsize
    if not tied and size > MAX_UNTIED_BYTES:
        raise ValueError(
            f"tied: expected True for dim={dim} and hidden_size={hidden_size}: the untied weights"
            f" would take {size / 2**30:.1f} GiB (at most {MAX_UNTIED_BYTES / 2**30:.0f} GiB allowed)"
        )
