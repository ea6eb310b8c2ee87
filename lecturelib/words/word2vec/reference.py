"""word2vec as the papers have it, one prediction after the other: slow, and what the fast steps are tested against.

Mikolov, Chen, Corrado and Dean, "Efficient Estimation of Word Representations in Vector Space", arXiv 1301.3781 (2013);
Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013. A word x has an input vector w_x and an output vector v_x; h predicts the word x:

    skip-gram            h = w_{x_t} predicts each x_i of the window of t
    CBOW                 h = 1/n Σ_i w_{x_i} predicts x_t, i over the n words of its window

    full softmax         log p(x | h) = v_x · h - log Σ_z exp(v_z · h)
    negative sampling    log σ(v_x · h) + k E_{z ~ q} log σ(-v_z · h)         q(z) ∝ count(z)^0.75
    hierarchical         log p(x | h) = Σ_j log σ(c_j v_j · h)                over the inner nodes j on the path to x

    >>> for t, context in windows(len(x), window=5, generator=g):           # x: the numbers of a sentence's words
    ...     for inputs, target in predictions("skip-gram", x, t, context):
    ...         negative_sampling_step(W, V, inputs, target, noise, learning_rate=0.025)
"""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import logsigmoid


def windows(length: int, window: int, generator: torch.Generator) -> Iterator[tuple[int, list[int]]]:
    """Yield each position t of a sentence, and the positions at most b ~ U{1, …, window} away from it."""
    for t in range(length):
        b = int(torch.randint(1, window + 1, (), generator=generator))
        yield t, [i for i in range(max(0, t - b), min(length, t + b + 1)) if i != t]


def predictions(model: str, x: Sequence[int], t: int, context: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Yield the predictions at position t: the words whose mean vector is h, and the word that h predicts."""
    if model == "skip-gram":
        for i in context:
            yield [x[t]], x[i]
    elif context:  # CBOW
        yield [x[i] for i in context], x[t]


def full_softmax(h: Float[Tensor, " dim"], V: Float[Tensor, "words dim"], target: int) -> Float[Tensor, ""]:
    """Return log p(target | h) = v · h - log Σ_z exp(v_z · h), in nats."""
    return (V @ h).log_softmax(dim=0)[target]


def hierarchical_softmax(
    h: Float[Tensor, " dim"], V: Float[Tensor, "inner dim"], nodes: Int64[Tensor, " j"], turns: Float[Tensor, " j"]
) -> Float[Tensor, ""]:
    """Return log p = Σ_j log σ(c_j v_j · h) in nats: one decision at each inner node of the path, c_j = ±1 its turn."""
    return logsigmoid(turns * (V[nodes] @ h)).sum()


def negative_sampling(
    h: Float[Tensor, " dim"], V: Float[Tensor, "words dim"], target: int, noise: Int64[Tensor, " drawn"], negative: int
) -> Float[Tensor, ""]:
    """Return log σ(v · h) + k E log σ(-v_z · h) in nats, k = `negative`; with k words as noise, the paper's sum."""
    return logsigmoid(V[target] @ h) + negative * logsigmoid(-(V[noise] @ h)).mean()


def negative_sampling_step(
    W: Float[Tensor, "words dim"],
    V: Float[Tensor, "words dim"],
    inputs: Sequence[int],
    target: int,
    noise: Int64[Tensor, " k"],
    learning_rate: float,
) -> None:
    """Move the vectors of one prediction along the gradient of `negative_sampling`; changes W and V."""
    z = torch.cat([torch.tensor([target]), noise])
    label = torch.tensor([1.0] + len(noise) * [0.0])  # is it the word, or noise?
    h, v = W[inputs].mean(dim=0), V[z]
    g = label - torch.sigmoid(v @ h)  # ∂ log σ(±v·h) = (label - σ(v·h)) (h, v)
    dh = g @ v
    V.index_add_(0, z, learning_rate * torch.outer(g, h))
    for i in inputs:
        W[i] += learning_rate / len(inputs) * dh  # h is their mean; word2vec.c and gensim leave out the 1/n
