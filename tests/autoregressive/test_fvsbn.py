"""FVSBN against the formulas of its slide."""

import pytest
import torch

from lecturelib.autoregressive import FVSBN


def random_model(dim=8):
    model = FVSBN(dim).double()
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=torch.Generator().manual_seed(2), dtype=p.dtype)
    return model


def test_autograd_equals_the_closed_form_gradient():
    """∂ log p(x) / ∂θ_ij = (x_i - p_i) x_j for j < i, and ∂ log p(x) / ∂b_i = x_i - p_i."""
    model = random_model()
    x = torch.randint(0, 2, (30, 8), generator=torch.Generator().manual_seed(0)).double()
    model.log_prob(x).sum().backward()
    error = x - model.conditionals(x).detach()
    torch.testing.assert_close(model.b.grad, error.sum(0))
    torch.testing.assert_close(model.theta.grad, (error.T @ x).tril(-1))
    assert (model.theta.grad.triu() == 0).all()


def test_a_conditional_is_the_slides_sum():
    model, x = random_model(), torch.tensor([[1.0, 0, 1, 1, 0, 1, 0, 1]], dtype=torch.float64)
    i = 5
    by_hand = sum(model.theta[i, j] * x[0, j] for j in range(i)) + model.b[i]
    assert model.conditionals(x)[0, i].item() == pytest.approx(torch.sigmoid(by_hand).item())


def test_a_perfect_model_scores_zero():
    """Certain and right about every pixel: 0 nats, so the units and the sign are right."""
    model = FVSBN(4).double()
    x = torch.tensor([[1.0, 0, 0, 1]], dtype=torch.float64)
    model.b.data = (2 * x[0] - 1) * 60
    assert model.log_prob(x).item() == pytest.approx(0, abs=1e-12)


def test_parameter_count_is_the_number_of_entries_that_matter():
    """Every entry of θ below the diagonal has a gradient somewhere, no other has; and each bias."""
    model = random_model()
    x = torch.randint(0, 2, (200, 8), generator=torch.Generator().manual_seed(0)).double()
    model.log_prob(x).sum().backward()
    used = sum(int((p.grad != 0).sum()) for p in model.parameters())
    assert model.parameter_count == used == 8 * 7 // 2 + 8


def test_equals_logistic_regressions_by_torch():
    model = random_model()
    x = torch.randint(0, 2, (9, 8), generator=torch.Generator().manual_seed(1)).double()
    for i in range(1, 8):
        linear = torch.nn.Linear(i, 1, dtype=torch.float64)
        linear.weight.data, linear.bias.data = model.theta.data[i : i + 1, :i], model.b.data[i : i + 1]
        torch.testing.assert_close(model.logits(x)[:, i], linear(x[:, :i])[:, 0])


@pytest.mark.parametrize(("dim", "kind"), [(0, ValueError), (-1, ValueError), (3.0, TypeError), (True, TypeError)])
def test_bad_dim(plain_errors, dim, kind):
    with pytest.raises(kind, match=r"^dim: expected a positive integer, got "):
        FVSBN(dim)
