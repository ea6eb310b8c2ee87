"""7g: the hierarchical softmax."""

import math

import pytest
import torch

from lecturelib.homework import close, has_shape


@pytest.mark.points(2)
def test_sums_to_one(student, checked):
    v = checked("7g")
    for nodes, turns, expected in zip(v["nodes"], v["turns"], v["log_p"], strict=True):
        close(student.path_log_p(v["h"], v["v"], nodes, turns), expected.item(), name="path_log_p")
    turns = ([1.0], [-1.0, 1.0], [-1.0, -1.0])  # a tree of three words
    paths = [(torch.tensor([2, 0])[: len(c)], torch.tensor(c)) for c in turns]
    total = sum(math.exp(float(student.path_log_p(v["h"], v["v"], *path))) for path in paths)
    close(total, 1.0, name="the sum of exp(path_log_p) over the three words of a tree")


@pytest.mark.points(1)
def test_large_products(student):
    for turn, expected in ((-1.0, -400.0), (1.0, 0.0)):
        got = student.path_log_p(torch.ones(1), torch.tensor([[400.0]]), torch.tensor([0]), torch.tensor([turn]))
        close(got, expected, name=f"path_log_p of a path of one node, turn {turn:g}")


@pytest.mark.points(2)
def test_path_lengths(student, checked):
    v = checked("7g")
    lengths = student.path_lengths(v["counts"])
    has_shape(lengths, (6,), name="path_lengths")
    close(sum(2.0**-n for n in lengths.tolist()), 1.0, name="the sum of 2^-length over all words")
    mean = (v["counts"] * lengths).sum().item() / v["counts"].sum().item()
    close(mean, v["mean"].item(), name="the mean of path_lengths")
    close(student.path_lengths(torch.tensor([1, 5, 1, 2])), torch.tensor([3, 1, 3, 2]), name="path_lengths")


@pytest.mark.points(1)
def test_tree_cost(student, checked):
    v = checked("7g")
    got = student.tree_cost(v["counts"], v["lengths"])
    close(got, (v["mean"].item(), v["entropy"].item()), name="tree_cost")
