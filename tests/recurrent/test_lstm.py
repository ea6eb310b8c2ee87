"""The LSTM's six equations, its forget bias, and its state under mixed precision."""

import math

import pytest
import torch
from torch import nn

from lecturelib.recurrent import LSTM


def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def test_the_six_equations_by_hand():
    """One cell, two steps, in plain numbers: W_x, W_h and b in the order g, i, f, o."""
    lstm = LSTM(1, 1).double()
    W_x, W_h, b = [0.7, -0.4, 1.1, 0.3], [0.5, 0.9, -0.8, 1.2], [0.1, -0.2, 0.4, -0.6]
    with torch.no_grad():
        lstm.W_x[0].copy_(torch.tensor(W_x)[:, None])
        lstm.W_h[0].copy_(torch.tensor(W_h)[:, None])
        lstm.b[0].copy_(torch.tensor(b))
    h = s = 0.0
    for x in (0.9, -1.3):
        a_g, a_i, a_f, a_o = (W_x[k] * x + W_h[k] * h + b[k] for k in range(4))
        s = math.tanh(a_g) * sigmoid(a_i) + s * sigmoid(a_f)
        h = math.tanh(s) * sigmoid(a_o)
    outputs, (h_end, s_end) = lstm(torch.tensor([[[0.9], [-1.3]]], dtype=torch.float64))
    assert outputs[0, 1, 0].item() == pytest.approx(h, abs=1e-7)
    assert h_end.item() == outputs[0, 1, 0].item()
    assert s_end.item() == pytest.approx(s, abs=1e-7)


@pytest.mark.parametrize("forget_bias", [0.0, 1.0, -2.0])
def test_without_input_the_state_decays_by_the_sigmoid_of_the_forget_bias(forget_bias):
    lstm = LSTM(2, 3, 2, forget_bias=forget_bias).double()
    assert sum(b.abs().sum().item() for b in lstm.b) == pytest.approx(2 * 3 * abs(forget_bias))
    with torch.no_grad():
        for W in (*lstm.W_x, *lstm.W_h):
            W.zero_()
    start = torch.ones(2, 1, 3, dtype=torch.float64)
    _, (_, s) = lstm(torch.zeros(1, 5, 2, dtype=torch.float64), (torch.zeros_like(start), start))
    torch.testing.assert_close(s, start * sigmoid(forget_bias) ** 5)


@pytest.mark.parametrize("forget_bias", ["1", True, math.nan, math.inf])
def test_bad_forget_bias(plain_errors, forget_bias):
    with pytest.raises((TypeError, ValueError)) as error:
        LSTM(2, 3, forget_bias=forget_bias)
    assert str(error.value).startswith(f"forget_bias: expected a finite number, got {forget_bias!r}")


def test_a_state_that_is_no_pair(plain_errors):
    zeros = torch.zeros(1, 2, 3)
    for state, got in ((zeros, "Tensor"), ((zeros,), "a tuple of 1")):
        with pytest.raises(TypeError) as error:
            LSTM(3, 4)(zeros, state)
        assert str(error.value) == f"state: expected a tuple (h, s) or None, got {got}"


def test_autocast_stays_close_and_keeps_outputs_and_state_in_single_precision():
    lstm = LSTM.from_torch(nn.LSTM(8, 16, 2))
    x, state = torch.randn(4, 20, 8, generator=torch.Generator().manual_seed(0)), None
    exact = lstm(x)
    weights = list(lstm.parameters())
    gradients = torch.autograd.grad(exact[0].square().sum(), weights)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        first, state = lstm(x[:, :10])
        second, (h, s) = lstm(x[:, 10:], state)
    assert {part.dtype for part in (first, *state, second, h, s)} == {torch.float32}
    h_all = torch.cat([first, second], dim=1)
    assert 0 < (h_all - exact[0]).abs().max() < 0.01
    for half, gradient in zip(torch.autograd.grad(h_all.square().sum(), weights), gradients, strict=True):
        assert half.dtype == torch.float32
        assert (half - gradient).norm() < 0.03 * gradient.norm()


def test_under_autocast_the_state_adds_up_what_half_precision_would_lose():
    """A thousand times 0.001: eight bits would stop at 0.5, where 0.001 is less than half a step."""
    lstm = LSTM(1, 1)
    with torch.no_grad():
        for W in (*lstm.W_x, *lstm.W_h):
            W.zero_()
        lstm.b[0].copy_(torch.tensor([math.atanh(0.001), 30.0, 30.0, 0.0]))  # input and forget gate open
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, (_, s) = lstm(torch.zeros(1, 1000, 1))
    assert s.item() == pytest.approx(1, abs=0.005)


def test_under_autocast_a_gate_can_be_nearly_open():
    """A forget gate of 0.999 would be 1 in eight bits, and nothing would be forgotten."""
    lstm = LSTM(1, 1, forget_bias=math.log(999))
    with torch.no_grad():
        for W in (*lstm.W_x, *lstm.W_h):
            W.zero_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, (_, s) = lstm(torch.zeros(1, 1000, 1), (torch.zeros(1, 1, 1), torch.ones(1, 1, 1)))
    assert s.item() == pytest.approx(0.999**1000, abs=0.01)


def test_a_step_by_hand_is_what_forward_does():
    """Two layers over five steps, the second reading the first, all through `LSTM.step`."""
    lstm = LSTM(3, 4, 2).double()
    x = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    state = [(torch.zeros(2, 4, dtype=torch.float64),) * 2 for _ in range(2)]
    outputs = []
    for x_t in x.unbind(1):
        layer_input = x_t
        for k, (W_x, W_h, b) in enumerate(zip(lstm.W_x, lstm.W_h, lstm.b, strict=True)):
            state[k] = LSTM.step(layer_input @ W_x.T + b, *state[k], W_h)
            layer_input = state[k][0]
        outputs.append(layer_input)
    h, (h_final, s_final) = lstm(x)
    torch.testing.assert_close(h, torch.stack(outputs, dim=1), rtol=0, atol=1e-12)
    torch.testing.assert_close(h_final, torch.stack([h for h, _ in state]), rtol=0, atol=1e-12)
    torch.testing.assert_close(s_final, torch.stack([s for _, s in state]), rtol=0, atol=1e-12)


def test_a_matrix_of_a_layer_takes_torchs_weight_normalisation():
    """The matrices of the layers are lists, so one is named by its list and the layer's number."""
    lstm, x = LSTM(3, 4), torch.rand(2, 5, 3)
    expected, _ = lstm(x)
    nn.utils.parametrizations.weight_norm(lstm.W_h, "0")
    found, _ = lstm(x)
    torch.testing.assert_close(found, expected)
    found.sum().backward()
    assert all(p.grad is not None for p in lstm.parameters())
