"""Order-agnostic NADE: a density for every order, NADE as a special case, and a loss that is unbiased over orders."""

import itertools
import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from lecturelib.autoregressive import NADE, OrderAgnosticNADE
from lecturelib.autoregressive.order_agnostic import random_visible


def random_model(dim=6, hidden_sizes=(5, 4), **arguments):
    model = OrderAgnosticNADE(dim, hidden_sizes, **arguments).double()
    generator = torch.Generator().manual_seed(1)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return model


def states(dim):
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=dim)), dtype=torch.float64)


def bits(n, dim):
    return (torch.rand(n, dim, generator=torch.Generator().manual_seed(3)) < 0.4).double()


@pytest.mark.parametrize("hidden_sizes", [(5,), (5, 4), (3, 4, 5)])
def test_probabilities_of_all_states_sum_to_one_for_each_order(hidden_sizes):
    model, x = random_model(hidden_sizes=hidden_sizes), states(6)
    log_p = {}
    for seed in range(4):
        order = torch.randperm(6, generator=torch.Generator().manual_seed(seed))
        log_p[seed] = model.log_prob(x, order)
        assert log_p[seed].exp().sum().item() == pytest.approx(1, abs=1e-12)
    assert (log_p[0] - log_p[1]).abs().max() > 0.1  # each order has a density of its own


def test_the_mixture_over_orders_is_a_density_too():
    model, x = random_model(), states(6)
    orders = torch.stack([torch.randperm(6, generator=torch.Generator().manual_seed(k)) for k in range(3)])
    mixed = model.ensemble_log_prob(x, orders).exp()
    torch.testing.assert_close(mixed, torch.stack([model.log_prob(x, o).exp() for o in orders]).mean(dim=0))
    assert mixed.sum().item() == pytest.approx(1, abs=1e-12)


def test_carrying_the_sum_along_equals_one_pass_per_position():
    model, x = random_model(9), bits(7, 9)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(0))
    expected = torch.zeros(7, dtype=torch.float64)
    visible = torch.zeros(9, dtype=torch.bool)
    for i in order:
        logit = model.logits(x, visible)[:, i]
        expected -= binary_cross_entropy_with_logits(logit, x[:, i], reduction="none")
        visible[i] = True
    torch.testing.assert_close(model.log_prob(x, order), expected)


def test_with_one_layer_and_no_mask_weights_an_order_is_nades():
    nade, model = NADE(12, 5).double(), random_model(12, (5,), activation=torch.sigmoid)
    generator = torch.Generator().manual_seed(7)
    for p in nade.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=p.dtype)
    order = torch.randperm(12, generator=generator)
    with torch.no_grad():
        model.U.zero_()
        model.c.copy_(nade.c)
        model.W[:, order] = nade.W  # NADE's i-th pixel is the one at order[i]
        model.alpha[order], model.b[order] = nade.alpha, nade.b
    x = bits(20, 12)
    torch.testing.assert_close(model.log_prob(x, order), nade.log_prob(x[:, order]), rtol=0, atol=1e-12)


@torch.no_grad()
def test_the_loss_is_the_mean_over_all_orders():
    """D = 6: the expectation of the loss over every k and every mask of k pixels, against all 720 orders."""
    model, x = random_model(), bits(5, 6)
    orders = [torch.tensor(order) for order in itertools.permutations(range(6))]
    exact = -torch.stack([model.log_prob(x, order) for order in orders]).mean()
    expected = 0.0
    for k in range(6):
        masks = list(itertools.combinations(range(6), k))
        for chosen in masks:
            visible = torch.zeros(5, 6, dtype=torch.bool)
            visible[:, list(chosen)] = True
            expected += float(model(x, visible)) / len(masks) / 6
    assert expected == pytest.approx(float(exact), abs=1e-12)


def test_masks_have_every_number_of_pixels_and_every_pixel_equally_often():
    visible = random_visible(torch.zeros(60_000, 5), torch.Generator().manual_seed(0))
    counts = visible.sum(dim=1).bincount(minlength=5) / 60_000
    torch.testing.assert_close(counts, torch.full((5,), 0.2), rtol=0, atol=0.01)
    torch.testing.assert_close(visible.float().mean(dim=0), torch.full((5,), 0.4), rtol=0, atol=0.01)


