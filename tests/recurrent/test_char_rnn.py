"""CharRNN: one distribution over texts, evaluated, carried on and sampled in ways that must agree."""

import math
from functools import partial

import pytest
import torch
from small_char_rnn import HIDDEN, V, every, generator, make, texts
from torch import nn
from torch.nn.functional import log_softmax, one_hot

from lecturelib import checks
from lecturelib.recurrent import CharRNN, char_rnn


@pytest.fixture(params=["lstm", "rnn"])
def model(request):
    """Two layers in float64 with weights large enough that the past matters."""
    return make(request.param)


@pytest.mark.parametrize("length", [1, 2, 6])
def test_probabilities_of_all_texts_of_a_length_sum_to_one(model, length):
    p = model.log_prob(every(length)).exp()
    assert p.sum().item() == pytest.approx(1, abs=1e-12)
    assert p.max() > 1.5 * p.min()


def test_probabilities_of_all_continuations_sum_to_one_too(model):
    _, state = model(texts(1, 4).expand(V**4, -1))
    given, fresh = model.log_prob(every(4), state).exp(), model.log_prob(every(4)).exp()
    assert given.sum().item() == pytest.approx(1, abs=1e-12)
    assert (given - fresh).abs().max() > 1e-3


def test_log_prob_equals_torch_on_one_hot_vectors():
    """The same net out of torch.nn's parts, fed a vector of zeros for nothing: h_0 = 0 leaves the output bias."""
    lstm, model = nn.LSTM(V, HIDDEN, 2, batch_first=True).double(), make()
    model.recurrent = type(model.recurrent).from_torch(lstm)
    x = texts(5, 8)
    h, _ = lstm(one_hot(x[:, :-1], V).double())
    log_p = log_softmax(torch.cat([torch.zeros_like(h[:, :1]), h], dim=1) @ model.out.weight.T + model.out.bias, dim=2)
    expected = sum(log_p[:, i].gather(1, x[:, i : i + 1])[:, 0] for i in range(8))
    torch.testing.assert_close(model.log_prob(x), expected, rtol=0, atol=1e-12)
    for dtype in checks.INTEGERS:
        torch.testing.assert_close(model.log_prob(x.to(dtype)), expected, rtol=0, atol=1e-12)


def test_the_output_at_i_speaks_of_the_character_after_it(model):
    """logits (of x_i given what came before) are forward's (of x_{i+1}) moved by one, and never see x_i itself."""
    x = texts(4, 6)
    o, state = model(x)
    logits, same = model.logits(x)
    torch.testing.assert_close(logits[:, 1:], o[:, :-1], rtol=0, atol=1e-12)
    torch.testing.assert_close(logits[:, 0], model.out.bias.expand(4, V), rtol=0, atol=0)
    torch.testing.assert_close(same, state, rtol=0, atol=0)
    torch.testing.assert_close(model.logits(x, state)[0][:, 0], o[:, -1], rtol=0, atol=1e-12)
    for i in range(6):
        y = x.clone()
        y[:, i:] = (y[:, i:] + 1) % V
        assert torch.equal(model.logits(y)[0][:, : i + 1], logits[:, : i + 1])
        assert (model(y)[0][:, i] - o[:, i]).abs().max() > 1e-3


