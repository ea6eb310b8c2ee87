"""A small CharRNN with weights large enough that the past matters, and texts for it."""

import itertools

import torch

from lecturelib.recurrent import CharRNN

V, HIDDEN = 3, 7


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def make(cell="lstm", **arguments):
    model = CharRNN(V, HIDDEN, 2, cell=cell, **arguments).double()
    for seed, p in enumerate(model.parameters()):
        p.data = 0.9 * torch.randn(p.shape, generator=generator(seed), dtype=p.dtype)
    return model


def texts(*shape, seed=0):
    return torch.randint(V, shape, generator=generator(seed))


def every(length):
    """All V^length texts."""
    return torch.tensor(list(itertools.product(range(V), repeat=length)))
