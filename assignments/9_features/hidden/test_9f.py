"""9f: InfoNCE, against the library's; its best score and loss, by going through all candidates."""

import itertools
import math

import pytest
import torch

from lecturelib.contrastive import info_nce
from lecturelib.homework import close


def table(generator, contexts, values):
    """Return p(c, x) with some zeros, but none in its margins."""
    joint = torch.rand(contexts, values, generator=generator).double() ** 2
    joint[torch.rand(contexts, values, generator=generator) < 0.3] = 0
    joint[torch.arange(contexts), torch.arange(contexts) % values] += 0.2
    joint[torch.arange(values) % contexts, torch.arange(values)] += 0.2
    joint[0, 1] = 0
    return joint / joint.sum()


@pytest.mark.points(1)
def test_info_nce(student, generator):
    for n in (5, 9):
        predicted, z = torch.randn(2, n, 3, generator=generator)
        loss = info_nce(predicted, z).item()
        close(student.info_nce(predicted @ z.T), (loss, math.log(n) - loss), name="info_nce")


@pytest.mark.points(1)
def test_large_scores(student, generator):
    """A table of scores that is the same for contexts and candidates."""
    scores = 400 * torch.randn(7, 7, generator=generator)
    scores = scores + scores.T
    log_p = scores.double() - scores.double().logsumexp(dim=1, keepdim=True)
    loss = -log_p.diagonal().mean().item()
    close(student.info_nce(scores), (loss, math.log(7) - loss), name="info_nce of large scores", atol=1e-3)


@pytest.mark.points(1)
def test_best_scores(student, generator):
    for contexts, values in ((3, 4), (5, 2)):
        joint = table(generator, contexts, values)
        right = torch.full((contexts, values), -math.inf, dtype=torch.double)
        for c, x in (joint > 0).nonzero().tolist():
            right[c, x] = math.log(joint[c, x] / joint[c].sum() / joint[:, x].sum())
        close(student.best_scores(joint.float()), right, name="best_scores", atol=1e-4)


@pytest.mark.points(1)
def test_information(student, generator):
    for contexts, values in ((3, 4), (5, 2)):
        joint = table(generator, contexts, values)
        right = sum(
            joint[c, x].item() * math.log(joint[c, x] / joint[c].sum() / joint[:, x].sum())
            for c, x in (joint > 0).nonzero().tolist()
        )
        close(student.information(joint.float()), right, name="information", atol=1e-4)


@pytest.mark.points(2)
def test_best_loss(student, generator):
    for contexts, values, n in ((3, 3, 2), (2, 4, 3), (4, 2, 4)):
        joint = table(generator, contexts, values)
        p_c, p_x = joint.sum(dim=1).tolist(), joint.sum(dim=0).tolist()
        p, right = joint.tolist(), 0.0
        for c, *x in itertools.product(range(contexts), *[range(values)] * n):
            chance = p[c][x[0]] * math.prod(p_x[k] for k in x[1:])
            if chance > 0:
                r = [p[c][k] / p_c[c] / p_x[k] for k in x]
                right += chance * math.log(sum(r) / r[0])
        close(student.best_loss(joint.float(), n), right, name=f"best_loss with {n} candidates", atol=1e-4)
