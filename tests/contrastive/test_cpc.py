"""CPC: InfoNCE by hand, a bound below the information that is there and near it, and contexts that see no future."""

import math
from typing import Any

import pytest
import torch
from torch import nn

from lecturelib.backbones import ResNet
from lecturelib.contrastive import CPC, RecurrentContext, RowContext, info_nce

ANY: Any = "?"


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def test_info_nce_is_the_formula_and_its_gradient():
    predicted, z = normal(2, 3, 5, 4).requires_grad_(), normal(2, 3, 5, 4, seed=1).requires_grad_()
    total = torch.zeros((), dtype=torch.double)
    for i in range(2):
        for j in range(3):
            for n in range(5):
                f = [torch.exp(z[i, j, m] @ predicted[i, j, n]) for m in range(5)]
                total = total - torch.log(f[n] / sum(f)) / 30
    torch.testing.assert_close(info_nce(predicted, z), total)
    inputs = (predicted, z)
    for a, b in zip(
        torch.autograd.grad(info_nce(predicted, z), inputs), torch.autograd.grad(total, inputs), strict=True
    ):
        torch.testing.assert_close(a, b)


def test_without_any_knowledge_the_loss_is_log_n():
    assert float(info_nce(torch.zeros(7, 3), torch.randn(7, 3))) == pytest.approx(math.log(7))


def test_the_best_scores_bound_the_information_and_come_near_it():
    """Two correlated normal numbers have -½ log(1 - ρ²) nats in common; the best f is the ratio of densities."""
    rho, n, runs = 0.8, 200, 50
    x, noise = normal(runs, n), normal(runs, n, seed=1)
    y = rho * x + math.sqrt(1 - rho**2) * noise
    information = -0.5 * math.log(1 - rho**2)
    # log p(y|x) / p(y) up to a constant of x: products of (x, 1) features and (y, y²)
    variance = 1 - rho**2
    predicted = torch.stack([rho / variance * x, torch.full_like(x, 0.5 - 0.5 / variance)], dim=2)
    z = torch.stack([y, y**2], dim=2)
    bound = math.log(n) - float(info_nce(predicted, z))
    assert information - 0.05 < bound < information + 0.02
    worse = math.log(n) - float(info_nce(0.5 * predicted, z))
    assert worse < bound - 0.02


def test_a_markov_chains_information_is_found():
    """One step of a chain of six symbols, whose information is a sum over its transitions."""
    generator = torch.Generator().manual_seed(0)
    P = torch.softmax(2 * torch.randn(6, 6, generator=generator), dim=1)
    pi = torch.linalg.matrix_power(P, 200)[0]
    information = float((pi[:, None] * P * (P / pi).log()).sum())

    def chain(n):
        x = [torch.multinomial(pi, n, replacement=True, generator=generator)]
        for _ in range(7):
            x.append(torch.multinomial(P[x[-1]], 1, generator=generator)[:, 0])
        return torch.stack(x, dim=1)

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CPC(nn.Embedding(6, 16), RecurrentContext(16), 16)
    adam = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(150):
        adam.zero_grad()
        model.loss(chain(128)).backward()
        adam.step()
    bound = float(torch.stack([model.bounds(chain(500)) for _ in range(8)]).mean())
    assert information - 0.05 < bound < information + 0.02


@pytest.mark.parametrize(("context", "columns"), [(RecurrentContext(4), 1), (RowContext(4), 3)])
def test_a_context_sees_itself_and_what_came_before(context, columns):
    context, z = context.double(), normal(1, 5, columns, 4).requires_grad_()
    assert context(z).shape == z.shape
    for t in range(5):
        (seen,) = torch.autograd.grad(context(z)[0, t].sum(), z)
        steps = seen.abs().sum(dim=(0, 2, 3)) > 0
        assert not steps[t + 1 :].any()
        assert steps[max(0, t - 3) : t + 1].all()


def image_model(**arguments):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return CPC(ResNet(3, 2, (1, 1)), RowContext(4), 4, patch=8, **arguments).eval()


def test_distances_pair_a_row_with_the_one_so_far_below():
    """By hand: contexts of rows 0 … 6 - k against the encoded rows k … 6, place by place."""
    x = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    model = image_model(stride=4, steps=(2, 3))
    z = torch.stack(
        [
            torch.stack([model.encoder(x[:, :, r : r + 8, c : c + 8]) for c in range(0, 25, 4)], dim=1)
            for r in range(0, 25, 4)
        ],
        dim=1,
    )
    c = model.context(z)
    losses = []
    for k, W in zip((2, 3), model.W, strict=True):
        pairs = [(W(c[:, t, j]), z[:, t + k, j]) for t in range(7 - k) for j in range(7)]
        losses.append(torch.stack([info_nce(*pair) for pair in pairs]).mean())
    torch.testing.assert_close(model.loss(x), torch.stack(losses).mean())
    torch.testing.assert_close(model.bounds(x), math.log(6) - torch.stack(losses))
    torch.testing.assert_close(model.features(x), z.mean(dim=(1, 2)))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: CPC(ANY, ANY, 0), ValueError, "d: expected a positive integer, got 0"),
        (lambda: CPC(nn.Identity(), ANY, 2, steps=()), ValueError, "steps: expected one distance or more, got none"),
        (lambda: CPC(nn.Identity(), ANY, 2, steps=(0,)), ValueError, "steps: expected a positive integer, got 0"),
        (lambda: RowContext(4, 0), ValueError, "num_layers: expected a positive integer, got 0"),
        (
            lambda: image_model().loss(torch.rand(1, 3, 32, 32)),
            ValueError,
            "predicted: expected two examples or more, since the others are the negatives, got 1",
        ),
        (
            lambda: image_model(steps=(4,)).loss(torch.rand(2, 3, 32, 32)),
            ValueError,
            "x: expected more than 4 steps, for the distances, got 4",
        ),
        (lambda: image_model().loss(torch.rand(2, 3, 6, 9)), ValueError, "images: expected at least 8 pixels a side"),
        (lambda: image_model().loss(torch.zeros(2, 3, 8, 8) - 1), ValueError, "images: expected values in [0, 1]"),
        (lambda: info_nce(torch.zeros(3, 2), torch.zeros(2, 2)), ValueError, "z: expected the shape of predicted"),
    ],
)
def test_bad_input(plain_errors, call, kind, message):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value).startswith(message)
