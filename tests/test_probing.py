"""Linear evaluation: the optimum is scikit-learn's, the encoder stays frozen, nothing is chosen on test examples."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]
from torch import nn

from lecturelib import probing
from lecturelib.backbones import ResNet
from lecturelib.probing import PENALTIES, frozen_features, linear_probe, logistic_regression, ridge_probe


def examples(n=600, d=12, classes=5, seed=0, noise=2.0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, d, generator=torch.Generator().manual_seed(99))
    y = torch.randint(classes, (n,), generator=generator)
    scales = torch.logspace(-1, 2, d)
    return (centres[y] + noise * torch.randn(n, d, generator=generator)) * scales, y


@pytest.mark.parametrize("penalty", [1e-3, 1e-2, 1.0])
def test_the_optimum_is_scikit_learns(penalty):
    train, test = examples(), examples(seed=1)
    scaler = StandardScaler().fit(train[0].numpy().astype(np.float64))
    x = scaler.transform(train[0].numpy().astype(np.float64)) * ((len(train[0]) - 1) / len(train[0])) ** 0.5
    theirs = LogisticRegression(C=1 / (penalty * len(x)), tol=1e-10, max_iter=5000).fit(x, train[1].numpy())
    probe = linear_probe(train, test, penalties=[penalty])
    torch.testing.assert_close(probe.weight.numpy(), theirs.coef_.astype(np.float32), atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(
        probe.bias.numpy() - probe.bias.numpy().mean(), theirs.intercept_.astype(np.float32), atol=1e-4, rtol=1e-3
    )
    scaled = scaler.transform(test[0].numpy().astype(np.float64)) * ((len(train[0]) - 1) / len(train[0])) ** 0.5
    assert probe.accuracy == pytest.approx(100 * theirs.score(scaled, test[1].numpy()), abs=0.2)
    assert probe.accuracy == pytest.approx(100 * float((probe.predictions == test[1]).double().mean()))


def test_ridge_is_scikit_learns():
    train, test = examples(), examples(seed=1)
    mean, std = train[0].mean(dim=0), train[0].std(dim=0)
    x, z = (((part - mean) / std).double().numpy() for part in (train[0], test[0]))
    one_hot = np.eye(5)[train[1].numpy()]
    theirs = Ridge(alpha=1e-2 * len(x)).fit(x, one_hot).predict(z).argmax(axis=1)
    assert ridge_probe(train, test) == pytest.approx(100 * (theirs == test[1].numpy()).mean(), abs=0.2)
    assert 40 < ridge_probe(train, test) < 100


def test_the_penalty_is_chosen_on_validation_examples_alone():
    """With validation labels that only the strongest penalty's classifier agrees with, that one is taken."""
    train, test, valid = examples(80, 40), examples(400, 40, seed=1), examples(400, 40, seed=2)
    alone = {p: linear_probe(train, test, penalties=[p]) for p in (1e-4, 1e-1, 10.0)}
    for penalty, probe in alone.items():
        agreed = linear_probe(train, valid, penalties=[penalty]).predictions
        chosen = linear_probe(train, test, (valid[0], agreed), list(alone))
        assert chosen.penalty == penalty
        assert chosen.accuracy == pytest.approx(probe.accuracy, abs=1.0)


def test_features_are_those_of_the_frozen_network_and_leave_it_as_it_is():
    net = ResNet(3, 4, (1, 1)).train()
    images = torch.randint(0, 256, (11, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    x = frozen_features(net, images, net, batch_size=4)
    assert net.training
    assert not x.requires_grad
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name])
    torch.testing.assert_close(x, net.eval()(images / 255).detach())
    torch.testing.assert_close(frozen_features(net, images / 255, net), x)


@pytest.mark.parametrize("change", ["parameter", "running mean"])
def test_a_model_that_changes_while_it_is_evaluated_is_refused(change):
    net = ResNet(3, 4, (1, 1))

    def features(x):
        if change == "parameter":
            next(net.parameters()).data.mul_(1.01)
            return net(x)
        net.train()
        return net(x)

    with pytest.raises(RuntimeError, match=r"^features: expected a frozen model, but 'stem.* changed while it was"):
        frozen_features(net, torch.rand(6, 3, 8, 8), features)


def test_weights_start_where_they_are_told_to():
    x, y = examples()
    best = logistic_regression(x / x.std(dim=0), y, 5, 1e-2)
    again = logistic_regression(x / x.std(dim=0), y, 5, 1e-2, best)
    torch.testing.assert_close(again[0], best[0], atol=1e-3, rtol=0)
    assert again[0] is not best[0]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda t: linear_probe(t, t, penalties=[1, 2]),
            ValueError,
            "penalties: expected one without `valid` to choose by, got 2",
        ),
        (lambda t: linear_probe(t, t, penalties=[0]), ValueError, "penalties: expected a finite number above 0, got 0"),
        (lambda t: linear_probe((t[0][:1], t[1][:1]), t), ValueError, "train features: expected at least two examples"),
        (lambda t: ridge_probe((t[0][:1], t[1][:1]), t), ValueError, "train features: expected at least two examples"),
        (
            lambda t: linear_probe((t[0], t[1].float()), t),
            ValueError,
            "train labels: expected 600 integers, got torch.f",
        ),
        (lambda t: linear_probe(t, (t[0][:, :3], t[1])), ValueError, "test features: expected shape [batch, 12], got"),
        (
            lambda t: linear_probe((t[0], t[1][:3]), t),
            ValueError,
            "train labels: expected 600 integers, got torch.int64",
        ),
        (lambda t: linear_probe((t[0], t[1] - 1), t), ValueError, "train labels: expected 0 … classes - 1, got -1"),
        (lambda t: linear_probe((t[0] / 0, t[1]), t), ValueError, "train features: expected finite values"),
        (lambda t: ridge_probe(t, (t[0].double(), t[1])), TypeError, "test features: expected dtype torch.float32"),
        (lambda t: frozen_features(nn.Identity(), t[0], batch_size=0), ValueError, "batch_size: expected a positive"),
    ],
)
def test_bad_input(plain_errors, call, kind, message):
    with pytest.raises(kind) as error:
        call(examples())
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_the_minimum_is_reached(penalty):
    """The gradient of the objective, in float64 at the returned weights, with features that are nearly dependent."""
    (x, y), test = examples(300, 40), examples(50, 40, seed=1)
    x = torch.cat([x, x[:, :20] + 1e-2 * torch.randn(300, 20, generator=torch.Generator().manual_seed(0))], dim=1)
    probe = linear_probe((x, y), (x[:50], test[1]), penalties=[penalty])
    scaled = (x.double() - x.double().mean(dim=0)) / x.double().std(dim=0)
    weight, bias = probe.weight.double().requires_grad_(), probe.bias.double().requires_grad_()
    loss = nn.functional.cross_entropy(scaled @ weight.T + bias, y) + penalty / 2 * weight.square().sum()
    for gradient in torch.autograd.grad(loss, [weight, bias]):
        assert gradient.abs().max() <= 1e-6


