"""9b: the minimum, the bound, and what is lost without freezing."""

import pytest
import torch

from lecturelib.homework import close, has_shape, several


@pytest.mark.points(3)
def test_minimum(student, checked):
    v = checked("9b")
    W, b = several(student.fit_probe(v["z"], v["c"], 4, 0.1), 2, name="fit_probe")
    has_shape(W, (4, 3), name="W")
    has_shape(b, (4,), name="b")
    W, b = (part.detach().double().requires_grad_() for part in (W, b))
    log_p = (v["z"] @ W.T + b).log_softmax(dim=1)
    (0.05 * (W**2).sum() - log_p[torch.arange(20), v["c"]].mean()).backward()
    largest = max(W.grad.abs().max().item(), b.grad.abs().max().item())
    assert largest <= 1e-6, f"fit_probe: expected no entry of the gradient above 1e-06, got one of {largest:.2g}"
    close(W, v["W"], name="W")
    close(b - b.mean(), v["b"], name="b, less its mean")


@pytest.mark.points(1)
def test_how_near(student, checked):
    v = checked("9b")
    close(student.how_near(v["d_W"], 0.1), v["near"].item(), name="how_near")


@pytest.mark.points(2)
def test_unfrozen(student, checked):
    v = checked("9b")
    close(student.unfrozen_hessian(0.7, -1.2, v["m"]), v["unfrozen"], name="unfrozen_hessian")
    expected = torch.tensor([[0.0, -1.0], [-1.0, 0.0]])
    got = student.unfrozen_hessian(0.0, 0.0, torch.tensor([1.0, 3.0], dtype=torch.double))
    close(got, expected, name="unfrozen_hessian at (0, 0)")
