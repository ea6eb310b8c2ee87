"""An RNN or LSTM of ours beside torch.nn's: sizes, states, and gradients of a random sum of their outputs."""

from typing import Any

import torch
from torch import nn

from lecturelib.recurrent import LSTM, RNN

INPUTS, HIDDEN, BATCH, TIME = 4, 6, 3, 9
KINDS: dict[str, tuple[Any, Any]] = {"rnn": (nn.RNN, RNN), "lstm": (nn.LSTM, LSTM)}


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def scaled_up(module):
    """Weights large enough for the past to matter."""
    for seed, p in enumerate(module.parameters()):
        p.data = 0.8 * normal(*p.shape, seed=seed)
    return module.double()


def parts(state):
    """The tensors of a state: one for the RNN, two for the LSTM."""
    return state if isinstance(state, tuple) else (state,)


def start(ours, layers, seed=5):
    h, s = normal(2, layers, BATCH, HIDDEN, seed=seed)
    leaves = [h.requires_grad_(), s.requires_grad_()] if ours is LSTM else [h.requires_grad_()]
    return (tuple(leaves) if ours is LSTM else leaves[0]), leaves


def results(output, state, leaves):
    """Outputs, final state and the gradients of a random sum of them with respect to the leaves."""
    numbers = [output, *parts(state)]
    loss = sum((number * normal(*number.shape, seed=70 + k)).sum() for k, number in enumerate(numbers))
    return [number.detach() for number in numbers], torch.autograd.grad(loss, leaves)


def lecture_rows(weight, ours):
    """Rows i, f, g, o of torch.nn.LSTM in the lecture's order g, i, f, o."""
    return weight[torch.arange(len(weight)).view(4, -1)[[2, 0, 1, 3]].flatten()] if ours is LSTM else weight
