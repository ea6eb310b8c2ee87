"""Slow and plain: the masking law word by word, and a completion pixel by pixel."""

import torch

from lecturelib.autoregressive import OrderAgnosticNADE
from lecturelib.words.masked_lm import IGNORED, MASKED, REPLACED


def corrupt(x, maskable, mask_index, chance, kind, other):
    """Return the corrupted text and the targets."""
    corrupted, targets = x.clone(), torch.full_like(x, IGNORED)
    for n, i in torch.cartesian_prod(*map(torch.arange, x.shape)).tolist():
        if maskable[x[n, i]] and chance[n, i] < 0.15:
            targets[n, i] = x[n, i]
            if kind[n, i] < MASKED:
                corrupted[n, i] = mask_index
            elif kind[n, i] < MASKED + REPLACED:
                corrupted[n, i] = other[n, i]
    return corrupted, targets


def random_text(generator, *, special):
    """Return the arguments of `corrupt` for words 0 to 10, of which so many are special."""
    x, other = torch.randint(11, (2, 6, 40), generator=generator)
    chance, kind = torch.rand(2, 6, 40, generator=generator)
    x[0, :3], chance[0, :3], kind[0, :3] = torch.tensor([0, 10, 10]), 0.1, torch.tensor([0.1, 0.85, 0.95])
    other[0, :3] = 4
    return x, torch.arange(11) >= special, 11, 0.5 * chance, kind, other


def without_hidden_layer(A, B, b):
    """Return the library's network, in double precision, with the answers (x ⊙ m) A^T + m B^T + b."""
    D = len(b)
    model = OrderAgnosticNADE(D, (D,), activation=lambda a: a).double().requires_grad_(False)
    for parameter, value in ((model.W, A), (model.U, B), (model.alpha, torch.eye(D)), (model.b, b)):
        parameter.copy_(value)
    return model


def completed(x, m, order, u, model):
    """Return the completion, and uniform numbers none of which is too near to its probability to be decided."""
    x, u, known = (x * m).double(), u.clone(), m.bool().clone()
    for i in order.tolist():
        if not m[i]:
            p = model.logits(x, known)[:, i].sigmoid()
            u[:, i] = torch.where((u[:, i] - p).abs() < 1e-3, (u[:, i] - 0.01).abs(), u[:, i])
            x[:, i] = (u[:, i] < p).double()
            known[i] = True
    return x.float(), u
