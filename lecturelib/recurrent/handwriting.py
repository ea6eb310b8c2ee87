"""HandwritingRNN: pen trajectories from stacked LSTMs that end in a mixture density.

Graves, "Generating Sequences With Recurrent Neural Networks", arXiv 1308.0850 (2013), section 4. A point is
x_t = (Δx, Δy, pen): the pen's offset since the point before, and 1 where a stroke ends, else 0.

    p(x_{t+1} | x_{≤t}) = Σ_j π_t^j N(x_{t+1} | μ_t^j, σ_t^j, ρ_t^j) · {e_t if the stroke ends there, else 1 - e_t}

    >>> model = HandwritingRNN()
    >>> nats = model.log_prob(x, lengths)       # x: [batch, time, 3], padded; lengths: [batch]; nats: [batch]
    >>> points = model.sample(4, 700, bias=0.5) # [4, 700, 3]

The numbers of equations are the paper's. Its LSTM also has peephole connections, which the lecture's does not. The
paper clips the derivatives with respect to ŷ_t to [-100, 100], which it calls vital, and those inside the LSTM to
[-10, 10]; here the gradient of the weights is clipped, by whoever trains the model.
"""

import math
from contextlib import nullcontext
from dataclasses import dataclass, fields
from typing import Any

import torch
from jaxtyping import Float, Integer, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from lecturelib import checks, sampling
from lecturelib.recurrent import common
from lecturelib.recurrent.lstm import LSTM

LOG_SIGMA_LIMIT = 10.0  # σ from 5e-5 to 2e4, in the unit of the offsets
ATANH_RHO_LIMIT = 5.0  # |ρ| up to 0.9999
BIAS_LIMIT = 1e6

State = tuple[tuple[Tensor, Tensor], ...]