@torch.no_grad()
def test_the_loss_estimates_its_expectation():
    model, x = random_model(), bits(4, 6)
    orders = torch.tensor(list(itertools.permutations(range(6))))
    exact = -torch.stack([model.log_prob(x, order) for order in orders]).mean()
    with torch.no_grad():
        draws = model(x.repeat(5000, 1), generator=torch.Generator().manual_seed(2))
    assert float(draws) == pytest.approx(float(exact), abs=0.1)


def test_hidden_pixels_are_not_read():
    model, x = random_model(8), bits(4, 8)
    visible = torch.arange(8) % 3 == 0
    torch.testing.assert_close(model.logits(x, visible), model.logits(torch.where(visible, x, 1 - x), visible))
    seen = torch.where(visible, 1 - x, x)
    assert (model.logits(seen, visible) - model.logits(x, visible)).abs().min() > 1e-6


@torch.no_grad()
def test_samples_have_the_mean_of_all_orders():
    """8 states; completion draws a new order in each call: the mean over the 6 orders, by χ² at 0.1%."""
    model = random_model(3, (4,))
    exact = torch.stack([model.log_prob(states(3), torch.tensor(o)).exp() for o in itertools.permutations(range(3))])
    generator, counts = torch.Generator().manual_seed(5), torch.zeros(8, dtype=torch.float64)
    calls, n = 600, 20
    for _ in range(calls):
        index = (model.sample(n, generator=generator) @ torch.tensor([4.0, 2.0, 1.0]).double()).long()
        counts += index.bincount(minlength=8)
    expected = exact.mean(dim=0) * calls * n
    # Images of one call share an order, so that counts vary more than independent draws: by n times between orders.
    spread = calls * n * (exact.mean(dim=0) * (1 - exact.mean(dim=0)) + (n - 1) * exact.var(dim=0, unbiased=False))
    assert ((counts - expected).abs() <= 4 * spread.sqrt()).all()


def test_completion_keeps_what_is_visible_and_can_be_repeated():
    model, x = random_model(10), bits(6, 10)
    visible = torch.arange(10) >= 4
    first, second = (model.complete(x, visible, generator=torch.Generator().manual_seed(0)) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(first[:, visible], x[:, visible])
    other = model.complete(x, visible, generator=torch.Generator().manual_seed(1))
    assert not torch.equal(first, other)


def test_features_are_the_last_hidden_layer_of_the_whole_image():
    model, x = random_model(7, (5, 4)), bits(3, 7)
    everything = torch.ones(7, dtype=torch.bool)
    logits = model.features(x) @ model.alpha.T + model.b
    torch.testing.assert_close(logits, model.logits(x, everything))


@torch.no_grad()
def test_a_new_model_is_almost_undecided():
    model = OrderAgnosticNADE(50, (20, 20))
    nats = model.log_prob(bits(10, 50).float(), torch.arange(50))
    assert (nats.abs() / 50).mean().item() == pytest.approx(math.log(2), abs=0.2)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (dict(dim=0), ValueError, "dim: expected a positive integer, got 0"),
        (dict(dim=4, hidden_sizes=()), ValueError, "hidden_sizes: expected at least one hidden layer, got none"),
        (dict(dim=4, hidden_sizes=(3, 0)), ValueError, "hidden_sizes: expected a positive integer, got 0"),
    ],
)
@pytest.mark.usefixtures("plain_errors")
def test_bad_sizes(arguments, kind, message):
    with pytest.raises(kind) as error:
        OrderAgnosticNADE(**arguments)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x: m.log_prob(x, torch.tensor([0, 1, 2, 2])), "order: expected a permutation of 0 to 3, got "),
        (lambda m, x: m.log_prob(x, torch.arange(3)), "order: expected a permutation of 0 to 3, got "),
        (lambda m, x: m.logits(x, torch.ones(4)), "visible: expected a bool tensor of shape [4] or [2, 4], got "),
        (lambda m, x: m.logits(x, torch.ones(3).bool()), "visible: expected a bool tensor of shape [4] or [2, 4], "),
        (lambda m, x: m.sample(2, generator=1), "generator: expected a torch.Generator or None, got 1 (int)"),
        (lambda m, x: m(x, generator=1), "generator: expected a torch.Generator or None, got 1 (int)"),
        (lambda m, x: m(x + 0.5), "x: expected values in {0, 1}, got 0.5 at [0, 0]"),
    ],
)
@pytest.mark.usefixtures("plain_errors")
def test_bad_calls(call, message):
    with pytest.raises((TypeError, ValueError)) as error:
        call(OrderAgnosticNADE(4, (3,)), torch.zeros(2, 4))
    assert str(error.value).startswith(message)
