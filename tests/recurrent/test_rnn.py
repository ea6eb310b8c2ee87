"""RNN and LSTM against torch.nn, unrolled networks and themselves."""

import pytest
import torch
from layers import BATCH, HIDDEN, INPUTS, TIME, lecture_rows, normal, parts, results, scaled_up, start
from torch.nn.functional import one_hot
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lecturelib.recurrent import LSTM, RNN
from lecturelib.recurrent.char_rnn import detached
from lecturelib.recurrent.common import between_layers


@pytest.mark.parametrize("lengths", [None, [TIME] * BATCH, [4, TIME, 1], [2, 3, 2]])
@pytest.mark.parametrize("layers", [1, 3])
def test_outputs_states_and_gradients_equal_torch(kinds, layers, lengths):
    theirs, ours = kinds
    module = scaled_up(theirs(INPUTS, HIDDEN, layers, batch_first=True))
    model = ours.from_torch(module)
    x = normal(BATCH, TIME, INPUTS).requires_grad_()
    weights = [[getattr(module, f"{name}_l{k}") for k in range(layers)] for name in ("weight_ih", "weight_hh")]
    biases = [[getattr(module, f"{name}_l{k}") for k in range(layers)] for name in ("bias_ih", "bias_hh")]

    state, leaves = start(ours, layers)
    if lengths is None:
        output, end = module(x, state)
    else:
        packed, end = module(pack_padded_sequence(x, torch.tensor(lengths), True, enforce_sorted=False), state)
        output, _ = pad_packed_sequence(packed, batch_first=True, total_length=TIME)
    expected, gradients = results(output, end, [x, *leaves, *weights[0], *weights[1], *biases[0]])
    assert not any(torch.equal(a, b) for a, b in zip(*biases, strict=True))  # two biases, of which ours is the sum

    matrices = (model.W_x, model.W_h, model.b) if ours is LSTM else (model.W_xh, model.W_hh, model.b_h)
    state, leaves = start(ours, layers)
    output, end = model(x, state, None if lengths is None else torch.tensor(lengths))
    actual, our_gradients = results(output, end, [x, *leaves, *(p for group in matrices for p in group)])

    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-10)
    given = 1 + len(leaves)
    torch.testing.assert_close(our_gradients[:given], gradients[:given], rtol=0, atol=1e-10)
    for a, b in zip(our_gradients[given:], gradients[given:], strict=True):
        assert b.abs().max() > 1e-3
        torch.testing.assert_close(a, lecture_rows(b, ours), rtol=0, atol=1e-10)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_from_torch_takes_any_layout_dtype_and_mode(kinds, batch_first, bias):
    theirs, ours = kinds
    module = theirs(INPUTS, HIDDEN, 2, batch_first=batch_first, bias=bias, dropout=0.25).eval()
    model, x = ours.from_torch(module), normal(BATCH, TIME, INPUTS).float()
    output = module(x if batch_first else x.transpose(0, 1))[0]
    torch.testing.assert_close(model(x)[0], output if batch_first else output.transpose(0, 1))
    assert model.dropout == 0.25
    assert not model.training
    assert ours.from_torch(module.double().train()).training
    assert {p.dtype for p in ours.from_torch(module).parameters()} == {torch.float64}


def test_bptt_gradient_equals_that_of_the_unrolled_feed_forward_net():
    """Each time step gets weights of its own; the tied gradient is the sum of theirs."""
    model, x = scaled_up(RNN(INPUTS, HIDDEN, output_size=2)), normal(BATCH, TIME, INPUTS)
    target = normal(BATCH, TIME, 2, seed=1)
    tied = [model.W_hh[0], model.W_xh[0], model.b_h[0], model.W_hy]
    through_time = torch.autograd.grad(((model.output(model(x)[0]) - target) ** 2).sum(), tied)

    net = [[w.detach().clone().requires_grad_() for w in tied] for _ in range(TIME)]
    h, loss = torch.zeros(BATCH, HIDDEN, dtype=x.dtype), torch.zeros((), dtype=x.dtype)
    for i, (W_hh, W_xh, b_h, W_hy) in enumerate(net):
        h = torch.tanh(h @ W_hh.T + x[:, i] @ W_xh.T + b_h)
        loss = loss + ((h @ W_hy.T - target[:, i]) ** 2).sum()
    loss.backward()
    for k, gradient in enumerate(through_time):
        layers = [copies[k].grad for copies in net]
        assert (layers[0] - layers[-1]).abs().max() > 1e-3  # each step has its own
        torch.testing.assert_close(gradient, sum(layers), rtol=0, atol=1e-10)


def test_the_number_of_parameters_does_not_depend_on_the_length(kinds):
    """Per layer H(width + H + 1), four times that for the LSTM; any length runs on them."""
    _, ours = kinds
    model, gates = ours(INPUTS, HIDDEN, 2), 4 if ours is LSTM else 1
    for time in (1, 50):
        model(torch.zeros(1, time, INPUTS))[0].sum().backward()
        count = sum(p.grad.numel() for p in model.parameters())
        assert count == gates * HIDDEN * ((INPUTS + HIDDEN + 1) + (HIDDEN + HIDDEN + 1))