@dataclass(frozen=True)
class Mixture:
    """The distribution of a point: M bivariate Gaussians for the offset, a Bernoulli for the end of a stroke.

    Holds the network's outputs ê, π̂, μ, σ̂, ρ̂; the parameters of the distribution are `e`, `pi`, `mu`, `sigma`, `rho`.
    Leading dimensions are steps: `mixture[0, 10]` is the distribution of the first sequence's eleventh point.
    """

    e_hat: Float[Tensor, "*steps"]
    pi_hat: Float[Tensor, "*steps components"]
    mu: Float[Tensor, "*steps components 2"]
    sigma_hat: Float[Tensor, "*steps components 2"]
    rho_hat: Float[Tensor, "*steps components"]

    @classmethod
    def from_outputs(cls, y_hat: Float[Tensor, "*steps outputs"]) -> "Mixture":
        """Split the 1 + 6M numbers of ŷ_t (eq. 17).

        σ̂ and ρ̂ are clamped (and get no gradient beyond the limits), so that in float32 the density and its gradient
        stay finite even for an offset of 100 under the narrowest Gaussian.
        """
        M = (y_hat.shape[-1] - 1) // 6
        e_hat, pi_hat, mu, sigma_hat, rho_hat = y_hat.split([1, M, 2 * M, 2 * M, M], dim=-1)
        return cls(
            e_hat.squeeze(-1),
            pi_hat,
            mu.unflatten(-1, (M, 2)),
            sigma_hat.unflatten(-1, (M, 2)).clamp(-LOG_SIGMA_LIMIT, LOG_SIGMA_LIMIT),
            rho_hat.clamp(-ATANH_RHO_LIMIT, ATANH_RHO_LIMIT),
        )

    @property
    def e(self) -> Float[Tensor, "*steps"]:
        """Probability that the stroke ends: e = 1 / (1 + exp(ê)) (eq. 18, with the paper's sign)."""
        return torch.sigmoid(-self.e_hat)

    @property
    def pi(self) -> Float[Tensor, "*steps components"]:
        """Weights of the components: π^j = exp(π̂^j) / Σ_k exp(π̂^k) (eq. 19)."""
        return self.pi_hat.softmax(dim=-1)

    @property
    def sigma(self) -> Float[Tensor, "*steps components 2"]:
        """Standard deviations along Δx and Δy: σ = exp(σ̂) (eq. 21)."""
        return self.sigma_hat.exp()

    @property
    def rho(self) -> Float[Tensor, "*steps components"]:
        """Correlations of Δx and Δy: ρ = tanh(ρ̂) (eq. 22)."""
        return self.rho_hat.tanh()

    def __getitem__(self, index: Any) -> "Mixture":
        return Mixture(*(getattr(self, field.name)[index] for field in fields(self)))

    def log_density(self, points: Float[Tensor, "*points 2"]) -> Float[Tensor, "*points_or_steps"]:
        """Return log Σ_j π^j N(point | μ^j, σ^j, ρ^j) in nats, without the pen (eq. 23).

        The leading dimensions of `points` and of the mixture broadcast: a grid [height, width, 2] against the mixture
        of one step gives a heat map [height, width].
        """
        checks.floats("points", points, "...", 2)
        check_device("points", points, self.mu)
        a, b = ((points.unsqueeze(-2) - self.mu) / self.sigma).unbind(dim=-1)
        # Eq. 25: Z = a² + b² - 2ρab = (a - ρb)² + (1 - ρ²) b². As 1 / (1 - ρ²) = cosh² ρ̂, no division can be by zero.
        cosh = self.rho_hat.cosh()
        Z = ((a - self.rho * b) * cosh).square() + b.square()  # over 1 - ρ²
        # Eq. 24: N(x | μ, σ, ρ) = exp(-Z / (2 (1 - ρ²))) / (2π σ_1 σ_2 √(1 - ρ²))
        log_normal = -Z / 2 - math.log(2 * math.pi) - self.sigma_hat.sum(dim=-1) + cosh.log()
        return torch.logsumexp(self.pi_hat.log_softmax(dim=-1) + log_normal, dim=-1)

    def log_prob(self, x: Float[Tensor, "*points 3"]) -> Float[Tensor, "*points_or_steps"]:
        """Return log p(x_{t+1} | x_{≤t}) in nats (the terms of eq. 26, without its minus)."""
        checks.floats("x", x, "...", 3)
        check_device("x", x, self.mu)
        log_pen = F.logsigmoid(torch.where(x[..., 2] == 1, -self.e_hat, self.e_hat))  # log e, or log(1 - e)
        return self.log_density(x[..., :2]) + log_pen

    def biased(self, bias: float) -> "Mixture":
        """Return the mixture with likelier components and narrower Gaussians; `bias` 0 changes nothing.

        σ^j = exp(σ̂^j - b) (eq. 61), π^j = exp(π̂^j (1 + b)) / Σ_k exp(π̂^k (1 + b)) (eq. 62). The pen is left alone.
        """
        bias = bias if bias == math.inf else checks.number("bias", bias, low=0)
        return Mixture(self.e_hat, self.pi_hat * (1 + bias), self.mu, self.sigma_hat - bias, self.rho_hat)

    def draw(self, u: Float[Tensor, "*steps 2"], epsilon: Float[Tensor, "*steps 2"]) -> Float[Tensor, "*steps 3"]:
        """Turn noise into one point per step: `u`, uniform, picks component and pen; `epsilon`, normal, the offset."""
        j = sampling.categorical(self.pi, u[..., 0])[..., None]
        (mu_1, mu_2), (sigma_1, sigma_2) = (
            torch.take_along_dim(p, j[..., None], dim=-2).squeeze(-2).unbind(dim=-1) for p in (self.mu, self.sigma)
        )
        rho_hat = torch.take_along_dim(self.rho_hat, j, dim=-1).squeeze(-1)
        epsilon_1, epsilon_2 = epsilon.unbind(dim=-1)
        dx = mu_1 + sigma_1 * epsilon_1
        dy = mu_2 + sigma_2 * (rho_hat.tanh() * epsilon_1 + epsilon_2 / rho_hat.cosh())  # √(1 - ρ²) = 1 / cosh ρ̂
        return torch.stack([dx, dy, (u[..., 1] < self.e).to(dx.dtype)], dim=-1)


