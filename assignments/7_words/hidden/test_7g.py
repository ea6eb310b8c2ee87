"""7g: the hierarchical softmax, over trees of the library."""

import math

import pytest
import torch

from lecturelib.homework import close, has_shape
from lecturelib.words.word2vec.huffman import huffman


def drawn_counts(generator, size):
    """Return counts from 1 on, falling, as the library's trees ask for."""
    return torch.randint(1, 50, (size,), generator=generator).sort(descending=True).values


def paths(tree):
    """Return nodes and turns of each word, from the root on."""
    for nodes, turns, length in zip(tree.nodes, tree.turns, tree.lengths.tolist(), strict=True):
        yield nodes[:length].flip(0), turns[:length].flip(0)


@pytest.mark.points(2)
def test_sums_to_one(student, generator):
    tree = huffman(drawn_counts(generator, 9))
    h, v = torch.randn(4, generator=generator), torch.randn(8, 4, generator=generator)
    got = [student.path_log_p(h, v, nodes, turns) for nodes, turns in paths(tree)]
    for log_p, expected, (_, turns) in zip(got, tree.log_prob(h[None], v)[0], paths(tree), strict=True):
        close(log_p, expected.item(), name=f"path_log_p with the turns {turns.int().tolist()}")
    close(sum(math.exp(float(log_p)) for log_p in got), 1.0, name="the sum of exp(path_log_p) over all words")


@pytest.mark.points(1)
def test_large_products(student, generator):
    v = 150 + 800 * torch.rand(5, 1, generator=generator)
    for node, turn in ((1, -1.0), (3, 1.0), (4, -1.0)):
        got = student.path_log_p(torch.ones(1), v, torch.tensor([node]), torch.tensor([turn]))
        close(got, -v[node].item() if turn < 0 else 0.0, name=f"path_log_p of a path of one node, turn {turn:g}")


@pytest.mark.points(2)
def test_path_lengths(student, generator):
    for size in (2, 7, 12):
        counts = drawn_counts(generator, size)
        best = (counts * huffman(counts).lengths).sum().item() / counts.sum().item()
        counts = counts[torch.randperm(size, generator=generator)]
        lengths = student.path_lengths(counts)
        has_shape(lengths, (size,), name="path_lengths")
        close(sum(2.0**-n for n in lengths.tolist()), 1.0, name="the sum of 2^-length over all words")
        close((counts * lengths).sum().item() / counts.sum().item(), best, name="the mean of path_lengths")


@pytest.mark.points(1)
def test_tree_cost(student, generator):
    counts, lengths = drawn_counts(generator, 11), torch.randint(1, 9, (11,), generator=generator)
    p = [c / counts.sum().item() for c in counts.tolist()]
    mean = sum(share * n for share, n in zip(p, lengths.tolist(), strict=True))
    close(student.tree_cost(counts, lengths), (mean, -sum(x * math.log2(x) for x in p)), name="tree_cost")
