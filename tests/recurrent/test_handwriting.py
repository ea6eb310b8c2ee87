"""HandwritingRNN: its network against torch.nn, its sampler against the density, bad arguments."""

import math
from typing import Any

import pytest
import torch
from count_operators import Count
from random_handwriting import by_hand, grid, make, points, seeded
from torch import nn
from torch.nn.functional import pad

from lecturelib.recurrent import LSTM, fused
from lecturelib.recurrent.handwriting import HandwritingRNN, Mixture


def test_summing_out_the_last_point_of_a_sequence_leaves_the_density_of_the_others():
    """∫ p(x_1, x_2, x_3) dx_3 = p(x_1, x_2): no point takes part in its own prediction, and each is counted."""
    model, x = make(), points(1, 3)
    model.out.bias.data[1 + 3 * 4 : 1 + 5 * 4] = 0.3  # Gaussians wide enough for the grid
    model.out.weight.data[1 + 3 * 4 : 1 + 5 * 4] *= 0.1
    offsets, area = grid(20, 0.2)
    total = 0.0
    with torch.no_grad():
        for pen in (0, 1):
            last = pad(offsets.flatten(0, 1), (0, 1), value=pen)[:, None]
            total += model.log_prob(torch.cat([x[:, :2].expand(len(last), 2, 3), last], dim=1)).exp().sum() * area
        expected = model.log_prob(x[:, :2]).exp()
    torch.testing.assert_close(total, expected[0], rtol=1e-8, atol=0)


def test_the_network_equals_torch_nn_with_the_papers_skip_connections():
    model, x = make(hidden_size=6), points(3, 8)
    theirs = [nn.LSTM(3 if n == 0 else 9, 6, batch_first=True, dtype=torch.float64) for n in range(3)]
    model.layers = nn.ModuleList(LSTM.from_torch(lstm) for lstm in theirs)
    before = torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], dim=1)
    h_1, _ = theirs[0](before)
    h_2, _ = theirs[1](torch.cat([before, h_1], dim=-1))
    h_3, _ = theirs[2](torch.cat([before, h_2], dim=-1))
    W_1, W_2, W_3 = model.out.weight.split(6, dim=1)
    expected = Mixture.from_outputs(h_1 @ W_1.T + h_2 @ W_2.T + h_3 @ W_3.T + model.out.bias)
    ours = model.mixture(x)
    for name in ("e", "pi", "mu", "sigma", "rho"):
        torch.testing.assert_close(getattr(ours, name), getattr(expected, name), rtol=0, atol=1e-10)
    torch.testing.assert_close(model.log_prob(x), expected.log_prob(x).sum(1), rtol=0, atol=1e-8)
    assert HandwritingRNN().out.out_features == 121  # the paper's number of outputs


@pytest.mark.parametrize("bias", [0.0, 0.7])
def test_the_samplers_moments_are_the_mixtures(bias):
    """The first point of 200,000 trajectories, each moment within five of its standard errors."""
    n, model = 200_000, make(components=3)
    x = model.sample(n, 1, bias=bias, generator=seeded(5))[:, 0]
    with torch.no_grad():
        pi, mu, covariance, e = by_hand(model.mixture(points(1, 1))[0, 0], bias)
    mean = (pi[:, None] * mu).sum(0)
    centred = mu - mean
    expected = (pi[:, None, None] * (covariance + centred[:, :, None] * centred[:, None, :])).sum(0)
    assert ((x[:, :2].mean(0) - mean).abs() < 5 * (expected.diagonal() / n).sqrt()).all()
    products = (x[:, :2, None] - mean[:, None]) * (x[:, None, :2] - mean)
    assert ((products.mean(0) - expected).abs() < 5 * products.std(0) / n**0.5).all()
    assert expected[0, 1].abs() > 10 * products.std(0)[0, 1] / n**0.5  # else the sign of ρ would not matter
    assert (x[:, 2].mean() - e).abs() < 5 * (e * (1 - e) / n).sqrt()
    assert (torch.corrcoef(x.T)[2, :2].abs() < 5 / n**0.5).all()  # the pen is independent of the offset


