"""NeuralLM and RecurrentLM: against the formulas word by word, by enumeration, and in ways that must agree."""

import math
from typing import Any

import pytest
import torch
from small_neural_lm import HIDDEN, MODELS, ORDER, M, V, by_hand, every, generator, neural, recurrent, texts
from torch import nn
from torch.nn.functional import log_softmax

from lecturelib.recurrent import LSTM
from lecturelib.words import neural_lm
from lecturelib.words.neural_lm import NeuralLM, RecurrentLM, windows


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("order", [2, 3, 5])
def test_log_prob_is_the_papers_formula(direct, order):
    model, text = neural(direct, order=order), texts(12)
    torch.testing.assert_close(model.log_prob(text), by_hand(model, text.tolist()), rtol=0, atol=1e-12)
    assert model.perplexity(text) == pytest.approx(math.exp(-by_hand(model, text.tolist()).mean()))


@pytest.mark.parametrize("length", [1, 2, 4])
def test_probabilities_of_all_texts_of_a_length_sum_to_one(model, length):
    p = model.log_prob(every(length)).sum(dim=1).exp()
    assert p.sum().item() == pytest.approx(1, abs=1e-12)
    assert p.max() > 1.05 * p.min()


def test_a_word_depends_on_all_of_its_context_and_on_nothing_after_it(model):
    x = texts(1, 6)
    log_p = model.log_prob(x)
    for i in range(6):
        y = x.clone()
        y[:, i] = (y[:, i] + 1) % V
        changed = (model.log_prob(y) - log_p)[0].abs() > 1e-6
        assert not changed[:i].any()
        assert changed[i : i + ORDER].all()
        if isinstance(model, NeuralLM):
            assert not changed[i + ORDER :].any()