def test_the_chain_rule_holds_across_a_carried_state(model):
    x = texts(4, 9)
    _, state = model(x[:, :5])
    total = model.log_prob(x[:, :5]) + model.log_prob(x[:, 5:], state)
    torch.testing.assert_close(total, model.log_prob(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("chunk", [1, 7, 50, 1000])
def test_evaluation_in_chunks_equals_one_pass(model, chunk):
    text = texts(50)
    once = -model.log_prob(text[None]).item() / 50 / math.log(2)
    assert model.bits_per_char(text, chunk=chunk) == pytest.approx(once, abs=1e-12)
    assert model.bits_per_char(text.to(torch.uint8), chunk=chunk) == pytest.approx(once, abs=1e-12)


def test_streams_are_pieces_read_side_by_side(model):
    """50 in 4: the pieces 0 to 12, …, and the last from 36 to the end."""
    text = texts(50)
    nats = sum(-model.log_prob(piece[None]).item() for piece in (text[:12], text[12:24], text[24:36], text[36:]))
    expected = pytest.approx(nats / 50 / math.log(2), abs=1e-12)
    assert model.bits_per_char(text, streams=4, chunk=5) == expected
    assert model.bits_per_char(text, streams=50) == pytest.approx(
        -model.log_prob(text[:, None]).mean().item() / math.log(2)
    )


def test_a_uniform_model_needs_log2_v_bits():
    model = CharRNN(8, 5)
    nn.init.zeros_(model.out.weight)
    nn.init.zeros_(model.out.bias)
    assert model.bits_per_char(torch.arange(8).repeat(3)) == pytest.approx(3)


def test_sampling_uses_the_teacher_forced_probabilities(model, monkeypatch):
    used, softmax = [], char_rnn._softmax

    def recorded(*arguments):
        used.append(softmax(*arguments))
        return used[-1]

    monkeypatch.setattr(char_rnn, "_softmax", recorded)
    prompt = texts(5, 4)
    text = model.sample(prompt, 30, generator=generator())
    assert text.shape == (5, 34)
    assert torch.equal(text[:, :4], prompt)
    expected = model.logits(text)[0].softmax(dim=2)[:, 4:]
    torch.testing.assert_close(torch.stack(used, dim=1), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("temperature", [0, 0.5, 1.0])
def test_sampling_draws_what_re_reading_the_whole_text_would(model, temperature):
    """The sampler with a state against one without, on the same uniforms."""
    prompt = texts(4, 3)
    text = prompt
    for u_i in torch.rand(4, 25, generator=generator(3), dtype=torch.float64).T:
        logits = model(text)[0][:, -1]
        if temperature:
            x_i = (u_i[:, None] >= (logits / temperature).softmax(dim=1).cumsum(dim=1)[:, :-1]).sum(dim=1)
        else:
            x_i = logits.argmax(dim=1)
        text = torch.cat([text, x_i[:, None]], dim=1)
    assert torch.equal(model.sample(prompt, 25, temperature=temperature, generator=generator(3)), text)


def test_a_character_costs_one_step_wherever_it_stands(model):
    steps = []
    model.recurrent.register_forward_pre_hook(lambda module, arguments: steps.append(arguments[0].shape[1]))
    model.sample(texts(2, 9), 40)
    assert steps == [9] + [1] * 40


def chi_square(samples, p):
    """Σ (observed - expected)² / expected over all texts."""
    index = (samples * V ** torch.arange(samples.shape[1] - 1, -1, -1)).sum(dim=1)
    observed = torch.bincount(index, minlength=len(p))
    assert (p * len(samples)).min() > 5
    return ((observed - len(samples) * p) ** 2 / (len(samples) * p)).sum().item()


@pytest.mark.parametrize(("temperature", "right"), [(1.0, True), (1.4, False)])
def test_samples_follow_the_distribution(temperature, right):
    """27 texts of three characters: 26 degrees of freedom, 99.9th percentile 54.05."""
    model = make()
    nn.init.normal_(model.out.weight, std=0.5, generator=generator())
    samples = model.sample(torch.zeros(20_000, 0).long(), 3, temperature=temperature, generator=generator())
    assert (chi_square(samples, model.log_prob(every(3)).exp()) < 54.05) is right


def test_temperature_divides_the_logits():
    """Two degrees of freedom: 99.9th percentile 13.82."""
    model = make()
    samples = model.sample(torch.zeros(20_000, 0).long(), 1, temperature=2.0, generator=generator())
    assert chi_square(samples, (model.out.bias / 2).softmax(dim=0)) < 13.82
    cold = [model.sample(texts(9, 2), 20, temperature=t, generator=generator()) for t in (0, 1e-300, 1e-9)]
    assert all(torch.equal(cold[0], other) for other in cold[1:])


def test_the_generator_alone_decides_what_is_drawn(model):
    prompt = texts(2, 3)
    torch.manual_seed(1)
    first, before = model.sample(prompt, 40, generator=generator(5)), torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(first, model.sample(prompt, 40, generator=generator(5)))
    assert not torch.equal(first, model.sample(prompt, 40, generator=generator(6)))
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_dropout_is_on_in_training_and_off_in_evaluation_and_sampling(cell):
    model, x = make(cell, dropout=0.5), texts(4, 20)
    one_layer = CharRNN(V, HIDDEN, cell=cell, dropout=0.5)  # has dropout before the output
    assert not any(torch.equal(m.log_prob(x), m.log_prob(x)) for m in (model, one_layer))
    bits, text = model.bits_per_char(x[0]), model.sample(x, 9, generator=generator())
    assert model.training
    assert model.recurrent.training
    model.eval()
    assert bits == pytest.approx(-model.log_prob(x[:1]).item() / 20 / math.log(2), abs=1e-12)
    assert torch.equal(text, model.sample(x, 9, generator=generator()))
    assert not model.training


def test_log_prob_has_gradients_that_finite_differences_confirm():
    model, x = CharRNN(V, 3).double(), texts(2, 4)
    assert torch.autograd.gradcheck(lambda *weights: model.log_prob(x), tuple(model.parameters()))


def test_under_autocast_nats_are_added_up_in_single_precision():
    model, x = CharRNN(V, HIDDEN, 2), texts(4, 200)
    exact = model.log_prob(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        nats = model.log_prob(x)
        text = model.sample(x, 5)
    assert nats.dtype == torch.float32
    assert text.dtype == torch.int64
    torch.testing.assert_close(nats, exact, rtol=2e-3, atol=0)


def test_half_precision_weights_evaluate_and_sample(model):
    text = texts(100)
    exact = model.bits_per_char(text)
    half = model.to(torch.bfloat16)
    assert half.bits_per_char(text) == pytest.approx(exact, rel=0.05)
    assert half.sample(text[None], 5).shape == (1, 105)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (dict(vocabulary_size=0), ValueError, "vocabulary_size: expected a positive integer, got 0"),
        (dict(cell="gru"), ValueError, "cell: expected one of lstm, rnn, got 'gru'"),
        (dict(dropout=math.nan), ValueError, "dropout: expected a number in [0, 1], got nan"),
    ],
)
def test_bad_sizes(plain_errors, arguments, kind, message):
    with pytest.raises(kind) as error:
        CharRNN(**({"vocabulary_size": V} | arguments))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("x", "kind", "expected"),
    [
        ("to be", TypeError, "an integer tensor {shape}, got str"),
        (torch.zeros(2, 3), TypeError, "integers from 0 to 2, got dtype torch.float32"),
        (torch.zeros(2, 3).to(torch.uint16), TypeError, "integers from 0 to 2, got dtype torch.uint16"),
        (torch.zeros(2, 3, 4, 5).long(), ValueError, "shape {shape}, not empty, got [2, 3, 4, 5]"),
        (torch.tensor([[0, 3]]), ValueError, "integers from 0 to 2, got 0 to 3"),
        (torch.tensor([[-1, 2]]), ValueError, "integers from 0 to 2, got -1 to 2"),
        (torch.zeros(0, 3).long(), ValueError, "shape {shape}, not empty, got [0, 3]"),
        (torch.zeros(2, 3).long().to("meta"), ValueError, "a tensor on cpu (the model's), got one on meta"),
    ],
)
def test_bad_characters(plain_errors, model, x, kind, expected):
    flat = x.flatten() if isinstance(x, torch.Tensor) and x.numel() and x.dim() < 4 else x
    both = "[batch, time]"
    for name, shape, call in (
        ("x", both, lambda: model(x)),
        ("x", both, lambda: model.logits(x)),
        ("x", both, lambda: model.log_prob(x)),
        ("prompt", both, lambda: model.sample(x, 1)),
        ("text", "[length]", lambda: model.bits_per_char(flat)),
    ):
        with pytest.raises(kind) as error:
            call()
        assert str(error.value) == f"{name}: expected {expected.format(shape=shape)}"


TEMPERATURE = "temperature: expected a finite number of at least 0"


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (dict(n=0), ValueError, "n: expected a positive integer, got 0"),
        (dict(temperature=-1), ValueError, f"{TEMPERATURE}, got -1"),
        (dict(temperature=math.inf), ValueError, f"{TEMPERATURE}, got inf"),
        (dict(temperature="hot"), TypeError, f"{TEMPERATURE}, got 'hot' (str)"),
        (dict(streams=10), ValueError, "streams: expected an integer from 1 to 9, got 10"),
        (dict(streams=1.0), TypeError, "streams: expected an integer from 1 to 9, got 1.0 (float)"),
        (dict(chunk=0), ValueError, "chunk: expected a positive integer, got 0"),
    ],
)
def test_bad_settings(plain_errors, model, arguments, kind, message):
    evaluates = arguments.keys() & {"streams", "chunk"}
    call = partial(model.bits_per_char, texts(9)) if evaluates else partial(model.sample, texts(2, 3))
    with pytest.raises(kind) as error:
        call(**(arguments if evaluates else {"n": 2} | arguments))
    assert str(error.value) == message


def test_a_state_of_another_batch(plain_errors, model):
    with pytest.raises(
        ValueError, match=r"^state.*: expected shape \[num_layers, batch, hidden_size\] = \[2, 1, 7\], got \[2, 3, 7\]$"
    ):
        model.log_prob(texts(1, 4), model(texts(3, 4))[1])
