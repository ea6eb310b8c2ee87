"""8f: any order."""

import itertools

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_order(student, checked):
    """For every order the probabilities of all 64 images sum to 1."""
    v = checked("8f")
    weights = v["A"], v["B"], v["b"]
    close(student.order_log_prob(v["x"], v["order"], *weights), v["log_prob"], name="order_log_prob")
    every = torch.tensor(list(itertools.product([0.0, 1.0], repeat=6)))
    total = student.order_log_prob(every, v["order"].flip(0), *weights).exp().sum()
    close(total, torch.tensor(1.0), name="the sum of the probabilities of all images")


@pytest.mark.points(2)
def test_complete(student, checked):
    v = checked("8f")
    for x, name in ((v["x"], "complete"), (v["x"] * v["m"], "complete, with other pixels where m is 0")):
        found = student.complete(x, v["m"], v["order"], v["u"], v["A"], v["B"], v["b"])
        close(found, v["completed"], name=name)
