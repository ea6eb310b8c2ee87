"""The library's networks with drawn weights, and analogies whose answer is clear."""

import torch
from torch.nn.functional import normalize

from lecturelib.words import NeuralLM


def network(generator, *, size, features, units, before):
    """Return a NeuralLM with drawn weights and its C, H, d, U and b."""
    model = NeuralLM(size, embedding_dim=features, hidden_size=units, order=before + 1)
    tables = [model.C, model.H, model.d, model.U, model.b]
    with torch.no_grad():
        for table in tables:
            table.copy_(torch.randn(table.shape, generator=generator))
    return model, [table.detach().clone() for table in tables]


def questions(generator, *, alike):
    """Return vectors and questions (a, b, c, answer) whose best word is well ahead.

    Args:
        generator: of random numbers.
        alike: vectors of one length, and questions on which 3CosMul and 3CosAdd agree, but not without the rule that
            leaves out the question's words; or vectors of several lengths, where that rule changes nothing, and
            questions of which about a half have another answer by 3CosAdd.

    """
    V = 60
    unit = normalize(torch.randn(V, 6, generator=generator), dim=1)
    cos = unit @ unit.T
    chosen = {True: [], False: []}
    for _ in range(2000):
        a, b, c = torch.randperm(V, generator=generator)[:3].tolist()
        s = (1 + cos) / 2
        product, total = s[b] * s[c] / (s[a] + 0.001), cos[b] - cos[a] + cos[c]
        found = []
        for score in (product, total):
            left = score.clone()
            left[[a, b, c]] = -torch.inf
            best, second = left.topk(2).values.tolist()
            found.append((int(left.argmax()), int(score.argmax()), best - second))
        (mul, free, gap), (add, _, other_gap) = found
        if gap < 0.01 or other_gap < 0.01 or (free in (a, b)) or (alike == (mul == free)) or (alike and mul != add):
            continue
        chosen[mul == add].append((a, b, c, mul))
    asked = chosen[True][:10] + chosen[False][:10]
    length = torch.ones(V, 1) if alike else 0.2 + 4 * torch.rand(V, 1, generator=generator)
    return length * unit, asked
