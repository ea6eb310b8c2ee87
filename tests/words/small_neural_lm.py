"""Small neural language models with weights large enough that the past matters."""

import itertools
import math

import torch

from lecturelib.recurrent import LSTM, RNN
from lecturelib.words.neural_lm import NeuralLM, RecurrentLM

V, M, HIDDEN, ORDER = 3, 2, 4, 3


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def randomised(model):
    """The model in float64, with weights large enough that the past matters."""
    model = model.double()
    for seed, p in enumerate(model.parameters()):
        p.data = 0.9 * torch.randn(p.shape, generator=generator(seed), dtype=p.dtype)
    return model


def neural(direct=False, vocabulary_size=V, order=ORDER):
    return randomised(NeuralLM(vocabulary_size, M, HIDDEN, order, direct=direct))


def recurrent(cell=LSTM):
    return randomised(RecurrentLM(V, M, cell(M, HIDDEN, 2)))


MODELS = {
    "neural": neural,
    "neural, direct": lambda: neural(direct=True),
    "lstm": recurrent,
    "rnn": lambda: recurrent(RNN),
}


def texts(*shape, seed=0):
    return torch.randint(V, shape, generator=generator(seed))


def every(length):
    """All V^length texts."""
    return torch.tensor(list(itertools.product(range(V), repeat=length)))


def by_hand(model, text):
    """The paper's equations with loops over words, rows and columns; plain numbers."""
    C, H, d, U, b = (getattr(model, name).tolist() for name in "CHdUb")
    W = model.W.tolist() if model.W is not None else [[0.0] * len(H[0])] * len(b)
    log_p = []
    for t, word in enumerate(text):
        x: list[float] = []
        for back in range(1, model.order):
            x += C[text[t - back]] if t >= back else [0.0] * M
        a = [
            math.tanh(d_k + sum(h * x_j for h, x_j in zip(H_k, x, strict=True))) for d_k, H_k in zip(d, H, strict=True)
        ]
        y = [
            b_i
            + sum(w * x_j for w, x_j in zip(W_i, x, strict=True))
            + sum(u * a_k for u, a_k in zip(U_i, a, strict=True))
            for b_i, W_i, U_i in zip(b, W, U, strict=True)
        ]
        log_p.append(y[word] - math.log(sum(map(math.exp, y))))
    return torch.tensor(log_p, dtype=torch.float64)
