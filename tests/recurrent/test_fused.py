"""The recurrent layers by torch's fused operators: values, gradients, second gradients, and when they are used."""

import pytest
import torch
from torch._subclasses import FakeTensorMode

from lecturelib import checks
from lecturelib.recurrent import LSTM, RNN, fused, lstm_fast


def drawn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def network(kind, num_layers=2, hidden_size=5):
    model = kind(3, hidden_size, num_layers)
    for seed, p in enumerate(model.parameters()):
        p.data = 0.6 * drawn(*p.shape, seed=seed)
    return model


def start(kind, num_layers=2, hidden_size=5, batch=4):
    parts = [drawn(num_layers, batch, hidden_size, seed=20 + k).requires_grad_() for k in range(2)]
    return tuple(parts) if kind is LSTM else parts[0]


def with_gradients(model, x, state):
    """Outputs, final states, and the gradients of a random sum of them by all there is."""
    outputs, end = model(x, state)
    parts, numbers = (state, [outputs, *end]) if isinstance(state, tuple) else ([state], [outputs, end])
    loss = sum((number * drawn(*number.shape, seed=9 + k)).sum() for k, number in enumerate(numbers))
    leaves = [*model.parameters(), *parts, *([x] if x.is_floating_point() else [])]
    return [number.detach() for number in numbers], torch.autograd.grad(loss, leaves)


@pytest.fixture
def by_the_loop(monkeypatch):
    """Make every layer run by the readable loop from here on."""

    def switch():
        monkeypatch.setattr(fused, "suits", lambda x, lengths: False)
        monkeypatch.setattr(fused, "plain_call", lambda x: False)

    return switch


@pytest.mark.parametrize("kind", [LSTM, RNN])
@pytest.mark.parametrize("x", [drawn(4, 7, 3), drawn(4, 1, 3), drawn(7, 4, 3).transpose(0, 1), torch.ones(4, 6).byte()])
def test_the_accelerators_operators_equal_the_loop(monkeypatch, by_the_loop, kind, x):
    model, state = network(kind), start(kind)
    x = x.requires_grad_() if x.is_floating_point() else x
    monkeypatch.setattr(fused, "suits", lambda x, lengths: lengths is None)  # torch has the same operators on a CPU
    monkeypatch.setattr(lstm_fast, "run", None)
    by_operator = with_gradients(model, x, state)
    by_the_loop()
    torch.testing.assert_close(by_operator, with_gradients(model, x, state), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", [LSTM, RNN])
def test_under_autocast_they_run_in_single_precision(monkeypatch, kind):
    model, state, x = network(kind), start(kind), drawn(4, 7, 3).requires_grad_()
    monkeypatch.setattr(fused, "suits", lambda x, lengths: True)
    exact, forward = with_gradients(model, x, state), model.forward
    monkeypatch.setattr(model, "forward", torch.autocast("cpu", torch.bfloat16)(forward))
    torch.testing.assert_close(with_gradients(model, x, state), exact, rtol=0, atol=0)
    assert model(x.bfloat16())[0].dtype == torch.float32


def test_they_are_chosen_for_accelerators_and_whole_sequences_alone(monkeypatch):
    with FakeTensorMode():
        elsewhere = torch.zeros(2, 5, 3, device="cuda")
    assert not fused.suits(elsewhere, None)  # it has no values
    monkeypatch.setattr(fused, "untransformed", lambda x: True)
    assert fused.suits(elsewhere, None)
    monkeypatch.setattr(checks, "autocast_enabled", lambda x: True)
    assert fused.suits(elsewhere, None)
    assert not fused.suits(elsewhere, torch.tensor([5, 2]))
    assert not fused.suits(drawn(2, 5, 3), None)
    assert not fused.suits(drawn(2, 5, 3).to("meta"), None)


@pytest.mark.parametrize("shape", [(4, 7, 3), (4, 1, 3), (1, 7, 3)])
@pytest.mark.parametrize("hidden_size", [1, 5])
def test_onednn_equals_the_loop(calls_of, by_the_loop, shape, hidden_size):
    if not torch.backends.mkldnn.is_available():
        pytest.skip("torch was built without oneDNN")
    model, state = network(LSTM, hidden_size=hidden_size), start(LSTM, 2, hidden_size, shape[0])
    x = drawn(*shape).requires_grad_()
    calls = calls_of(fused.OneDNN)
    by_onednn = with_gradients(model, x, state)
    assert len(calls) == 2  # one for each layer
    by_the_loop()
    torch.testing.assert_close(by_onednn, with_gradients(model, x, state), rtol=1e-6, atol=1e-6)
    assert len(calls) == 2


def test_onednn_is_for_small_layers_of_vectors_in_single_precision():
    x, small = drawn(7, 4, 3), torch.zeros(4 * 128, 128)
    assert fused.suits_onednn(x, small) == torch.backends.mkldnn.is_available()
    assert not fused.suits_onednn(x.double(), small)
    assert not fused.suits_onednn(x.bfloat16(), small)
    assert not fused.suits_onednn(torch.ones(7, 4).long(), small)
    assert not fused.suits_onednn(x.to("meta"), small)
    assert not fused.suits_onednn(x, torch.zeros(4 * 512, 512))


def gradient_penalty(model, x):
    """The gradients by all weights of the squared gradient by x, and of a loss at the same time."""
    outputs, (_, s) = model(x)
    (slope,) = torch.autograd.grad(outputs.square().sum() + s.sum(), x, create_graph=True)
    return torch.autograd.grad(slope.square().sum() + outputs.sum(), list(model.parameters()))


def test_a_gradient_penalty_through_onednn_is_that_of_the_loop(by_the_loop):
    model, x = network(LSTM), drawn(4, 7, 3).requires_grad_()
    fast = gradient_penalty(model, x)
    by_the_loop()
    torch.testing.assert_close(fast, gradient_penalty(model, x), rtol=1e-4, atol=1e-5)


def test_a_graph_through_onednn_can_be_used_twice_and_notices_changes():
    model, x = network(LSTM, 1), drawn(4, 7, 3)
    loss = model(x)[0].square().sum()
    first, second = (torch.autograd.grad(loss, list(model.parameters()), retain_graph=True) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    with torch.no_grad():
        model.W_h[0].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    outputs, _ = model(x)
    outputs.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        outputs.sum().backward()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_onednn_without_gradients(mode):
    model, x = network(LSTM), drawn(4, 7, 3)
    expected = model(x)[0].detach()
    with mode():
        torch.testing.assert_close(model(x)[0], expected, rtol=0, atol=1e-6)


def test_a_frozen_network_passes_on_the_gradient_for_its_input(by_the_loop):
    model, x = network(LSTM).requires_grad_(False), drawn(4, 7, 3).requires_grad_()
    (fast,) = torch.autograd.grad(model(x)[0].square().sum(), x)
    by_the_loop()
    torch.testing.assert_close(fast, torch.autograd.grad(model(x)[0].square().sum(), x)[0], rtol=1e-6, atol=1e-6)
