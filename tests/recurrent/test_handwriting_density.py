"""The density of handwriting's mixture against quadrature and torch.distributions, in single precision, too."""

import pytest
import torch
from random_handwriting import by_hand, grid, make, outputs, points, seeded
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal
from torch.nn.functional import pad

from lecturelib.recurrent.handwriting import Mixture


@pytest.mark.parametrize("components", [1, 4])
@pytest.mark.parametrize(("seed", "rho"), [(0, None), (1, None), (2, 0.95), (3, -0.95), (4, 0.99)])
def test_the_density_integrates_to_one(components, seed, rho):
    mixture = Mixture.from_outputs(outputs(components=components, seed=seed, rho=rho))
    offsets, area = grid(11, 0.04)
    both = [mixture.log_prob(pad(offsets, (0, 1), value=pen)).exp().sum().item() * area for pen in (0, 1)]
    assert sum(both) == pytest.approx(1, abs=1e-9)
    assert both[1] == pytest.approx(mixture.e.item(), abs=1e-9)


@pytest.mark.parametrize("components", [1, 5])
@pytest.mark.parametrize("rho", [None, 0.95, -0.999])
def test_equals_torch_distributions(components, rho):
    mixture, x = Mixture.from_outputs(outputs(6, 9, components=components, rho=rho)), points(6, 9)
    pi, mu, covariance, e = by_hand(mixture)
    theirs = MixtureSameFamily(Categorical(pi), MultivariateNormal(mu, covariance)).log_prob(x[..., :2])
    torch.testing.assert_close(mixture.log_density(x[..., :2]), theirs, rtol=1e-9, atol=1e-9)
    theirs = theirs + torch.where(x[..., 2] == 1, e, 1 - e).log()
    torch.testing.assert_close(mixture.log_prob(x), theirs, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(mixture.pi, pi)
    torch.testing.assert_close(mixture.e, e)
    torch.testing.assert_close(mixture.sigma[..., 1].square(), covariance[..., 1, 1])
    torch.testing.assert_close(mixture.rho * mixture.sigma.prod(-1), covariance[..., 0, 1])


def test_gradcheck_of_the_density():
    y_hat, x = outputs(2, 3, rho=0.95).requires_grad_(), points(2, 3)

    def density(y_hat, offsets):
        return Mixture.from_outputs(y_hat).log_prob(torch.cat([offsets, x[..., 2:]], dim=-1))

    assert torch.autograd.gradcheck(density, (y_hat, x[..., :2].clone().requires_grad_()))


def test_the_draws_have_the_entropy_of_the_density():
    """The mean of -log p over draws against -∫ p log p by quadrature, which sees more than two moments."""
    n, mixture = 200_000, Mixture.from_outputs(outputs(components=3, seed=7, rho=0.9))
    offsets, area = grid(9, 0.04)
    log_p = mixture.log_density(offsets)
    noise = dict(generator=seeded(1), dtype=torch.float64)
    x = mixture[None].draw(torch.rand(n, 2, **noise), torch.randn(n, 2, **noise))
    drawn, exact = mixture.log_density(x[:, :2]), (log_p.exp() * log_p).sum() * area
    assert (drawn.mean() - exact).abs() < 5 * drawn.std() / n**0.5


@pytest.mark.parametrize("hat", [-1e3, -30.0, -10.0, 0.0, 10.0, 1e3])
@pytest.mark.parametrize("offset", [-100.0, 0.0, 100.0])
def test_finite_in_single_precision_at_the_extremes(hat, offset):
    """Any ŷ, offsets up to 100: a finite log-density, and gradients whose squares are finite too, for clipping."""
    y_hat = torch.full((8, 25), hat)
    y_hat[:, 5:13] = torch.randn(8, 8, generator=seeded())  # the means
    y_hat[4:, 17:] *= -1  # in half of them ρ̂ has the other sign
    y_hat.requires_grad_()
    x = torch.tensor([offset, -offset, 1.0]).expand(8, 3)
    log_p = Mixture.from_outputs(y_hat).log_prob(x)
    log_p.sum().backward()
    assert log_p.isfinite().all()
    assert y_hat.grad is not None
    assert y_hat.grad.norm().isfinite()


def test_single_precision_keeps_the_density_of_thin_gaussians():
    """|ρ| = 0.9999 at the limit: the textbook form of Z, in single precision, would be off by 5 %."""
    y_hat, x = outputs(500, components=1), points(500)
    y_hat[:, -1] = 5.0
    exact = Mixture.from_outputs(y_hat).log_density(x[:, :2])
    single = Mixture.from_outputs(y_hat.float()).log_density(x[:, :2].float()).double()
    torch.testing.assert_close(single, exact, rtol=1e-4, atol=1e-3)


def test_a_heat_map_is_the_density_at_each_place():
    mixture = make().mixture(points(2, 5))
    offsets, _ = grid(1, 0.5)
    heat = mixture[1, 3].log_density(offsets)
    assert heat.shape == (5, 5)
    torch.testing.assert_close(heat[1, 4], mixture.log_density(offsets[1, 4].expand(2, 5, 2))[1, 3])
    assert mixture[1].log_density(offsets[..., None, :]).shape == (5, 5, 5)  # every step of a sequence at once
