"""NADE: the neural autoregressive density estimator.

Larochelle and Murray, "The Neural Autoregressive Distribution Estimator", AISTATS 2011; Uria, Côté, Gregor,
Murray and Larochelle, "Neural Autoregressive Distribution Estimation", JMLR 17 (2016).

    h_i = σ(W_{·,<i} x_{<i} + c)            one hidden layer a pixel, its weights shared between the pixels
    p(x_i = 1 | x_{<i}) = σ(α_i^T h_i + b_i)

    >>> model = NADE(dim=784, hidden=500)
    >>> nats = model.log_prob(x)            # x: [batch, 784] of zeros and ones; nats: [batch]
    >>> images = model.sample(16)           # [16, 784]
"""

from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from lecturelib import checks
from lecturelib.autoregressive import binary

MAX_UNTIED_BYTES = 2**30


class NADE(nn.Module):
    """A density over binary vectors whose conditionals are one-hidden-layer nets.

    Args:
        dim: number of pixels D.
        hidden: number of hidden units H of each conditional.
        tied: share W and c between the conditionals, as the paper does: O(DH) weights. Otherwise each
            conditional has its own A_i [H, i] and c_i [H], as on the lecture's first NADE slide: O(D²H) weights.

    Raises:
        TypeError, ValueError: a size is no positive integer, or the untied weights would need over 1 GiB.

    """

    def __init__(self, dim: int, hidden: int = 500, *, tied: bool = True) -> None:
        checks.positive_int("dim", dim)
        checks.positive_int("hidden", hidden)
        if not isinstance(tied, bool):
            raise TypeError(f"tied: expected True or False, got {tied!r} ({type(tied).__name__})")
        size = (hidden * dim * (dim - 1) // 2 + 2 * dim * hidden) * torch.get_default_dtype().itemsize
        if not tied and size > MAX_UNTIED_BYTES:
            raise ValueError(
                f"tied: expected True for dim={dim} and hidden={hidden}: the untied weights"
                f" would take {size / 2**30:.1f} GiB (at most {MAX_UNTIED_BYTES / 2**30:.0f} GiB allowed)"
            )
        super().__init__()
        self.dim, self.hidden, self.tied = dim, hidden, tied
        if tied:
            self.W = nn.Parameter(0.01 * torch.randn(hidden, dim))
            self.c = nn.Parameter(torch.zeros(hidden))
        else:
            self.A = nn.ParameterList(0.01 * torch.randn(hidden, i) for i in range(dim))
            self.c = nn.Parameter(torch.zeros(dim, hidden))
        self.alpha = nn.Parameter(0.01 * torch.randn(dim, hidden))
        self.b = nn.Parameter(torch.zeros(dim))

    def logits(self, x: Shaped[Tensor, "batch dim"], *, fast: bool = True) -> Float[Tensor, "batch dim"]:
        """Log-odds of x_i = 1 given x_{<i}; `fast=False` runs the loop as the slide has it.

        Raises:
            TypeError, ValueError: `x` is not a non-empty [batch, dim] tensor of zeros and ones in the model's dtype.

        """
        checks.binary_matrix("x", x, self.dim, self.b)
        if not self.tied:
            return self._untied_logits(x)
        return _Logits.apply(x, self.W, self.c, self.alpha, self.b) if fast else self._loop_logits(x)

    def _loop_logits(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Compute the logits pixel by pixel: a carries W_{·,<i} x_{<i} + c along, so a step costs O(H)."""
        a = self.c.expand(len(x), self.hidden)
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
        if self.tied:
            a = self.c + x[:, :known] @ self.W[:, :known].T
        for i in range(known, self.dim):
            h_i = torch.sigmoid(a if self.tied else x[:, :i] @ self.A[i].T + self.c[i])
            p_i = torch.sigmoid((h_i @ self.alpha[i] + self.b[i]).to(u.dtype))  # p(x_i = 1 | x_{<i})
            x[:, i] = (u[:, i] < p_i).to(x.dtype)
            if self.tied:
                a.addr_(x[:, i], self.W[:, i])  # a ← a + x_i W_{·,i}
        return x


class _Logits(torch.autograd.Function):
    """The tied logits without the graph of the loop: same numbers, O(batch · hidden) memory.

    Two savings. Where x_i = 0 the hidden layer does not change, so only the rows with x_i = 1 are touched; and
    the backward pass walks the pixels in reverse and undoes a ← a + W_{·,i} instead of storing every h_i.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, W: Tensor, c: Tensor, alpha: Tensor, b: Tensor) -> Tensor:
        W = W.T.contiguous()
        rows = _rows_with_ones(x)
        a = c.repeat(len(x), 1)
        h = torch.sigmoid(a)
        logits = x.new_empty(x.shape[1], len(x))
        for i, r in enumerate(rows):
            torch.mv(h, alpha[i], out=logits[i])
            if len(r):
                a_r = a[r] + W[i]
                a[r], h[r] = a_r, torch.sigmoid(a_r)
        ctx.rows = rows
        ctx.save_for_backward(W, alpha, a, h)
        return logits.T + b

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        W, alpha, a, h = ctx.saved_tensors
        a, h, delta = a.clone(), h.clone(), grad.T.contiguous()
        dW, dalpha = torch.zeros_like(W), torch.empty_like(alpha)
        dh = torch.zeros_like(a)  # Σ δ_j α_j over the pixels j seen since the row's h last changed
        da = torch.zeros_like(a)  # Σ δ_j α_j ⊙ h_j ⊙ (1 - h_j) over all pixels j seen before that
        for i in reversed(range(len(W))):
            r = ctx.rows[i]
            if len(r):
                h_r, a_r = h[r], a[r] - W[i]
                da_r = da[r] + dh[r] * h_r * (1 - h_r)
                dW[i] = da_r.sum(0)
                da[r], dh[r] = da_r, 0
                a[r], h[r] = a_r, torch.sigmoid(a_r)
            torch.mv(h.T, delta[i], out=dalpha[i])
            dh.addr_(delta[i], alpha[i])
        dc = (da + dh * h * (1 - h)).sum(0)
        return None, dW.T, dc, dalpha, grad.sum(0)


def _rows_with_ones(x: Tensor) -> tuple[Tensor, ...]:
    """For every pixel, the indices of the examples in which it is 1."""
    ones = x.T.nonzero()
    return ones[:, 1].split(torch.bincount(ones[:, 0], minlength=x.shape[1]).tolist())