def test_a_minimum_that_is_not_reached_is_told(monkeypatch):
    monkeypatch.setattr(probing, "GRADIENT", 1e-30)
    with pytest.warns(RuntimeWarning, match=r"^probe: expected a gradient of at most 1e-30 at the minimum"):
        linear_probe(examples(50), examples(50))


def test_without_valid_the_default_penalty_is_one():
    train, test = examples(100), examples(100, seed=1)
    assert linear_probe(train, test).penalty == 1e-3
    assert linear_probe(train, test, test).penalty in PENALTIES


@pytest.mark.parametrize(
    "kind", [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.uint16, torch.int64], ids=str
)
def test_labels_of_every_width(kind):
    (x, y), test = examples(100, classes=2), examples(100, classes=2, seed=1)
    for probed in (lambda a, b: linear_probe(a, b).accuracy, ridge_probe):
        assert probed((x, y.to(kind)), (test[0], test[1].to(kind))) == probed((x, y), test)


def test_features_with_a_gradient_are_detached_also_in_inference_mode():
    (x, y), net = examples(100), nn.Linear(12, 12)
    expected = linear_probe((net(x).detach(), y), (x, y))
    assert linear_probe((net(x), y), (x, y)).accuracy == expected.accuracy
    assert ridge_probe((net(x), y), (net(x), y)) == ridge_probe((net(x).detach(), y), (net(x).detach(), y))
    with torch.inference_mode():
        x, y = examples(100)
        probe = linear_probe((net(x), y), (x, y))
        assert ridge_probe((net(x), y), (x, y)) > 0
    assert torch.equal(probe.weight, expected.weight)
    assert all(p.grad is None for p in net.parameters())


def test_the_first_of_equal_classes_is_predicted():
    """Constant features tell nothing: the most frequent class; where all are as frequent, the first."""
    x, y = torch.ones(8, 3), torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    for probed in (lambda a, b: linear_probe(a, b).accuracy, ridge_probe):
        assert probed((x, y), (x, y)) == 25
        assert probed((x, y), (x, torch.zeros(8, dtype=torch.long))) == 100


def test_one_class_and_constant_columns_give_numbers():
    x, y = examples(60)
    x[:, 3] = 0.1
    one = torch.full((60,), 2)
    for labels, least in ((one, 100), (y, 50)):
        probe = linear_probe((x, labels), (x, labels))
        assert probe.weight.isfinite().all()
        assert probe.bias.isfinite().all()
        assert probe.accuracy >= least
        assert ridge_probe((x, labels), (x, labels)) >= least
    i = int((y == 1).nonzero()[0])
    twice = torch.stack([x[i], x[i]]), y[[i, i]]
    assert ridge_probe(twice, (x[y == 1], y[y == 1])) == linear_probe(twice, (x[y == 1], y[y == 1])).accuracy == 100


def test_probes_stay_on_the_device_of_the_features(monkeypatch):
    """Everything that is made on the way is made there: no plain `torch.eye` or `torch.zeros`."""
    made, eye = [], torch.eye

    def watched(n, *, dtype, device=None):
        made.append(device)
        return eye(n, dtype=dtype, device=device)

    monkeypatch.setattr(torch, "eye", watched)
    ridge_probe(examples(50), examples(50))
    assert made == [torch.device("cpu")]


def test_a_partly_frozen_model_keeps_the_modes_of_its_parts():
    model = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(3).eval())
    frozen_features(model, torch.rand(4, 3), lambda x: model(x))
    assert [part.training for part in model.modules()] == [True, True, False]


@pytest.mark.parametrize(
    ("train", "arguments", "message"),
    [
        ((torch.ones(4, 2).long(), torch.arange(4)), {}, "train features: expected floats, got torch.int64"),
        ((torch.rand(4, 2), torch.arange(4), torch.arange(4)), {}, "train: expected features and labels, got 3 parts"),
        (([[0.0, 1.0]], torch.arange(1)), {}, "train features: expected a tensor"),
        ((torch.rand(4, 2), torch.arange(4)), {"penalties": 1e-2}, "penalties: expected a list of numbers, got 0.01"),
    ],
)
def test_what_is_no_labelled_features_is_named(plain_errors, train, arguments, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        linear_probe(train, train, **arguments)


def test_an_encoder_alone_gives_its_features():
    model, images = ResNet(3, 4, (1,)).eval(), torch.rand(2, 3, 8, 8)
    torch.testing.assert_close(frozen_features(model, images), model(images).detach())
