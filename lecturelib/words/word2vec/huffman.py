"""Huffman's code over the words of a vocabulary, and the hierarchical softmax over its tree.

Huffman, "A Method for the Construction of Minimum-Redundancy Codes", Proceedings of the IRE 40 (1952); Morin and
Bengio, "Hierarchical Probabilistic Neural Network Language Model", AISTATS 2005.

    p(x | h) = Π_j σ(c_j v_j · h)        over the inner nodes j on the path to x; c_j = ±1: its turn there

It sums to 1, because σ(a) + σ(-a) = 1 at every node, and costs as many products as the code of x has bits. Frequent
words have short codes: no prefix code has a smaller mean length, which is less than one bit above the words' entropy.

    >>> tree = huffman(counts)                          # counts: [V], falling
    >>> log_p = tree.log_prob(h, v)                     # h: [batch, dim], v: [V - 1, dim]; [batch, V] in nats
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import logsigmoid

from lecturelib import checks


class Tree(NamedTuple):
    """The path from each word to the root, padded to the L nodes of the longest.

    Attributes:
        nodes: the inner nodes passed, numbers from 0 to V - 2, the root last; V - 1 after the end.
        turns: 1 or -1, the side that the path takes at each; 0 after the end.

    """

    nodes: Int64[Tensor, "V L"]
    turns: Float[Tensor, "V L"]

    @property
    def lengths(self) -> Int64[Tensor, " V"]:
        """Return the number of bits of each word's code."""
        return (self.turns != 0).sum(dim=1)

    def log_prob(self, h: Float[Tensor, "batch dim"], v: Float[Tensor, "inner dim"]) -> Float[Tensor, "batch V"]:
        """Return log p(x | h) in nats for every word x, given the vectors of the V - 1 inner nodes: batch · V · L."""
        a = torch.cat([h @ v.T, h.new_zeros(len(h), 1)], dim=1)[:, self.nodes]  # v_j · h
        return torch.where(self.turns != 0, logsigmoid(self.turns.to(a.dtype) * a), 0.0).sum(dim=2)


def huffman(counts: Int64[Tensor, " V"]) -> Tree:
    """Return Huffman's tree: merge the two rarest trees until one is left.

    Merged trees are made in the order of rising counts, and the words stand in that of falling counts: the rarest is
    always at the front of one of these two queues, and no heap is needed.

    Args:
        counts: how often each of at least two words occurs, falling.

    Raises:
        TypeError, ValueError: not integers, the counts do not fall, or there are fewer than two.

    """
    checks.integers("counts", counts, "V")
    checks.has_values("counts", counts)
    V = len(counts)
    checks.integer_between("the number of words", V, 2, 2**40)
    if bool((counts[1:] > counts[:-1]).any()):
        raise ValueError("counts: expected falling counts, as a Vocabulary has them, got a larger one after a smaller")
    count = counts.tolist() + [0] * (V - 1)  # of the words, then of the trees in the order they are made
    parent, turn = [0] * (2 * V - 1), [0.0] * (2 * V - 1)
    word, tree = V - 1, V
    for new in range(V, 2 * V - 1):
        for side in (1.0, -1.0):
            if word >= 0 and (tree == new or count[word] <= count[tree]):
                rarest, word = word, word - 1
            else:
                rarest, tree = tree, tree + 1
            count[new] += count[rarest]
            parent[rarest], turn[rarest] = new, side
    turns = torch.tensor(turn, dtype=torch.float32, device="cpu")
    return _paths(torch.tensor(parent, device="cpu"), turns, V)


def _paths(parent: Int64[Tensor, " all"], turn: Float[Tensor, " all"], V: int) -> Tree:
    """Climb from all words to the root at once; a word that has arrived adds padding."""
    root = len(parent) - 1
    node, nodes, turns = torch.arange(V, device="cpu"), [], []
    while bool((node != root).any()):
        arrived = node == root
        nodes.append(torch.where(arrived, V - 1, parent[node] - V))
        turns.append(torch.where(arrived, 0.0, turn[node]))
        node = torch.where(arrived, root, parent[node])
    return Tree(torch.stack(nodes, dim=1), torch.stack(turns, dim=1))
