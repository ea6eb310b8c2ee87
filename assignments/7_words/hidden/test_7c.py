"""7c: Kneser-Ney: the marginal constraint, and the library's model of the same text."""

import pytest
import torch

from lecturelib.homework import close, has_shape
from lecturelib.words import NGram


@pytest.mark.points(2)
def test_marginals(student, generator):
    """With the shorter model q, each word is expected as often as it occurs; the constraint decides q."""
    for size, D in ((5, 0.75), (8, 0.4)):
        counts = torch.randint(4, (size, size), generator=generator)
        counts[:, 0], counts[1, 0], counts[2, 1:] = 0, 30, 1  # word 0 is frequent, after word 1 alone
        q = student.shorter_model(counts)
        has_shape(q, (size,), name="shorter_model")
        close(q.sum(), 1.0, name="the sum of shorter_model(counts)")
        freed = D * (counts > 0).sum(dim=1, keepdim=True)
        model = ((counts - D).clamp(min=0).double() + freed * q.double()).sum(dim=0)
        close(
            model, counts.sum(dim=0).double(), name="how often each word is expected, with shorter_model(counts) as q"
        )


@pytest.mark.points(2)
def test_smoothed_table(student, generator):
    for size, D in ((5, 0.5), (7, 0.9)):
        words = torch.randint(size, (60,), generator=generator)
        words = torch.cat(
            [words, torch.arange(size), torch.arange(size), torch.randint(size, (1,), generator=generator)]
        )
        model = NGram(2, size, smoothing="kneser-ney", discount=D).fit(words)
        counts = torch.zeros(size, size, dtype=torch.long)
        counts.index_put_((words[:-1], words[1:]), torch.tensor(1), accumulate=True)
        q = (counts > 0).sum(dim=0) / (counts > 0).sum()
        close(student.kneser_ney(counts, D, q), model.probabilities(torch.arange(size)[:, None]), name="kneser_ney")


@pytest.mark.points(1)
def test_contexts_that_never_occurred(student, generator):
    counts = torch.randint(1, 5, (9, 9), generator=generator)
    empty = torch.rand(9, generator=generator) < 0.5
    empty[0], empty[1] = True, False
    counts[empty] = 0
    q = torch.rand(9, generator=generator).softmax(dim=0)
    p = student.kneser_ney(counts, 0.6, q)
    has_shape(p, (9, 9), name="kneser_ney")
    close(p[empty], q.expand(int(empty.sum()), 9), name="the empty rows of kneser_ney")
