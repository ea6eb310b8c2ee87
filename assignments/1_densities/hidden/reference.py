"""Models of the library with the weights that a test draws."""

import torch

from lecturelib.autoregressive import FVSBN, NADE


def bits(shape, generator):
    """Return zeros and ones."""
    return torch.randint(2, shape, generator=generator).float()


def fvsbn(dim, generator):
    """Return an FVSBN with random weights; those that it must not use are large."""
    model = FVSBN(dim)
    with torch.no_grad():
        model.theta.copy_(torch.randn(dim, dim, generator=generator) + 3 * torch.ones(dim, dim).triu())
        model.b.copy_(torch.randn(dim, generator=generator))
    return model


def nade(dim, hidden, generator):
    """Return a NADE with random weights."""
    model = NADE(dim, hidden)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(1.5 * torch.randn(parameter.shape, generator=generator))
    return model


def clear_draws(conditionals, n, dim, generator):
    """Return uniforms, and the draws that they decide, of which none is so close that rounding could turn it."""
    u = torch.rand(n, dim, generator=generator)
    x = torch.zeros(n, dim)
    for i in range(dim):
        p = conditionals(x)[:, i].detach()
        close = (u[:, i] - p).abs() < 1e-4
        u[close, i] = p[close].round()
        x[:, i] = (u[:, i] < p).float()
    return u, x