@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_pieces_do_not_change_the_numbers(model, monkeypatch, piece):
    x = texts(3, 7)
    expected = torch.cat([model.log_prob(row[None]) for row in x])
    monkeypatch.setattr(neural_lm, "EVAL_BATCH_SIZE", piece)
    torch.testing.assert_close(model.log_prob(x), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(model.log_prob(x.to(torch.uint8)), expected, rtol=0, atol=1e-12)
    assert model.perplexity(x) == pytest.approx(math.exp(-expected.mean().item()))


def test_recurrent_equals_stepping_by_hand_through_torchs_lstm():
    """One word at a time through torch.nn.LSTM, the state handed over, from a first input of zeros."""
    lstm, model = nn.LSTM(M, HIDDEN, 2, batch_first=True).double(), recurrent()
    model.recurrent = LSTM.from_torch(lstm)
    x = texts(5, 8)
    feature, state, log_p = torch.zeros(5, M).double(), None, []
    for word in x.T:
        h, state = lstm(feature[:, None], state)
        log_p.append(log_softmax(h[:, 0] @ model.U.T + model.b, dim=1)[range(5), word])
        feature = model.C[word]
    torch.testing.assert_close(model.log_prob(x), torch.stack(log_p, dim=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("direct", [False, True])
def test_as_many_parameters_as_the_paper_counts(direct):
    """Section 2: |V|(1 + nm + h) + h(1 + (n - 1)m); W has |V|(n - 1)m of them."""
    v, m, h, n = 20, 30, 50, 5
    count = sum(p.numel() for p in NeuralLM(v, m, h, n, direct=direct).parameters())
    assert count == v * (1 + n * m + h) + h * (1 + (n - 1) * m) - (0 if direct else v * (n - 1) * m)


def test_gradients_of_the_direct_connections():
    """dL/dW = Σ (p - one-hot) xᵀ, for L = -Σ log p."""
    model, text = neural(direct=True), texts(9)
    (-model.log_prob(text).sum()).backward()
    expected = torch.zeros_like(model.W)
    for t, word in enumerate(text.tolist()):
        context = [text[t - back].item() if t >= back else -1 for back in range(ORDER - 1, 0, -1)]
        x = torch.cat([model.C[w] if w >= 0 else torch.zeros(M) for w in reversed(context)]).detach()
        delta = model.logits(torch.tensor([context]))[0].softmax(dim=0).detach()
        delta[word] -= 1
        expected += torch.outer(delta, x)
    torch.testing.assert_close(model.W.grad, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("make", MODELS.values(), ids=list(MODELS))
def test_gradients_against_finite_differences(make):
    model, x = make(), texts(2, 5)
    names, values = zip(*model.named_parameters(), strict=True)

    def log_prob(*values):
        return torch.func.functional_call(
            _LogProb(model), {f"model.{n}": v for n, v in zip(names, values, strict=True)}, x
        )

    assert torch.autograd.gradcheck(log_prob, values)


class _LogProb(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model.log_prob(x).sum()


def test_a_call_gives_the_logits_of_the_word_that_follows(model):
    x = texts(4, 6)
    if isinstance(model, NeuralLM):
        before = windows(x, ORDER)
        log_p = model(before[:, :, :-1].flatten(0, 1)).log_softmax(dim=1)
        expected = model.log_prob(x).flatten()
        torch.testing.assert_close(log_p[range(24), x.flatten()], expected, rtol=0, atol=1e-12)
    else:
        log_p = model(x)[:, :-1].log_softmax(dim=2).gather(2, x[:, 1:, None])[..., 0]
        torch.testing.assert_close(log_p, model.log_prob(x)[:, 1:], rtol=0, atol=1e-12)


def test_losses_run_where_values_cannot_be_read(model):
    log_p = model.to("meta").log_prob(texts(2, 5).to("meta"))
    assert (log_p.device.type, log_p.shape) == ("meta", (2, 5))
    log_p.sum().backward()


def test_windows_are_each_word_behind_its_context():
    assert windows(torch.tensor([4, 5, 6]), 3).tolist() == [[-1, -1, 4], [-1, 4, 5], [4, 5, 6]]
    assert windows(torch.tensor([[4], [5]], dtype=torch.uint8), 2).tolist() == [[[-1, 4]], [[-1, 5]]]


def test_vectors_are_the_rows_that_words_are_looked_up_in(model):
    assert torch.equal(model.vectors, model.C)
    assert not model.vectors.requires_grad


@pytest.mark.parametrize("temperature", [0, 0.5, 1.0])
@pytest.mark.parametrize("given", [0, 1, 5])
def test_sampling_uses_the_teacher_forced_probabilities(model, given, temperature):
    """The text drawn is where the same uniform numbers fall under p(w | text so far), read anew for every word."""
    prompt = texts(4, given)
    text = prompt
    for u_t in torch.rand(20, 4, generator=generator(3), dtype=torch.float64):
        log_p = torch.stack(
            [model.log_prob(torch.cat([text, torch.full((4, 1), w)], dim=1))[:, -1] for w in range(V)], dim=1
        )
        if temperature:
            below = (log_p / temperature).softmax(dim=1).cumsum(dim=1)
            word = (u_t[:, None] >= below[:, :-1]).sum(dim=1)
        else:
            word = log_p.argmax(dim=1)
        text = torch.cat([text, word[:, None]], dim=1)
    assert torch.equal(model.sample(prompt, 20, temperature=temperature, generator=generator(3)), text)
    assert given > 1 or temperature == 0 or len(text[:, given:].unique()) == V


def test_samples_repeat_with_the_generator_alone(model):
    first, again = (model.sample(texts(3, 1), 40, generator=generator(2)) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, model.sample(texts(3, 1), 40, generator=generator(5)))


def test_learns_a_text_of_a_fixed_rule():
    """w_t = w_{t-1} + w_{t-2} mod 5: two words decide and one does not, so order 3 gets near 1 and order 2 cannot."""
    text = [1, 2]
    for _ in range(400):
        text.append((text[-1] + text[-2]) % 5)
    x, found = torch.tensor(text), {}
    for order in (2, 3):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = NeuralLM(5, 8, 20, order)
        optimizer = torch.optim.Adam(model.parameters(), 3e-2)
        for _ in range(150):
            optimizer.zero_grad()
            (-model.log_prob(x).mean()).backward()
            optimizer.step()
        found[order] = model.perplexity(x)
    assert found[3] < 1.1
    assert found[2] > 2


@pytest.mark.usefixtures("plain_errors")
def test_bad_arguments():
    model, lstm = NeuralLM(V, M, HIDDEN, ORDER), RecurrentLM(V, M, LSTM(M, HIDDEN))
    a_number = "temperature: expected a finite number of at least 0, got "
    wrong: Any = "1"
    cases = [
        (lambda: NeuralLM(0), ValueError, "vocabulary_size: expected a positive integer, got 0"),
        (lambda: NeuralLM(V, wrong), TypeError, "embedding_dim: expected a positive integer, got '1'"),
        (lambda: NeuralLM(V, hidden_size=-1), ValueError, "hidden_size: expected a positive integer, got -1"),
        (lambda: NeuralLM(V, order=1), ValueError, "order: expected an integer from 2 to 100, got 1"),
        (lambda: RecurrentLM(V, 3, LSTM(M, 4)), ValueError, "recurrent: expected an input_size of 3, got 2"),
        (
            lambda: RecurrentLM(V, 3, nn.Linear(3, 3)),
            TypeError,
            "recurrent: expected a module with a `hidden_size`, got Linear",
        ),
        (
            lambda: model.logits(texts(4, 3)),
            ValueError,
            r"context: expected shape \[batch, 2\], not empty, got \[4, 3\]",
        ),
        (lambda: model.logits(texts(4, 2) + 2), ValueError, "context: expected integers from -1 to 2, got 2 to 4; enc"),
        (
            lambda: model.log_prob(windows(texts(4), 2)),
            ValueError,
            "x: expected integers from 0 to 2, got -1 to 2; enc",
        ),
        (
            lambda: model.log_prob(texts(4).to(torch.uint16)),
            TypeError,
            r"x: expected integers from 0 to 2, got dtype torch.uint16; write .long\(\)",
        ),
        (lambda: model.log_prob(texts(4) > 0), TypeError, "x: expected integers from 0 to 2, got dtype torch.bool"),
        (lambda: model.log_prob(texts(0)), ValueError, r"x: expected shape \[..., time\], not empty, got \[0\]"),
        (lambda: model.log_prob(wrong), TypeError, "x: expected integers from 0 to 2, a tensor, got str"),
        (
            lambda: model.perplexity(torch.ones(3)),
            TypeError,
            "x: expected .*integers from 0 to 2, got dtype torch.float32",
        ),
        (lambda: lstm.log_prob(texts(3)), ValueError, r"x: expected shape \[batch, time\], not empty, got \[3\]"),
        (
            lambda: lstm.log_prob(texts(2, 3) + 1),
            ValueError,
            "x: expected integers from 0 to 2, got 1 to 3; encode the",
        ),
        (
            lambda: model.sample(texts(3), 4),
            ValueError,
            r"prompt: expected shape \[batch, time\], not empty, got \[3\]",
        ),
        (lambda: model.sample(texts(0, 2), 4), ValueError, r"prompt: expected .* not empty, got \[0, 2\]"),
        (lambda: lstm.sample(texts(1, 2), 0), ValueError, "n: expected a positive integer, got 0"),
        (lambda: lstm.sample(texts(1, 2), 3, temperature=-1.0), ValueError, a_number + "-1.0"),
        (lambda: model.sample(texts(1, 2), 3, temperature=math.nan), ValueError, a_number + "nan"),
        (lambda: model.sample(texts(1, 2), 3, temperature=wrong), TypeError, a_number + "'1'"),
        (lambda: windows(texts(3), 1), ValueError, "order: expected an integer from 2 to 100, got 1"),
    ]
    for call, kind, message in cases:
        with pytest.raises(kind, match="^" + message) as error:
            call()
        assert "\n" not in str(error.value)
