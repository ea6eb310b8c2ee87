"""7f: CBOW, against the library's one prediction at a time, and autograd."""

import pytest
import torch

from lecturelib.homework import close
from lecturelib.words.word2vec.reference import full_softmax


def drawn(generator, short):
    """Return windows, middle words and vectors."""
    windows, middle = (torch.randint(6, shape, generator=generator) for shape in ((8, 4), (8,)))
    if short:
        missing = torch.rand(8, 4, generator=generator) < 0.5
        missing[torch.arange(8), torch.randint(4, (8,), generator=generator)] = False
        missing[0] = torch.tensor([True, False, False, True])
        windows[missing] = -1
    return windows, middle, torch.randn(6, 3, generator=generator), torch.randn(6, 3, generator=generator)


def loss(windows, middle, W, V):
    terms = []
    for row, x in zip(windows.tolist(), middle.tolist(), strict=True):
        terms.append(-full_softmax(W[[w for w in row if w >= 0]].mean(dim=0), V, x))
    return torch.stack(terms).mean()


@pytest.mark.points(1)
def test_loss(student, generator):
    given = drawn(generator, short=False)
    close(student.cbow_loss(*given), loss(*given).item(), name="cbow_loss")


@pytest.mark.points(1)
def test_short_windows(student, generator):
    windows, middle, W, V = drawn(generator, short=True)
    for one, x in zip(windows.split(1), middle.split(1), strict=True):
        close(
            student.cbow_loss(one, x, W, V), loss(one, x, W, V).item(), name=f"cbow_loss of the window {one.tolist()}"
        )


@pytest.mark.points(2)
def test_gradient(student, generator):
    windows, middle, W, V = drawn(generator, short=True)
    W.requires_grad_()
    V.requires_grad_()
    loss(windows, middle, W, V).backward()
    got = student.cbow_gradient(windows, middle, W.detach(), V.detach())
    close(got, (W.grad, V.grad), name="cbow_gradient")
