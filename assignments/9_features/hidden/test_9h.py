"""9h: the table, cell by cell."""

import itertools
from statistics import mean, stdev

import pytest
import torch

from lecturelib.homework import close


def drawn(generator, seeds=3, tasks=5, networks=4):
    """Return scores in quarters of a percent, and their means as nested lists."""
    base = torch.randint(120, 240, (1, tasks, 1), generator=generator)
    scores = (base + torch.randint(-40, 41, (seeds, tasks, networks), generator=generator)) / 4
    means = [[mean(scores[:, t, k].tolist()) for k in range(networks)] for t in range(tasks)]
    return scores, means


@pytest.mark.points(1)
def test_ranks(student, generator):
    """Means of four seeds that are no tie."""
    scores, _ = drawn(generator, seeds=4)
    scores = scores + torch.arange(5)[:, None] / 128
    order = scores.double().mean(dim=0).argsort(dim=0, descending=True)
    right = torch.empty(5, 4)
    for k in range(4):
        right[order[:, k], k] = torch.arange(1.0, 6.0)
    close(student.ranks(scores), right, name="ranks")


@pytest.mark.points(1)
def test_level_tasks(student, generator):
    """The same with every seed."""
    places = torch.tensor([[1.5, 1.5, 3, 4.5, 4.5, 6], [1, 3, 3, 3, 5.5, 5.5], [3.5] * 6]).T
    places = places[torch.randperm(6, generator=generator)]
    accuracy = 60 - 2 * places + torch.randint(9, (1, 3), generator=generator)
    close(student.ranks(accuracy.repeat(2, 1, 1)), places, name="ranks, where tasks are level")


@pytest.mark.points(1)
def test_everywhere(student, generator):
    for tasks, networks in ((6, 3), (4, 5)):
        scores, means = drawn(generator, 3, tasks, networks)
        pairs = [[all(a > b for a, b in zip(one, other, strict=True)) for other in means] for one in means]
        close(student.everywhere(scores), torch.tensor(pairs), name="everywhere")


@pytest.mark.points(2)
def test_crossings(student, generator):
    for tasks, networks in ((6, 3), (4, 5)):
        _, means = drawn(generator, 1, tasks, networks)
        means[1] = list(means[0])  # two tasks that are level with every network
        right = torch.zeros(networks, networks, dtype=torch.long)
        for (one, other), k, m in itertools.product(itertools.combinations(means, 2), range(networks), range(networks)):
            right[k, m] += (one[k] - other[k]) * (one[m] - other[m]) < 0
        close(student.crossings(torch.tensor(means)[None]), right, name="crossings")


@pytest.mark.points(1)
def test_interaction(student, generator):
    for seeds in (3, 5):
        scores, _ = drawn(generator, seeds)
        i, j, *_ = torch.randperm(5, generator=generator).tolist()
        k, m, *_ = torch.randperm(4, generator=generator).tolist()
        more = [(s[i, k] - s[j, k] - s[i, m] + s[j, m]).item() for s in scores]
        close(student.interaction(scores, i, j, k, m), (mean(more), stdev(more) / seeds**0.5), name="interaction")
