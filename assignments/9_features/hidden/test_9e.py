"""9e: puzzles: distances one by one, the choice step by step, and what a set of orders allows by trying it out."""

import itertools
import math

import pytest
import torch

from lecturelib.homework import close, several
from lecturelib.pretext.jigsaw import permutations


def apart(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True))


def farthest(rows, taken):
    return max(rows, key=lambda row: min(apart(row, other) for other in taken))


@pytest.mark.points(1)
def test_distances(student, generator):
    for count, tiles in ((6, 5), (4, 9)):
        orders = torch.stack([torch.randperm(tiles, generator=generator) for _ in range(count)])
        right = torch.tensor([[apart(one, other) for other in orders.tolist()] for one in orders.tolist()])
        close(student.distances(orders), right, name="distances")


@pytest.mark.points(2)
def test_choice(student, generator):
    for tiles, count in ((4, 9), (5, 12)):
        every = torch.tensor(list(itertools.permutations(range(tiles))))
        candidates = every[torch.randperm(len(every), generator=generator)]
        rows = candidates.tolist()
        taken = rows[:1]
        while len(taken) < count:
            taken.append(farthest(rows, taken))
        close(student.choose(candidates, count), torch.tensor(taken), name=f"choose, {count} orders of {tiles} tiles")


@pytest.mark.points(2)
def test_facts(student, generator):
    """Tiles decide if no two orders agree in them; wrong tiles, by all that can be seen of an order of four tiles."""
    for count, tiles in ((4, 4), (3, 4), (9, 4), (12, 6)):
        orders = permutations(count, tiles=tiles, generator=generator)
        rows = orders.tolist()
        decide = next(
            m
            for m in range(1, tiles + 1)
            if all(
                len({tuple(row[k] for k in shown) for row in rows}) == count
                for shown in itertools.combinations(range(tiles), m)
            )
        )
        got = several(student.facts(orders), 3, name="facts")
        close(got[:2], (math.log2(count), decide), name=f"(bits, tiles that decide) of {count} orders of {tiles} tiles")
        if tiles == 4:
            close(got[2], corrected(rows), name=f"wrong tiles that are corrected, {count} orders of 4 tiles")


def corrected(rows):
    """Return how many tiles may be wrong in everything that can be seen of these orders of four tiles."""
    sure = len(rows[0])
    for seen in itertools.product(range(4), repeat=4):
        far = sorted(apart(row, seen) for row in rows)
        sure = min(sure, far[1] - 1)  # so many wrong tiles in the second nearest would make it the true one
    return sure


@pytest.mark.points(1)
def test_nearest(student, generator):
    orders = torch.stack([torch.randperm(6, generator=generator) for _ in range(8)])
    seen = orders[torch.randint(8, (20,), generator=generator)]
    wrong = torch.rand(20, 6, generator=generator) < 0.5
    seen = torch.where(wrong, torch.randint(6, (20, 6), generator=generator), seen)
    right = []
    for row in seen.tolist():
        far = [apart(row, order) for order in orders.tolist()]
        right.append(far.index(min(far)))
    close(student.nearest_order(seen, orders), torch.tensor(right), name="nearest_order")


@pytest.mark.points(1)
def test_normalised(student, generator):
    """Light and contrast of each tile change nothing."""
    tiles = torch.rand(3, 4, 2, 5, 5, generator=generator)
    tiles[1, 2, 0] = torch.randint(5, (), generator=generator).item() / 4
    right = torch.zeros(tiles.shape, dtype=torch.double)
    for index in itertools.product(range(3), range(4), range(2)):
        channel = tiles[index].double()
        if index != (1, 2, 0):
            right[index] = (channel - channel.mean()) / channel.std()
    close(student.normalised(tiles), right, name="normalised", atol=1e-4)
    light = 0.2 + torch.rand(3, 4, 2, 1, 1, generator=generator)
    light[1, 2, 0] = 1
    close(student.normalised(light * tiles), right, name="normalised, in another light", atol=1e-3)
