"""Order-agnostic NADE: one network that predicts any pixels of an image from any others.

Uria, Murray and Larochelle, "A Deep and Tractable Density Estimator", ICML 2014.

    h¹ = f(W (x ⊙ m) + U m + c)                     m_i = 1 where x_i is visible, 0 where it is hidden
    h² = f(W² h¹ + c²), …                           f: ReLU, or the sigmoid of a NADE
    p(x_i = 1 | x ⊙ m) = σ(α_i^T h + b_i)           for every hidden pixel i, all from one pass

    log p(x; o) = Σ_d log p(x_{o_d} | x_{o_1}, …, x_{o_{d-1}})     for any order o of the pixels

    >>> model = OrderAgnosticNADE(dim=784, hidden_sizes=(500, 500))
    >>> loss = model(x)                             # nats; a random part of each image is hidden
    >>> nats = model.log_prob(x, order)             # order: a permutation of 0 … 783
    >>> images = model.complete(x, visible)         # visible: [784] of True and False
"""

import math
from collections.abc import Callable, Iterable, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, relu

from lecturelib import checks, sampling


class OrderAgnosticNADE(nn.Module):
    """A density over binary vectors that is trained for all orders of its pixels at once.

    Args:
        dim: number of pixels D.
        hidden_sizes: number of units of each hidden layer.
        activation: f; with `torch.sigmoid`, one hidden layer and U = 0 this is the tied NADE.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there is no hidden layer.

    """

    def __init__(
        self, dim: int, hidden_sizes: Sequence[int] = (500, 500), *, activation: Callable[[Tensor], Tensor] = relu
    ) -> None:
        self.dim = checks.positive_int("dim", dim)
        if not isinstance(hidden_sizes, Iterable):
            got = f"{hidden_sizes!r} ({type(hidden_sizes).__name__})"
            raise TypeError(f"hidden_sizes: expected a sequence of integers, got {got}")
        self.hidden_sizes = tuple(checks.positive_int("hidden_sizes", size) for size in hidden_sizes)
        if not self.hidden_sizes:
            raise ValueError("hidden_sizes: expected at least one hidden layer, got none")
        super().__init__()
        self.activation = activation
        first, *others = self.hidden_sizes
        self.W = nn.Parameter(torch.randn(first, dim) / math.sqrt(dim))
        self.U = nn.Parameter(torch.randn(first, dim) / math.sqrt(dim))
        self.c = nn.Parameter(torch.zeros(first))
        self.layers = nn.ModuleList(
            nn.Linear(below, size) for below, size in zip(self.hidden_sizes[:-1], others, strict=True)
        )
        self.alpha = nn.Parameter(torch.randn(dim, self.hidden_sizes[-1]) / math.sqrt(self.hidden_sizes[-1]))
        self.b = nn.Parameter(torch.zeros(dim))

    def logits(self, x: Float[Tensor, "batch dim"], visible: Bool[Tensor, "*either dim"]) -> Float[Tensor, "batch dim"]:
        """Return the log-odds of x_i = 1 given the visible pixels, for every i; those of visible pixels mean nothing.

        Args:
            x: zeros and ones; hidden entries are not read.
            visible: m, for each image or [dim] for all.

        """
        self._check(x, visible)
        m = visible.to(x.dtype)
        a = (x * m) @ self.W.T + m @ self.U.T + self.c  # W (x ⊙ m) + U m + c
        return self._last_hidden(a) @ self.alpha.T + self.b  # α_i^T h + b_i

    def _last_hidden(self, a: Float[Tensor, "*batch first"]) -> Float[Tensor, "*batch last"]:
        h = self.activation(a)  # h¹ = f(a)
        for layer in self.layers:
            h = self.activation(layer(h))  # h² = f(W² h¹ + c²)
        return h

    def forward(
        self,
        x: Float[Tensor, "batch dim"],
        visible: Bool[Tensor, "*either dim"] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, ""]:
        """Return an unbiased estimate of -log p(x; o) in nats, mean over the batch and over all orders o.

        Of D - k hidden pixels each could be the next one, so that their mean, taken D times, stands for a whole order:

            E_k E_m [ D / (D - k) · Σ_{i hidden} -log p(x_i | x ⊙ m) ]     k uniform from 0 to D - 1

        Args:
            x: zeros and ones.
            visible: which pixels to show; by default k pixels drawn at random for each image in each call.
            generator: draws k and the pixels.

        """
        self._check(x, visible)
        visible = random_visible(x, generator) if visible is None else visible
        m = visible.to(x.dtype).expand_as(x)
        nats = binary_cross_entropy_with_logits(self.logits(x, visible), x, reduction="none")
        hidden = (1 - m).sum(dim=1).clamp(min=1)
        return (self.dim / hidden * (nats * (1 - m)).sum(dim=1)).mean()

    def log_prob(self, x: Float[Tensor, "batch dim"], order: Int[Tensor, " dim"]) -> Float[Tensor, " batch"]:
        """Return log p(x; o) in nats for each image.

        The first layer's sum is carried along as in NADE: showing one more pixel adds one column of W and of U.

        Args:
            x: zeros and ones.
            order: o, a permutation of 0 … dim - 1.

        """
        self._check(x)
        checks.permutation("order", order, self.dim)
        order = order.long()
        x, W, U, alpha, b = x.T[order], self.W.T[order], self.U.T[order], self.alpha[order], self.b[order]
        a = self.c.expand(x.shape[1], -1)
        log_p = []
        for x_d, W_d, U_d, alpha_d, b_d in zip(x, W, U, alpha, b, strict=True):
            logit = self._last_hidden(a) @ alpha_d + b_d  # p(x_{o_d} = 1 | x_{o_1}, …, x_{o_{d-1}})
            log_p.append(-binary_cross_entropy_with_logits(logit, x_d, reduction="none"))
            a = a + x_d[:, None] * W_d + U_d
        return torch.stack(log_p).sum(dim=0)

    def ensemble_log_prob(
        self, x: Float[Tensor, "batch dim"], orders: Int[Tensor, "orders dim"]
    ) -> Float[Tensor, " batch"]:
        """Return log mean_o p(x; o) in nats: the mixture of the densities that the orders give, a density, too."""
        if not len(orders):
            raise ValueError("orders: expected one order or more, got none")
        log_p = torch.stack([self.log_prob(x, order) for order in orders])
        return log_p.logsumexp(dim=0) - math.log(len(orders))

    @torch.no_grad()
    def complete(
        self,
        x: Float[Tensor, "batch dim"],
        visible: Bool[Tensor, " dim"],
        *,
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, "batch dim"]:
        """Keep the visible pixels of `x` and draw the others, one after another in a random order."""
        self._check(x, visible)
        check_one_mask(visible)
        checks.generator("generator", generator)
        x = torch.where(visible, x, 0.0)
        hidden = (~visible).nonzero()[:, 0]
        device = (generator or x).device
        hidden = hidden[torch.randperm(len(hidden), generator=generator, device=device).to(hidden.device)]
        u = sampling.uniform(x.shape, like=x, generator=generator)
        a = x @ self.W.T + self.U @ visible.to(x.dtype) + self.c
        for i in hidden.tolist():  # read once: an index that stays on the device would be read at every pixel
            p_i = torch.sigmoid(self._last_hidden(a) @ self.alpha[i] + self.b[i])
            x[:, i] = (u[:, i] < p_i).to(x.dtype)
            a = a + x[:, i, None] * self.W[:, i] + self.U[:, i]
        return x

    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "n dim"]:
        """Draw `n` vectors, each pixel given those drawn before it, in a random order."""
        n = checks.positive_int("n", n)
        nothing = torch.zeros(self.dim, dtype=torch.bool, device=self.b.device)
        return self.complete(self.b.new_zeros(n, self.dim), nothing, generator=generator)

    def features(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch last"]:
        """Return the last hidden layer when the whole image is visible: a representation of `x`."""
        self._check(x)
        return self._last_hidden(x @ self.W.T + self.U.sum(dim=1) + self.c)

    def _check(self, x: Tensor, visible: Tensor | None = None) -> None:
        checks.binary_matrix("x", x, self.dim, self.b)
        if visible is None:
            return
        right = isinstance(visible, Tensor) and visible.dtype == torch.bool
        if not right or visible.shape not in (x.shape, x.shape[1:]):
            got = f"{visible.dtype} {list(visible.shape)}" if isinstance(visible, Tensor) else type(visible).__name__
            raise (ValueError if right else TypeError)(
                f"visible: expected a bool tensor of shape {list(x.shape[1:])} or {list(x.shape)}, got {got}"
            )


def check_one_mask(visible: Tensor) -> None:
    """Raise ValueError unless `visible` is one mask for all images: their pixels are drawn in one order."""
    if visible.dim() != 1:
        raise ValueError(f"visible: expected one mask for all images, [{visible.shape[-1]}], got {list(visible.shape)}")


def random_visible(
    x: Float[Tensor, "batch dim"], generator: torch.Generator | None = None
) -> Bool[Tensor, "batch dim"]:
    """Return masks that show k pixels of each image: k uniform from 0 to dim - 1, the pixels drawn at random."""
    checks.generator("generator", generator)
    (n, dim), device = x.shape, (generator or x).device
    k = torch.randint(dim, (n, 1), generator=generator, device=device)
    u = torch.rand(n, dim, generator=generator, dtype=torch.float32, device=device)
    return (u < u.sort(dim=1).values.gather(1, k)).to(x.device)  # the pixels of the k smallest u
