"""word2vec's steps against autograd in double precision, on the objectives written out word by word."""

import pytest
import torch
from torch.nn.functional import logsigmoid

from lecturelib.words.word2vec.steps import Batch, Steps
from lecturelib.words.word2vec.windows import Windows

V, DIM, WINDOW, POSITIONS, GROUP, K, DRAWN = 90, 7, 3, 64, 32, 5, 4
COUNTS = torch.arange(3 * V, 2 * V, -1) ** 2


def tables(seed=1):
    g = torch.Generator().manual_seed(seed)
    return [torch.randn(V + 1, DIM, dtype=torch.float64, generator=g) for _ in range(2)]


def batch(words=41, sentence_length=9):
    """One batch with sentences of nine words, repeated ones among them, and padding at its end."""
    g = torch.Generator().manual_seed(2)
    x = torch.randint(0, V, (words,), generator=g)
    x[5:9], x[20:24] = x[4], x[4]
    windows = Windows(COUNTS, WINDOW, POSITIONS, subsample=0)
    chunk = windows.cut(x, torch.arange(words) // sentence_length, g)
    noise = torch.randint(0, V, (1, POSITIONS // GROUP * DRAWN), generator=g)
    noise[0, 1] = noise[0, 0]
    one = Batch(chunk.words[0], chunk.pairs[0].double(), chunk.n[0].double(), noise[0])
    return x, one


def neighbours(one, t):
    return [(o, int(one.words[t + o])) for o in range(2 * WINDOW + 1) if one.pairs[t, o] > 0]


def log_prob(loss, one, t, h, x, v):
    """What a step on `loss` ascends for the prediction of x from h at position t."""
    if loss == "softmax":
        return (v[:-1] @ h).log_softmax(dim=0)[x]
    shared = one.noise[t // GROUP * DRAWN :][:DRAWN]
    return logsigmoid(v[x] @ h) + K * logsigmoid(-(v[shared] @ h)).mean()


def objective(model, loss, one, w, v):
    total = w.new_zeros(())
    for t in range(POSITIONS):
        x, near = int(one.words[t + WINDOW]), neighbours(one, t)
        if model == "skip_gram":
            total = total + sum(log_prob(loss, one, t, w[x], x_i, v) for _, x_i in near)
        elif near:
            h = sum(w[x_i] for _, x_i in near) / len(near)
            total = total + log_prob(loss, one, t, h, x, v)
    return total


@pytest.mark.parametrize("loss", ["negative", "softmax"])
@pytest.mark.parametrize("model", ["skip_gram", "cbow"])
def test_the_step_is_the_gradient(model, loss):
    w, v = tables()
    _, one = batch()
    assert any(len(neighbours(one, t)) == 0 for t in range(POSITIONS))  # the padding
    assert len({len(neighbours(one, t)) for t in range(POSITIONS)}) > 3

    W, U = w.clone().requires_grad_(), v.clone().requires_grad_()
    objective(model, loss, one, W, U).backward()

    stepped = w.clone(), v.clone()
    steps = Steps(*stepped, window=WINDOW, positions=POSITIONS, negatives=K, group=GROUP, cap=1e9)
    getattr(steps, f"{model}_{loss}")(one, rate=1e-3)
    faster = WINDOW + 1 if model == "cbow" else 1  # the rate of the input vectors of CBOW
    for before, after, exact, times in zip((w, v), stepped, (W, U), (faster, 1), strict=True):
        torch.testing.assert_close((after - before) / (1e-3 * times), exact.grad, rtol=1e-8, atol=1e-9)
        assert exact.grad.abs().max() > 0.1
