"""9b: the minimum, against the library's; the bound, against real distances; and what is lost without freezing."""

import pytest
import torch
from torch.autograd.functional import hessian
from torch.nn.functional import cross_entropy, softplus

from lecturelib.homework import close, has_shape, several
from lecturelib.probing import logistic_regression


@pytest.mark.points(3)
def test_minimum(student, generator):
    for N, d, K, penalty in ((40, 5, 3, 0.05), (25, 3, 6, 0.4)):
        z = 2 * torch.randn(N, d, generator=generator, dtype=torch.double) + 1
        c = torch.arange(N)[torch.randperm(N, generator=generator)] % K
        W, b = several(student.fit_probe(z, c, K, penalty), 2, name="fit_probe")
        has_shape(W, (K, d), name="W")
        has_shape(b, (K,), name="b")
        W, b = (part.detach().double().requires_grad_() for part in (W, b))
        (cross_entropy(z @ W.T + b, c) + penalty / 2 * W.square().sum()).backward()
        largest = max(W.grad.abs().max().item(), b.grad.abs().max().item())
        assert largest <= 1e-6, f"fit_probe: expected no entry of the gradient above 1e-06, got one of {largest:.2g}"
        right, bias = logistic_regression(z, c, K, penalty)
        close(W, right, name="W", rtol=1e-3, atol=1e-4)
        close(b - b.mean(), bias - bias.mean(), name="b, less its mean", rtol=1e-3, atol=1e-4)


@pytest.mark.points(1)
def test_how_near(student, generator):
    """Where all features are 0, only the penalty is left, and the bound is the distance itself."""
    for K, d, penalty in ((3, 4, 0.2), (5, 2, 3.0)):
        W = torch.randn(K, d, generator=generator, dtype=torch.double).requires_grad_()
        (cross_entropy(torch.zeros(K, d).double() @ W.T, torch.arange(K)) + penalty / 2 * W.square().sum()).backward()
        close(student.how_near(W.grad, penalty), W.detach().norm().item(), name="how_near")


@pytest.mark.points(2)
def test_unfrozen(student, generator):
    m = torch.randn(9, generator=generator, dtype=torch.double)
    for w, e in (*torch.randn(2, 2, generator=generator).tolist(), (0.0, 0.0)):
        at = torch.tensor([w, e], dtype=torch.double)
        right = hessian(lambda both: softplus(-both[0] * both[1] * m).mean(), at)
        close(student.unfrozen_hessian(w, e, m), right, name=f"unfrozen_hessian at ({w:.3g}, {e:.3g})")
