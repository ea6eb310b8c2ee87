"""8d: gaps are filled in, by words that were chosen first; the pseudo-likelihood, by adding up."""

import itertools
import math

import pytest
import torch

from lecturelib.homework import close


def text(generator):
    """Return logits and a text of words 0 to 9 with some [MASK]s."""
    logits, x = torch.randn(4, 9, 10, generator=generator), torch.randint(10, (4, 9), generator=generator)
    return logits, x.masked_fill(torch.rand(4, 9, generator=generator) < 0.5, 10)


@pytest.mark.points(1)
def test_best(student, generator):
    logits, x = text(generator)
    w = torch.randint(10, (4, 9), generator=generator)
    logits.scatter_(2, w[..., None], 5.0)
    close(student.best_words(logits, x, 10), torch.where(x == 10, w, x), name="best_words")


@pytest.mark.points(2)
def test_drawn(student, generator):
    """u is in the middle of the interval of a word that was drawn before."""
    for temperature in (0.6, 2.5):
        logits, x = text(generator)
        p = (logits.double() / temperature).softmax(dim=2)
        likely = (p > 0.01).double().flatten(0, 1)
        w = torch.multinomial(likely, 1, generator=generator).view(4, 9)
        up_to, own = p.cumsum(dim=2).gather(2, w[..., None]), p.gather(2, w[..., None])
        u = (up_to - own / 2)[..., 0].float()
        close(student.draw_words(logits, x, 10, u, temperature), torch.where(x == 10, w, x), name="draw_words")


@pytest.mark.points(2)
def test_pseudo_likelihood(student, generator):
    for shape, scale in (((4, 4), 2), ((3, 3, 3), 2), ((2, 2, 2, 2), 300)):
        log_p = (scale * torch.randn(math.prod(shape), generator=generator)).log_softmax(dim=0).view(shape)
        right = torch.zeros(shape, dtype=torch.double)
        for x in itertools.product(*map(range, shape)):
            for i in range(len(shape)):
                line = torch.stack([log_p[(*x[:i], w, *x[i + 1 :])] for w in range(shape[i])])
                right[x] += line.double().log_softmax(dim=0)[x[i]]
        name = f"pseudo_log_likelihood of {len(shape)} words"
        close(student.pseudo_log_likelihood(log_p), right, name=name, atol=1e-3)
