"""word2vec's steps against the objectives of the reference, by autograd in double precision."""

from itertools import chain

import pytest
import torch

from lecturelib.words.word2vec import reference
from lecturelib.words.word2vec.batcher import Batcher
from lecturelib.words.word2vec.steps import Batch, Steps

V, DIM, WINDOW, POSITIONS, GROUP, K, DRAWN = 90, 7, 3, 64, 32, 5, 4
COUNTS = torch.arange(3 * V, 2 * V, -1) ** 2


def generator(seed):
    return torch.Generator().manual_seed(seed)


def tables(seed=1):
    g = generator(seed)
    return [torch.randn(V + 1, DIM, dtype=torch.float64, generator=g) for _ in range(2)]


def batch(words=41, sentence_length=9):
    """One batch with sentences of nine words, repeated ones among them, and padding at its end."""
    g = generator(2)
    x = torch.randint(0, V, (words,), generator=g)
    x[5:9], x[20:24] = x[4], x[4]
    batcher = Batcher(COUNTS, WINDOW, POSITIONS, subsample=0)
    chunk = batcher.cut(x, torch.arange(words) // sentence_length, g)
    noise = torch.randint(0, V, (1, POSITIONS // GROUP * DRAWN), generator=g)
    noise[0, 1] = noise[0, 0]
    return Batch(chunk.words[0], chunk.pairs[0].double(), chunk.n[0].double(), noise[0])


def context(one, t):
    """The positions paired with t, as the numbers that they have among the words seen."""
    return [t + o for o in range(2 * WINDOW + 1) if one.pairs[t, o] > 0]


def objective(model, loss, one, w, v):
    """What a step ascends: the sum over all predictions, noise words shared by a group and weighted to stand for k."""
    total = w.new_zeros(())
    for t in range(POSITIONS):
        shared = one.noise[t // GROUP * DRAWN :][:DRAWN]
        for inputs, target in reference.predictions(model, one.words.tolist(), t + WINDOW, context(one, t)):
            h = w[inputs].mean(dim=0)
            if loss == "softmax":
                total = total + reference.full_softmax(h, v[:-1], target)
            else:
                total = total + reference.negative_sampling(h, v, target, shared, K)
    return total


@pytest.mark.parametrize("loss", ["negative", "softmax"])
@pytest.mark.parametrize("model", ["skip-gram", "cbow"])
def test_the_step_is_the_gradient_of_the_reference(model, loss):
    w, v = tables()
    one = batch()
    assert any(not context(one, t) for t in range(POSITIONS))  # the padding
    assert len({len(context(one, t)) for t in range(POSITIONS)}) > 3

    W, U = w.clone().requires_grad_(), v.clone().requires_grad_()
    objective(model, loss, one, W, U).backward()

    stepped = w.clone(), v.clone()
    steps = Steps(*stepped, window=WINDOW, positions=POSITIONS, negative=K, group=GROUP, cap=1e9)
    getattr(steps, f"{model.replace('-', '_')}_{loss}")(one, learning_rate=1e-3)
    faster = WINDOW + 1 if model == "cbow" else 1  # the learning rate of the input vectors of CBOW
    for before, after, exact, times in zip((w, v), stepped, (W, U), (faster, 1), strict=True):
        torch.testing.assert_close((after - before) / (1e-3 * times), exact.grad, rtol=1e-8, atol=1e-9)
        assert exact.grad.abs().max() > 0.1


@pytest.mark.parametrize("inputs", [[4], [4, 7, 7, 1]])  # skip-gram's, and CBOW's with a repeated word
@pytest.mark.parametrize("noise", [[3, 9, 20], [3, 3, 5]])  # the word itself may be drawn as noise
def test_the_references_step_is_its_gradient(inputs, noise):
    w, v = tables()
    W, U = w.clone().requires_grad_(), v.clone().requires_grad_()
    reference.negative_sampling(W[inputs].mean(dim=0), U, 5, torch.tensor(noise), len(noise)).backward()
    stepped = w.clone(), v.clone()
    reference.negative_sampling_step(*stepped, inputs, 5, torch.tensor(noise), learning_rate=0.1)
    for before, after, exact in zip((w, v), stepped, (W, U), strict=True):
        torch.testing.assert_close(after - before, 0.1 * exact.grad, rtol=1e-12, atol=1e-12)
        assert exact.grad.abs().max() > 0.1


def test_the_references_windows_are_the_batchers():
    """Both draw b ~ U{1, …, w}: over many sentences every pair of positions is as frequent."""
    length, sentences, g = 9, 2000, generator(3)
    counts = torch.zeros(2, length, length)
    for t, near in chain.from_iterable(reference.windows(length, WINDOW, g) for _ in range(sentences)):
        counts[0, t, near] += 1
    batcher = Batcher(COUNTS, WINDOW, length * sentences, subsample=0)
    x = torch.arange(length).repeat(sentences)
    chunk = batcher.cut(x, torch.arange(sentences).repeat_interleave(length), g)
    for t, o in chunk.pairs[0].nonzero().tolist():
        counts[1, t % length, t % length + o - WINDOW] += 1
    p = counts / sentences
    assert torch.equal(p[0] > 0, p[1] > 0)
    assert (p[0] - p[1]).abs().max() < 4.5 * (0.5 / sentences) ** 0.5
    assert p[0, 4].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1, 0, 1, 2 / 3, 1 / 3, 0], abs=0.05)
