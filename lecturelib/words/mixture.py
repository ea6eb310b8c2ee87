"""Mixtures of two language models: the weighted mean of their probabilities.

Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model", JMLR 3 (2003), mix their network half and
half with a trigram model: the two err on different words.

    >>> log_p, log_q = network.log_prob(text), trigram.log_prob(text)       # nats, one per word
    >>> mixture(log_p, log_q)                                               # log(p/2 + q/2)
    >>> mixture(log_p, log_q, mixture_weight(valid_p, valid_q))
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from lecturelib import checks


def mixture(
    log_p: Float[Tensor, "*shape"], log_q: Float[Tensor, "*shape"], weight: float = 0.5
) -> Float[Tensor, "*shape"]:
    """Return log(w p + (1 - w) q) of two models' log-probabilities of the same words.

    Args:
        log_p, log_q: in nats, of one shape; minus infinity is allowed.
        weight: w, from 0 to 1; the paper's is 1/2.

    Raises:
        TypeError, ValueError: they are not floats, the shapes differ, some are NaN, or `weight` is not from 0 to 1.

    """
    check_log_probabilities(log_p, log_q)
    weight = checks.number("weight", weight, 0, 1)
    log_w, log_rest = (math.log(w) if w else -math.inf for w in (weight, 1 - weight))
    return torch.logaddexp(log_p + log_w, log_q + log_rest)


def mixture_weight(log_p: Float[Tensor, " words"], log_q: Float[Tensor, " words"], *, steps: int = 50) -> float:
    """Return the weight w of p under which the words (held out from both models) are likeliest, by EM from 1/2.

    Raises:
        TypeError, ValueError: as for `mixture`, or there is no word, or one that is impossible under both models.

    """
    check_log_probabilities(log_p, log_q)
    check_possible(log_p, log_q)
    steps = checks.positive_int("steps", steps)
    w = 0.5
    for _ in range(steps):
        from_p = (log_p + math.log(w) - mixture(log_p, log_q, w)).exp()  # P(the word came from p)
        w = min(max(float(from_p.mean()), 1e-9), 1 - 1e-9)
    return w


def check_log_probabilities(log_p: object, log_q: object) -> None:
    """Raise unless both are tensors of floats of one shape, none of them NaN."""
    for name, values in (("log_p", log_p), ("log_q", log_q)):
        if not isinstance(values, Tensor) or not values.is_floating_point():
            got = values.dtype if isinstance(values, Tensor) else type(values).__name__
            raise TypeError(f"{name}: expected a tensor of floats, got {got}")
        if checks.can_read(values) and values.isnan().any():
            raise ValueError(f"{name}: expected log-probabilities, got {int(values.isnan().sum())} that are NaN")
    assert isinstance(log_p, Tensor)
    assert isinstance(log_q, Tensor)
    if log_p.shape != log_q.shape:
        raise ValueError(f"log_q: expected the shape of log_p, {list(log_p.shape)}, got {list(log_q.shape)}")
    if log_p.device != log_q.device:
        raise ValueError(f"log_q: expected a tensor on {log_p.device}, as log_p is, got one on {log_q.device}")


def check_possible(log_p: Tensor, log_q: Tensor) -> None:
    """Raise ValueError unless there is a word, and each is possible under one of the models: else no w is likeliest."""
    impossible = int((torch.maximum(log_p, log_q) == -math.inf).sum())
    if not log_p.numel() or impossible:
        raise ValueError(f"log_p, log_q: expected possible words, got {impossible} impossible ones of {log_p.numel()}")
