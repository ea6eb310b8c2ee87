"""word2vec's steps with the hierarchical softmax: word by word, node by node, as the paper has it.

Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed Representations of Words and Phrases and their
Compositionality", NeurIPS 2013, section 2.1; the tree is Huffman's, see `huffman`.

    log p(x | h) = Σ_j log σ(c_j v_j · h)            over the inner nodes j on the path to x; c_j = ±1: its turn there
    ∂ log p / ∂(v_j · h) = c_j σ(-c_j v_j · h)

    skip-gram    each h = w_{x_i}, i ≠ t, of the window of t predicts x_t
    CBOW         h = 1/n Σ_i w_{x_i} predicts x_t, i over the n words of its window

Paths differ in length and soon diverge, which leaves no matrices to multiply. So these are loops, compiled by numba.
Each step sees what the one before has changed, and no sum can overshoot (the `cap` of `steps`). Python's lock is
released: threads run side by side.

    >>> skip_gram(words, pairs, W, V, nodes, turns, lengths, rates)        # NumPy arrays; changes W and V
"""

import math
from typing import Any, no_type_check

import numpy as np
from numba import njit

# Sums may be added up in any order, many terms at once. Types are not checked inside of what is compiled.
compiled = njit(nogil=True, fastmath={"reassoc", "contract"}, error_model="numpy")


@compiled
@no_type_check
def skip_gram(words: Any, pairs: Any, W: Any, V: Any, nodes: Any, turns: Any, lengths: Any, rates: Any) -> None:
    """Ascend with each h = w_{x_i} of the window of t, against x_t: the same pairs as the other way round.

    Args:
        words: [batches, seen], numbers of words, as `batcher.Chunk` has them.
        pairs: [batches, positions, offsets], 1 where position t is paired with the word at t + o - w.
        W: [words, dim], input vectors; changed in place.
        V: [inner nodes, dim], their vectors; changed in place.
        nodes, turns, lengths: the paths to all words, as `huffman.Tree` has them.
        rates: [batches], learning rates.

    """
    dh = np.empty_like(W[0])
    w = pairs.shape[2] // 2
    for i in range(len(pairs)):
        for t in range(pairs.shape[1]):
            x = words[i, t + w]
            for o in range(2 * w + 1):
                if pairs[i, t, o] > 0:
                    h = W[words[i, t + o]]
                    _ascend(h, V, nodes[x], turns[x], lengths[x], rates[i], dh)
                    _add(h, 1.0, dh)


@compiled
@no_type_check
def cbow(words: Any, pairs: Any, W: Any, V: Any, nodes: Any, turns: Any, lengths: Any, rates: Any) -> None:
    """Ascend with h = 1/n Σ_i w_{x_i}, against x_t; arguments as for `skip_gram`.

    The learning rate of the input vectors is w + 1 times that of the output vectors, see `steps`.
    """
    h, dh = np.empty_like(W[0]), np.empty_like(W[0])
    w = pairs.shape[2] // 2
    for i in range(len(pairs)):
        for t in range(pairs.shape[1]):
            x, n = words[i, t + w], np.sum(pairs[i, t])
            h[:] = 0
            for o in range(2 * w + 1):
                if pairs[i, t, o] > 0:
                    _add(h, 1 / n, W[words[i, t + o]])
            if n > 0:
                _ascend(h, V, nodes[x], turns[x], lengths[x], rates[i], dh)
            for o in range(2 * w + 1):
                if pairs[i, t, o] > 0:
                    _add(W[words[i, t + o]], (w + 1) / n, dh)


@compiled
@no_type_check
def _ascend(h: Any, V: Any, nodes: Any, turns: Any, length: int, rate: Any, dh: Any) -> None:
    """Move the v's on one path, and put rate · ∂ log p(x | h) / ∂h into dh."""
    dh[:] = 0
    for j in range(length):
        v, c = V[nodes[j]], turns[j]
        a = V.dtype.type(0)
        for k in range(len(h)):
            a += v[k] * h[k]
        g = V.dtype.type(rate * c / (1 + math.exp(c * a)))  # rate · c σ(-c v·h)
        for k in range(len(h)):
            dh[k] += g * v[k]
            v[k] += g * h[k]


@compiled
@no_type_check
def _add(row: Any, factor: Any, other: Any) -> None:
    """Row ← row + factor · other; as an expression on arrays it would take longer."""
    factor = row.dtype.type(factor)
    for k in range(len(row)):
        row[k] += factor * other[k]