def test_an_infinite_bias_follows_the_means_of_the_likeliest_components():
    model = make()
    x = model.sample(5, 20, bias=1e6, generator=seeded())
    mixture = model.mixture(x)
    likeliest = mixture.pi.argmax(-1)[..., None, None]
    torch.testing.assert_close(x[..., :2], mixture.mu.take_along_dim(likeliest, -2).squeeze(-2), rtol=0, atol=1e-9)


def test_a_carried_state_gives_the_parameters_of_teacher_forcing():
    model, x = make(), points(2, 30)
    forced, state, before = model.mixture(x), None, torch.zeros(2, 1, 3, dtype=torch.float64)
    for t in range(30):
        carried, state = model(before, state)
        for name in ("e", "pi", "mu", "sigma", "rho"):
            expected = getattr(forced[:, t], name)
            torch.testing.assert_close(getattr(carried[:, 0], name), expected, rtol=0, atol=1e-12)
        before = x[:, t : t + 1]
    assert (forced.mu[:, 1:] - forced.mu[:, :-1]).abs().mean() > 0.1  # the past matters


@pytest.mark.parametrize(
    ("bias", "steps"), [(0.0, 30), (0.5, 30), pytest.param(0.0, 700, marks=pytest.mark.slow)]
)  # the paper's sequences have 700
def test_a_sample_is_what_its_noise_makes_of_the_teacher_forced_mixtures(bias, steps):
    model, noise = make(), seeded(3)
    x = model.sample(4, steps, bias=bias, generator=seeded(3))
    u = torch.rand(4, steps, 2, generator=noise, dtype=torch.float64)
    epsilon = torch.randn(4, steps, 2, generator=noise, dtype=torch.float64)
    torch.testing.assert_close(model.mixture(x).biased(bias).draw(u, epsilon), x, rtol=0, atol=1e-9)
    assert model.log_prob(x).isfinite().all()
    assert not torch.equal(x[:, :5], model.sample(4, 5, bias=bias, generator=seeded(4)))


