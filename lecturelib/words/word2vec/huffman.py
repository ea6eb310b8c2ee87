"""Huffman's code over the words of a vocabulary, and the hierarchical softmax over its tree.

Huffman, "A Method for the Construction of Minimum-Redundancy Codes", Proceedings of the IRE 40 (1952); Morin and
Bengio, "Hierarchical Probabilistic Neural Network Language Model", AISTATS 2005.

    p(x | h) = Π_j σ(c_j v_j · h)        over the inner nodes j on the way to x; c_j = ±1 says where it turns there

It sums to 1, because σ(a) + σ(-a) = 1 at every node, and costs as many products as x has bits. Frequent words have few:
no code that is read bit by bit has a smaller mean length, which lies less than one bit above the words' entropy.

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
    """The ways between each word and the root, padded to the longest one's L nodes.

    Attributes:
        nodes: the inner nodes passed, numbers from 0 to V - 2, the root last; V - 1 after the end.
        turns: 1 or -1, where the way turns at each; 0 after the end.

    """

    nodes: Int64[Tensor, "V L"]
    turns: Float[Tensor, "V L"]

    @property
    def lengths(self) -> Int64[Tensor, " V"]:
        """Bits of each word's code."""
        return (self.turns != 0).sum(dim=1)

    def log_prob(self, h: Float[Tensor, "batch dim"], v: Float[Tensor, "inner dim"]) -> Float[Tensor, "batch V"]:
        """log p(x | h) in nats for every word x, given the vectors of the V - 1 inner nodes; takes batch · V · L."""
        a = torch.cat([h @ v.T, h.new_zeros(len(h), 1)], dim=1)[:, self.nodes]  # v_j · h
        return torch.where(self.turns != 0, logsigmoid(self.turns.to(a.dtype) * a), 0.0).sum(dim=2)


def huffman(counts: Int64[Tensor, " V"]) -> Tree:
    """Merge the two rarest trees until one is left.

    The trees that are made get more and more frequent, as the words do from the last to the first: the rarest is always
    at the front of one of these two queues, and no heap is needed.

    Args:
        counts: how often each of at least two words came, falling.

    Raises:
        ValueError: the counts do not fall, or there are fewer than two.

    """
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
    return _ways(torch.tensor(parent), torch.tensor(turn), V)


def _ways(parent: Int64[Tensor, " all"], turn: Float[Tensor, " all"], V: int) -> Tree:
    """Climb from all words to the root at once; who is there stays and adds padding."""
    root = len(parent) - 1
    place, nodes, turns = torch.arange(V), [], []
    while bool((place != root).any()):
        there = place == root
        nodes.append(torch.where(there, V - 1, parent[place] - V))
        turns.append(torch.where(there, 0.0, turn[place]))
        place = torch.where(there, root, parent[place])
    return Tree(torch.stack(nodes, dim=1), torch.stack(turns, dim=1))
