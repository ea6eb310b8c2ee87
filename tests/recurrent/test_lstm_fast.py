"""The LSTM's layer in one node of autograd against the loop of `LSTM.step`, and where the loop must take over."""

import pytest
import torch
from torch.func import functional_call, grad, vmap

from lecturelib.recurrent import LSTM, CharRNN, fused, lstm_fast
from lecturelib.recurrent.handwriting import HandwritingRNN


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def random_lstm(num_layers=2, input_size=3):
    lstm = LSTM(input_size, 4, num_layers).double()
    for seed, p in enumerate(lstm.parameters()):
        p.data = 0.8 * normal(*p.shape, seed=seed)
    return lstm


def with_gradients(lstm, x, state):
    """Outputs, final states, and the gradients of a random sum of them by all there is."""
    h, (h_end, s_end) = lstm(x, state)
    numbers = [h, h_end, s_end]
    loss = sum((number * normal(*number.shape, seed=9 + k)).sum() for k, number in enumerate(numbers))
    leaves = [*lstm.parameters(), *state, *([x] if x.is_floating_point() else [])]
    return [number.detach() for number in numbers], torch.autograd.grad(loss, leaves)


@pytest.mark.parametrize("x", [normal(2, 7, 3), normal(2, 1, 3), torch.randint(3, (2, 7)), torch.ones(2, 1).byte()])
def test_values_and_gradients_are_those_of_the_loop(monkeypatch, calls_of, x):
    lstm, state = random_lstm(), tuple(normal(2, 2, 4, seed=5 + k).requires_grad_() for k in range(2))
    x = x.requires_grad_() if x.is_floating_point() else x
    calls = calls_of(lstm_fast.Layer)
    fast = with_gradients(lstm, x, state)
    assert len(calls) == 2  # one for each layer
    monkeypatch.setattr(fused, "plain_call", lambda x: False)
    torch.testing.assert_close(fast, with_gradients(lstm, x, state), rtol=0, atol=1e-12)
    assert len(calls) == 2


def test_first_and_second_derivatives_are_those_of_finite_differences():
    lstm = random_lstm(1)
    names = [name for name, _ in lstm.named_parameters()]

    def run(x, h, s, *weights):
        outputs, state = functional_call(lstm, dict(zip(names, weights, strict=True)), (x, (h, s)))
        return outputs, *state

    leaves = [normal(2, 3, 3), normal(1, 2, 4, seed=1), normal(1, 2, 4, seed=2), *(p.data for p in lstm.parameters())]
    arguments = tuple(leaf.clone().requires_grad_() for leaf in leaves)
    assert torch.autograd.gradcheck(run, arguments)
    assert torch.autograd.gradgradcheck(run, arguments)


def test_a_graph_can_be_used_twice():
    lstm, x = random_lstm(), normal(2, 5, 3)
    loss = lstm(x)[0].square().sum()
    first, second = (torch.autograd.grad(loss, list(lstm.parameters()), retain_graph=True) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_an_output_changed_in_place_is_refused_in_the_backward_pass():
    lstm, x = random_lstm(1), normal(2, 5, 3)
    h, _ = lstm(x)
    h.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        h.sum().backward()


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is:FutureWarning")  # torch's own, in forward mode
def test_transforms_of_functions(plain_errors):
    lstm, x = random_lstm(), normal(4, 5, 3).requires_grad_()
    (expected,) = torch.autograd.grad(lstm(x)[0].square().sum(), x)
    torch.testing.assert_close(grad(lambda x: lstm(x)[0].square().sum())(x.detach()), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(vmap(lambda x: lstm(x[None])[0][0])(x), lstm(x)[0], rtol=0, atol=1e-12)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x.detach(), torch.ones_like(x))
        slope = torch.autograd.forward_ad.unpack_dual(lstm(dual)[0].square().sum()).tangent
    torch.testing.assert_close(slope, expected.sum(), rtol=0, atol=1e-10)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The tensor attributes self._flat_weights")  # torch.nn.LSTM's
def test_compiled_and_exported(plain_errors):
    lstm, x = random_lstm(), normal(2, 5, 3)
    torch.testing.assert_close(torch.compile(lstm, backend="aot_eager")(x), lstm(x), rtol=0, atol=1e-12)
    torch.testing.assert_close(torch.export.export(lstm, (x,)).module()(x), lstm(x), rtol=0, atol=1e-12)
    dynamic = torch.export.export(lstm.to_torch(), (x,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    torch.testing.assert_close(dynamic.module()(normal(7, 5, 3))[0], lstm(normal(7, 5, 3))[0], rtol=0, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_one_loss_compiles_without_a_graph_break(plain_errors, cell):
    model, x = CharRNN(3, 4, cell=cell), torch.randint(3, (2, 5))
    compiled = torch.compile(model.log_prob, backend="aot_eager", fullgraph=True)  # raises at a graph break
    torch.testing.assert_close(compiled(x), model.log_prob(x))
    torch._dynamo.reset()


def test_losses_run_without_values():
    text, points = torch.randint(3, (2, 5)), torch.zeros(2, 5, 3)
    for model, x in ((CharRNN(3, 4), text), (CharRNN(3, 4, cell="rnn"), text), (HandwritingRNN(4, 2, 3), points)):
        (-model.to("meta").log_prob(x.to("meta")).mean()).backward()
        assert {p.grad.device.type for p in model.parameters() if p.grad is not None} == {"meta"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_close(dtype):
    lstm = random_lstm().float()
    x = normal(2, 7, 3).float()
    state = tuple(normal(2, 2, 4, seed=k).float().requires_grad_() for k in range(2))
    exact = with_gradients(lstm, x.requires_grad_(), state)[1]
    half = with_gradients(lstm.to(dtype), x.detach().to(dtype).requires_grad_(), tuple(p.to(dtype) for p in state))[1]
    for a, b in zip(half, exact, strict=True):
        assert a.dtype == dtype
        assert (a.float() - b).norm() < 0.05 * b.norm()
