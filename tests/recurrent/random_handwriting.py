"""Random outputs, points and networks of handwriting, and its mixture by the paper's equations."""

import math

import torch

from lecturelib.recurrent.handwriting import HandwritingRNN


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def outputs(*steps, components=4, seed=0, rho=None):
    """Random ŷ with well separated Gaussians, σ from 0.4 to 1.1; `rho` overrides the correlations (signs alternate)."""
    shape = (*steps, components)

    def uniform(low, high, *more):
        return low + (high - low) * torch.rand(*shape, *more, generator=generator, dtype=torch.float64)

    generator = seeded(seed)
    pi, mu, sigma, r = uniform(-1, 1), uniform(-2, 2, 2), uniform(math.log(0.4), math.log(1.1), 2), uniform(-1, 1)
    if rho is not None:
        r = torch.full(shape, math.atanh(rho), dtype=torch.float64) * (1 - 2 * (torch.arange(components) % 2))
    return torch.cat([uniform(-2, 2)[..., :1], pi, mu.flatten(-2), sigma.flatten(-2), r], dim=-1)


def points(*steps, seed=0):
    """Random offsets and pen values."""
    generator = seeded(seed)
    offsets = 1.5 * torch.randn(*steps, 2, generator=generator, dtype=torch.float64)
    return torch.cat([offsets, torch.randint(0, 2, (*steps, 1), generator=generator).double()], dim=-1)


def make(hidden_size=5, num_layers=3, components=4, seed=1):
    """A model in float64 with weights large enough that the context matters."""
    model, generator = HandwritingRNN(hidden_size, num_layers, components).double(), seeded(seed)
    for p in model.parameters():
        p.data = 0.6 * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return model


def by_hand(mixture, bias=0.0):
    """π, μ, Σ and the pen's probability of a mixture, from eqs. 18-22, 61 and 62."""
    pi = (mixture.pi_hat * (1 + bias)).exp()
    s, rho = (mixture.sigma_hat - bias).exp(), mixture.rho_hat.tanh()
    product = rho * s[..., 0] * s[..., 1]
    covariance = torch.stack([s[..., 0] ** 2, product, product, s[..., 1] ** 2], -1).unflatten(-1, (2, 2))
    return pi / pi.sum(-1, keepdim=True), mixture.mu, covariance, 1 / (1 + mixture.e_hat.exp())


def grid(reach, step):
    """Offsets on a square [k, k, 2] and the area of a cell; for Gaussians the plain sum is exact to 1e-12."""
    axis = torch.arange(-reach, reach + step / 2, step, dtype=torch.float64)
    return torch.stack(torch.meshgrid(axis, axis, indexing="ij"), dim=-1), step**2
