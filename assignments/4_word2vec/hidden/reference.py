"""Questions whose answer is clear."""

import torch
from torch.nn.functional import normalize


def questions(generator, *, sizes, planted):
    """Return vectors and questions (a, b, c, answer) whose best and second best word are well apart.

    Args:
        generator: of random numbers.
        sizes: shortest and longest vector.
        planted: make the answer a word close to b - a + c, or leave it to chance.

    """
    shortest, longest = sizes
    vectors = normalize(torch.randn(60, 8, generator=generator), dim=1)
    asked = torch.randperm(60, generator=generator)[:60].view(15, 4)
    if planted:
        a, b, c, answer = asked.T
        vectors[answer] = normalize(vectors[b] - vectors[a] + vectors[c], dim=1)
    found = []
    for a, b, c, _ in asked.tolist():
        score = vectors @ (vectors[b] - vectors[a] + vectors[c])
        score[[a, b, c]] = -torch.inf
        best, second = score.topk(2).values
        if best - second > 0.005:
            found.append((a, b, c, int(score.argmax())))
    size = shortest + (longest - shortest) * torch.rand(60, 1, generator=generator)
    return size * vectors, found