class ExactLinear(nn.Linear):
    """A linear layer in float32 at least, under autocast too: in bfloat16 the means of a density would be rounded."""

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Return x Wᵀ + b."""
        exact = torch.promote_types(self.weight.dtype, torch.float32)
        with torch.autocast(x.device.type, enabled=False) if checks.autocast_enabled(x) else nullcontext():
            return F.linear(x.to(exact), self.weight.to(exact), self.bias.to(exact))


class HandwritingRNN(nn.Module):
    """A density over pen trajectories of a given number of points; the length itself is not modelled.

    The first point is predicted from a zero state and an input of zeros, so every point counts in `log_prob`.
    Offsets should be scaled to a standard deviation near 1; the log-density depends on that unit.

    Args:
        hidden_size: number of LSTM cells of each layer.
        num_layers: number of LSTM layers N; each also reads the input, and the output reads them all.
        components: number of Gaussians M; the network has 1 + 6M outputs.

    Raises:
        TypeError, ValueError: a size is not a positive integer.

    """

    def __init__(self, hidden_size: int = 400, num_layers: int = 3, components: int = 20) -> None:
        super().__init__()
        self.hidden_size = H = checks.positive_int("hidden_size", hidden_size)
        self.num_layers = N = checks.positive_int("num_layers", num_layers)
        self.components = checks.positive_int("components", components)
        self.layers = nn.ModuleList(LSTM(3 if n == 0 else 3 + H, H) for n in range(N))
        self.out = ExactLinear(N * H, 1 + 6 * self.components)

    def forward(self, x: Shaped[Tensor, "batch time 3"], state: State | None = None) -> tuple[Mixture, State]:
        """Return the mixture for the point after each point of `x`, and the state after the last.

        Args:
            x: points; before the first stands one of zeros.
            state: the state after the points before `x`; None where `x` is the beginning.

        Raises:
            TypeError, ValueError: `x` is not a non-empty finite [batch, time, 3] tensor of the model's dtype and on its
                device.

        """
        self._check(x, None)
        h_n, h, new_state = x[..., :0], [], []
        for n, layer in enumerate(self.layers):
            # Eqs. 1, 2: h_t^n = H(W_{ih^n} x_t + W_{h^{n-1}h^n} h_t^{n-1} + W_{h^nh^n} h_{t-1}^n + b_h^n)
            h_n, state_n = layer(torch.cat([x, h_n], dim=-1), None if state is None else state[n])
            h.append(h_n)
            new_state.append(state_n)
        y_hat = self.out(torch.cat(h, dim=-1))  # Eq. 17: ŷ_t = b_y + Σ_n W_{h^ny} h_t^n
        return Mixture.from_outputs(y_hat), tuple(new_state)

    def mixture(self, x: Shaped[Tensor, "batch time 3"]) -> Mixture:
        """Return the mixture that predicts each point of `x` from those before it; its steps are [batch, time].

        Raises:
            TypeError, ValueError: as for `forward`, or a pen value is neither 0 nor 1.

        """
        self._check(x, None)
        _check_pen(x)
        mixture: Mixture = self(F.pad(x, (0, 0, 1, -1)))[0]  # a point of zeros in front, the last one dropped
        return mixture

    def log_prob(
        self, x: Shaped[Tensor, "batch time 3"], lengths: Integer[Tensor, " batch"] | None = None
    ) -> Float[Tensor, " batch"]:
        """Return the log-density in nats of each sequence, the sum over its points.

        Args:
            x: the points; those of sequence k from `lengths[k]` on are padding, any finite numbers.
            lengths: number of points of each sequence, from 1 to time; without it all points count.

        Raises:
            TypeError, ValueError: as for `mixture`, or `lengths` is not [batch] integers from 1 to time.

        """
        if lengths is None:
            return self.mixture(x).log_prob(x).sum(dim=1)
        self._check(x, lengths)
        real = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        x = torch.where(real[..., None], x, 0)
        # No point depends on later ones, so it is enough to leave out the padding's terms.
        return torch.where(real, self.mixture(x).log_prob(x), 0).sum(dim=1)

    @torch.no_grad()
    def sample(
        self, n: int, steps: int, *, bias: float = 0.0, generator: torch.Generator | None = None
    ) -> Float[Tensor, "n steps 3"]:
        """Draw `n` trajectories of `steps` points, each from the mixture given those before; the state is carried.

        Args:
            n, steps: number of trajectories, and of points of each.
            bias: b of eqs. 61 and 62, from 0, the model's own distribution, to 1e6, which always draws the mean of the
                likeliest component.
            generator: source of the noise.

        Raises:
            TypeError, ValueError: `n` or `steps` is not a positive integer, `bias` is not a number from 0 to 1e6, or
                `generator` is not one.

        """
        checks.positive_int("n", n)
        checks.positive_int("steps", steps)
        checks.number("bias", bias, 0, BIAS_LIMIT)
        like = self.out.weight
        # All noise is drawn here, so that another way to compute the same mixtures draws the same points.
        u = sampling.uniform((n, steps, 2), like=like, generator=generator)
        epsilon = sampling.normal((n, steps, 2), like=like, generator=generator)
        x, state = like.new_zeros(n, steps + 1, 3), None
        for t in range(steps):
            mixture, state = self(x[:, t : t + 1], state)
            x[:, t + 1] = mixture[:, 0].biased(bias).draw(u[:, t], epsilon[:, t])
        return x[:, 1:]

    def _check(self, x: object, lengths: object) -> None:
        if isinstance(x, Tensor) and not x.is_floating_point():
            raise TypeError(f"x: expected dtype {self.out.weight.dtype} (the model's), got {x.dtype}")
        common.check_sequences(x, 3, self.out.weight, lengths)


def _check_pen(x: Tensor) -> None:
    if checks.can_read(x) and ((x[..., 2] != 0) & (x[..., 2] != 1)).any():
        wrong = (x[..., 2] != 0) & (x[..., 2] != 1)
        k, t = (int(i) for i in wrong.nonzero()[0])
        raise ValueError(
            f"x: expected a pen value of 0, or of 1 where a stroke ends, got {x[k, t, 2]:.4g} at [{k}, {t}, 2]"
        )


def check_device(name: str, x: Tensor, like: Tensor) -> None:
    """Raise ValueError unless `x` is on the device of `like`."""
    if x.device != like.device:
        raise ValueError(f"{name}: expected a tensor on {like.device}, as the mixture is, got one on {x.device}")
