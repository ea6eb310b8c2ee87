"""7h: 3CosMul, and Procrustes against the library."""

import pytest
import torch
from reference import questions

from lecturelib.homework import close, has_shape
from lecturelib.words.translation import LinearMap


@pytest.mark.points(2)
def test_answers(student, generator):
    vectors, asked = questions(generator, alike=False)
    assert len(asked) > 5
    close([student.analogy(vectors, *q[:3]) for q in asked], [q[3] for q in asked], name="answers")


@pytest.mark.points(1)
def test_question_words(student, generator):
    vectors, asked = questions(generator, alike=True)
    assert len(asked) > 5
    close([student.analogy(vectors, *q[:3]) for q in asked], [q[3] for q in asked], name="answers")


@pytest.mark.points(2)
def test_rotation(student, generator):
    for mirrored in (False, True):
        X = torch.randn(20, 4, generator=generator)
        turn = torch.linalg.qr(torch.randn(4, 4, generator=generator)).Q
        turn[0] *= -1 if (torch.linalg.det(turn) < 0) != mirrored else 1
        Z = X @ turn.T + 0.3 * torch.randn(20, 4, generator=generator)
        W = student.best_rotation(X, Z)
        has_shape(W, (4, 4), name="best_rotation")
        close(W.T @ W, torch.eye(4), name="W^T W", atol=1e-3)
        close(W, LinearMap("procrustes").fit(X, Z).W, name="best_rotation", atol=1e-3)
