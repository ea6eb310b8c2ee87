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
        ValueError: the shapes differ, or `weight` is not from 0 to 1.

    """
    if log_p.shape != log_q.shape:
        raise ValueError(f"log_q: expected the shape of log_p, {list(log_p.shape)}, got {list(log_q.shape)}")
    weight = checks.number("weight", weight, 0, 1)
    log_w, log_rest = (math.log(w) if w else -math.inf for w in (weight, 1 - weight))
    return torch.logaddexp(log_p + log_w, log_q + log_rest)


def mixture_weight(log_p: Float[Tensor, " words"], log_q: Float[Tensor, " words"], *, steps: int = 50) -> float:
    """Return the weight w of p under which the words (held out from both models) are likeliest, by EM from 1/2.

    Raises:
        ValueError: there is no word, or one that is impossible under both models.

    """
    check_possible(log_p, log_q)
    w = 0.5
    for _ in range(steps):
        from_p = (log_p + math.log(w) - mixture(log_p, log_q, w)).exp()  # P(the word came from p)
        w = min(max(float(from_p.mean()), 1e-9), 1 - 1e-9)
    return w


def check_possible(log_p: Tensor, log_q: Tensor) -> None:
    """Raise ValueError unless there is a word, and each is possible under one of the models: else no w is likeliest."""
    impossible = int((torch.maximum(log_p, log_q) == -math.inf).sum())
    if not log_p.numel() or impossible:
        raise ValueError(f"log_p, log_q: expected possible words, got {impossible} impossible ones of {log_p.numel()}")