def test_variable_lengths_equal_separate_evaluation_whatever_the_padding():
    model, x, lengths = make(), points(4, 9), torch.tensor([9, 1, 4, 8])
    for k, length in enumerate(lengths):
        x[k, length:] = 1e5  # not even a pen value
    together = model.log_prob(x, lengths)
    together.sum().backward()
    gradients = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    apart = torch.cat([model.log_prob(x[k : k + 1, :length]) for k, length in enumerate(lengths)])
    apart.sum().backward()
    torch.testing.assert_close(together, apart, rtol=0, atol=1e-9)
    for ours, p in zip(gradients, model.parameters(), strict=True):
        torch.testing.assert_close(ours, p.grad, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(model.log_prob(x[:1], lengths[:1]), model.log_prob(x[:1]), rtol=0, atol=0)


def test_an_extreme_sequence_has_finite_gradients_through_the_network():
    model = HandwritingRNN(8, 2, 3)
    x = torch.tensor([[100.0, -100.0, 1.0], [-100.0, 100.0, 0.0], [0.0, 0.0, 0.0]]).repeat(2, 10, 1)
    log_p = model.log_prob(x)
    log_p.sum().backward()
    assert log_p.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_the_density_stays_in_single_precision_under_autocast():
    model, x = make().float(), points(3, 7).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixture, inside = model.mixture(x), model.log_prob(x)
    for name in ("e", "pi", "mu", "sigma", "rho"):
        parameter = getattr(mixture, name)
        assert parameter.dtype == torch.float32
        assert (parameter != parameter.bfloat16().float()).any()  # not rounded on the way either
    assert inside.dtype == torch.float32
    torch.testing.assert_close(inside, mixture.log_prob(x).sum(1), rtol=0, atol=0)
    torch.testing.assert_close(inside, model.log_prob(x), rtol=0.05, atol=0.5)
    assert (inside != model.log_prob(x)).any()  # autocast was on: the LSTMs' products are in bfloat16


X = torch.zeros(2, 4, 3)
MAKE: Any = HandwritingRNN  # to mypy, what the wrong arguments below may go to
MODEL = MAKE(4, 1, 2)
BIAS = r"bias: expected a number from 0 to 1e\+06, got "
SHAPE = r"x: expected shape \[batch, time, 3\], not empty, got "


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: MODEL.log_prob([[[0, 0, 0]]]), TypeError, r"x: expected a tensor \[batch, time, 3\], got list"),
        (lambda: MODEL.log_prob(X[..., :2]), ValueError, SHAPE + r"\[2, 4, 2\]"),
        (lambda: MODEL.log_prob(X[:, :0]), ValueError, SHAPE + r"\[2, 0, 3\]"),
        (lambda: MODEL.log_prob(X.double()), TypeError, r"x: expected dtype torch.float32 .* got torch.float64"),
        (lambda: MODEL.log_prob(X.long()), TypeError, r"x: expected dtype torch.float32 .* got torch.int64"),
        (lambda: MODEL.log_prob(X.log()), ValueError, "x: expected finite values, got 24 that are NaN or infinite"),
        (lambda: MODEL.mixture(X + 0.5), ValueError, r"x: expected a pen value .* got 0.5 at \[0, 0, 2\]"),
        (lambda: MODEL.log_prob(X + 0.5, torch.tensor([4, 2])), ValueError, "x: expected a pen value .* got 0.5"),
        (lambda: MODEL.log_prob(X, [4, 2]), TypeError, r"lengths: expected an integer tensor \[batch\], got list"),
        (lambda: MODEL.log_prob(X, torch.ones(2)), TypeError, "lengths: expected integers .* got dtype torch.float32"),
        (lambda: MODEL.log_prob(X, torch.tensor([4, 0])), ValueError, "lengths: expected 2 integers from 1 to 4"),
        (lambda: MODEL.log_prob(X, torch.tensor([4, 5])), ValueError, "lengths: expected integers .* got 4 to 5"),
        (lambda: MODEL.log_prob(X, torch.tensor([4])), ValueError, "lengths: expected 2 integers from 1 to 4, got 1"),
        (lambda: MODEL.sample(0, 1), ValueError, "n: expected a positive integer, got 0"),
        (lambda: MODEL.sample(1, 2.5), TypeError, "steps: expected a positive integer, got 2.5"),
        (lambda: MODEL.sample(1, 1, bias=-0.1), ValueError, BIAS + "-0.1"),
        (lambda: MODEL.sample(1, 1, bias=math.nan), ValueError, BIAS + "nan"),
        (lambda: MODEL.sample(1, 1, bias="1"), TypeError, BIAS + r"'1' \(str\)"),
        (lambda: MODEL.sample(1, 1, bias=True), TypeError, BIAS + r"True \(bool\)"),
        (lambda: MAKE(hidden_size=0), ValueError, "hidden_size: expected a positive integer, got 0"),
        (lambda: MAKE(4, num_layers=2.0), TypeError, "num_layers: expected a positive integer, got 2.0"),
        (lambda: MAKE(4, components=True), TypeError, "components: expected a positive integer, got True"),
    ],
)
def test_bad_arguments(plain_errors, call, kind, message):
    with pytest.raises(kind, match=f"^{message}") as error:
        call()
    assert "\n" not in str(error.value)


def test_on_an_accelerator_a_training_step_has_as_many_operators_for_many_points_as_for_few(monkeypatch):
    """Counted without a GPU, on meta, where one operator stands for each layer's own."""

    def layer(x, h_0, s_0, W_x, W_h, b):
        return x.new_zeros(len(x), *h_0.shape) + b[: h_0.shape[-1]], s_0

    monkeypatch.setattr(fused, "suits", lambda x, lengths: lengths is None)
    monkeypatch.setattr(fused, "lstm", layer)
    model, numbers = HandwritingRNN(8, 3, components=4).to("meta"), []
    for time in (5, 50):
        with Count() as count:
            (-model.log_prob(torch.empty(2, time, 3, device="meta")).mean()).backward()
        numbers.append(count.number)
    assert numbers[0] == numbers[1] < 300
