"""Huffman's code and the hierarchical softmax."""

import heapq
import math

import pytest
import torch

from lecturelib.datasets import load
from lecturelib.words.vocabulary import Vocabulary
from lecturelib.words.word2vec import reference
from lecturelib.words.word2vec.huffman import huffman


def zipf(V):
    return (1e6 / torch.arange(3, V + 3)).long()


def heap_cost(counts):
    """Bits of the whole text, by the textbook's algorithm."""
    heap, cost = sorted(counts), 0
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        cost += merged
        heapq.heappush(heap, merged)
    return cost


@pytest.mark.parametrize(
    "counts",
    [[3, 2], [7, 7], [5, 1, 1], [4, 4, 4, 4, 4], [100, 50, 20, 9, 9, 2, 1, 1, 1], [1] * 13, zipf(500).tolist()],
)
def test_the_code_is_as_short_as_the_textbook_one(counts):
    tree = huffman(torch.tensor(counts))
    lengths = tree.lengths.tolist()
    assert sum(n * bits for n, bits in zip(counts, lengths, strict=True)) == heap_cost(counts)
    assert sum(2.0**-bits for bits in lengths) == 1  # a full tree
    codes = {tuple(reversed([turn for turn in way if turn])) for way in tree.turns.tolist()}
    assert len(codes) == len(counts)
    assert not any(a != b and b[: len(a)] == a for a in codes for b in codes) or len(counts) > 50


def test_the_root_is_the_last_node_and_nodes_lie_on_one_way():
    tree = huffman(zipf(100))
    for nodes, turns in zip(tree.nodes.tolist(), tree.turns.tolist(), strict=True):
        way = [node for node, turn in zip(nodes, turns, strict=True) if turn]
        assert way == sorted(way)
        assert way[-1] == 98
        assert all(node == 99 for node in nodes[len(way) :])


@pytest.mark.parametrize("V", [2, 3, 57, 1000])
def test_the_hierarchical_softmax_sums_to_one(V):
    g = torch.Generator().manual_seed(0)
    h = torch.randn(20, 6, dtype=torch.float64, generator=g)
    v = torch.randn(V - 1, 6, dtype=torch.float64, generator=g)
    p = huffman(zipf(V)).log_prob(h, v).exp()
    torch.testing.assert_close(p.sum(dim=1), torch.ones(20, dtype=torch.float64), rtol=1e-12, atol=0)
    assert p.std() > 1e-4


def test_the_hierarchical_softmax_is_the_references_product_along_the_path():
    g = torch.Generator().manual_seed(0)
    h, v = (torch.randn(n, 6, dtype=torch.float64, generator=g) for n in (1, 56))
    tree = huffman(zipf(57))
    paths = zip(tree.nodes, tree.turns.double(), tree.lengths.tolist(), strict=True)
    expected = [reference.hierarchical_softmax(h[0], v, nodes[:n], turns[:n]) for nodes, turns, n in paths]
    torch.testing.assert_close(tree.log_prob(h, v)[0], torch.stack(expected), rtol=1e-12, atol=0)


def excess(counts):
    """By how many bits the mean code length exceeds the entropy."""
    p = counts.double() / counts.sum()
    return ((huffman(counts).lengths * p).sum() + (p * p.log2()).sum()).item()


@pytest.mark.needs_data("brown")
def test_the_mean_length_on_brown_is_near_the_entropy():
    """Huffman promises less than 1 bit; on words it is 0.05."""
    sentences = list(load("brown").sentences("train"))
    for min_count in (1, 5):
        assert 0 <= excess(Vocabulary.of(sentences, min_count=min_count).counts) < 0.05
    assert excess(torch.tensor([98, 1, 1])) > 0.5  # not everywhere


@pytest.mark.parametrize("counts", [[1, 2], [5, 3, 4]])
def test_counts_must_fall(counts):
    with pytest.raises(ValueError, match="counts: expected falling counts"):
        huffman(torch.tensor(counts))


def test_one_word_has_no_code():
    with pytest.raises(ValueError, match="the number of words: expected an integer from 2"):
        huffman(torch.tensor([3]))
    assert math.isclose(huffman(torch.tensor([1, 1])).lengths.sum().item(), 2)