def test_a_carried_state_goes_on_where_it_stopped(kinds):
    _, ours = kinds
    model, x = scaled_up(ours(INPUTS, HIDDEN, 2)), normal(BATCH, TIME, INPUTS)
    whole, end = model(x)
    first, state = model(x[:, :4])
    second, state = model(x[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=0, atol=1e-12)
    torch.testing.assert_close(parts(state), parts(end), rtol=0, atol=1e-12)
    assert (model(x[:, 4:])[0] - second).abs().max() > 1e-2


def test_a_detached_state_keeps_its_values_and_stops_gradients(kinds):
    _, ours = kinds
    state = ours(INPUTS, HIDDEN, 2).double()(normal(BATCH, TIME, INPUTS))[1]
    cut = detached(state)
    assert type(cut) is type(state)
    for a, b in zip(parts(cut), parts(state), strict=True):
        assert torch.equal(a, b)
        assert b.requires_grad
        assert not a.requires_grad


def test_what_follows_the_end_of_an_example_does_not_matter(kinds):
    _, ours = kinds
    model, lengths = scaled_up(ours(INPUTS, HIDDEN, 2)), torch.tensor([5, TIME, 1])
    x = normal(BATCH, TIME, INPUTS).requires_grad_()
    y = x.detach().clone()
    y[0, 5:] = y[2, 1:] = 1e3
    (h, state), (other, other_state) = model(x, lengths=lengths), model(y, lengths=lengths)
    assert torch.equal(h, other)
    assert all(torch.equal(a, b) for a, b in zip(parts(state), parts(other_state), strict=True))
    gradient = torch.autograd.grad(h.sum() + sum(part.sum() for part in parts(state)), x)[0]
    assert (gradient != 0).any(dim=2).sum(dim=1).tolist() == lengths.tolist()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int64])
def test_integers_stand_for_one_hot_vectors(kinds, dtype):
    _, ours = kinds
    model, x = scaled_up(ours(INPUTS, HIDDEN, 2)), torch.randint(INPUTS, (BATCH, TIME)).to(dtype)
    found, weights = [], list(model.parameters())
    for z in (x, one_hot(x.long(), INPUTS).double()):
        h, state = model(z)
        found.append(results(h, state, weights))
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=1e-12)


def test_the_output_reads_the_hidden_state_and_is_not_made_unasked(plain_errors):
    model = RNN(INPUTS, HIDDEN, output_size=2).double()
    h, _ = model(normal(BATCH, TIME, INPUTS))
    torch.testing.assert_close(model.output(h), torch.einsum("bth,oh->bto", h, model.W_hy))
    with pytest.raises(TypeError, match=r"^output_size: expected a width of o_i .*, got None$"):
        RNN(INPUTS, HIDDEN).output(h)


def test_dropout_acts_between_layers_and_in_training_only(kinds):
    _, ours = kinds
    x = normal(BATCH, TIME, INPUTS)
    for layers, differs in ((1, False), (2, True)):
        model = ours(INPUTS, HIDDEN, layers, dropout=0.5).double()
        assert torch.equal(model(x)[0], model(x)[0]) is not differs
        model.eval()
        assert torch.equal(model(x)[0], model(x)[0])
    ones = between_layers(torch.ones(100, 100), ours(1, 1, 2, dropout=0.25), layer=0)
    assert ones.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (ones == 0).float().mean().item() == pytest.approx(0.25, abs=0.03)


def test_autocast_leaves_outputs_and_state_in_single_precision(kinds):
    _, ours = kinds
    model, x = ours(INPUTS, HIDDEN, 2), normal(BATCH, TIME, INPUTS).float()
    exact, _ = model(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        h, state = model(x)
        h_next, state_next = model(h[..., :INPUTS].bfloat16(), state)
    assert {part.dtype for part in (h, h_next, *parts(state), *parts(state_next))} == {torch.float32}
    assert 0 < (h - exact).abs().max() < 0.02


@pytest.mark.parametrize("batch_first", [True, False])
def test_to_torch_is_the_same_function_and_the_way_back_from_from_torch(kinds, batch_first):
    theirs, ours = kinds
    model = ours.from_torch(scaled_up(theirs(INPUTS, HIDDEN, 2, batch_first=batch_first, dropout=0.25))).eval()
    module = model.to_torch()
    assert isinstance(module, theirs)
    assert (module.batch_first, module.dropout, module.training) == (True, 0.25, False)
    x = normal(BATCH, TIME, INPUTS).requires_grad_()
    state, leaves = start(ours, 2)
    (h, end), (their_h, their_end) = model(x, state), module(x, state)
    expected = results(h, end, [x, *leaves])
    torch.testing.assert_close(results(their_h, their_end, [x, *leaves]), expected, rtol=0, atol=1e-12)
    again = ours.from_torch(module)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters(), strict=True))
    gradients = [torch.autograd.grad(net(x)[0].square().sum(), list(net.parameters())) for net in (model, module)]
    for group, name in ((model.W_h if ours is LSTM else model.W_hh, "weight_hh"),):
        for k, p in enumerate(group):
            ours_by_p = gradients[0][[id(q) for q in model.parameters()].index(id(p))]
            their_p = getattr(module, f"{name}_l{k}")
            by_theirs = gradients[1][[id(q) for q in module.parameters()].index(id(their_p))]
            torch.testing.assert_close(ours_by_p, lecture_rows(by_theirs, ours), rtol=0, atol=1e-10)
