"""7h: 3CosMul and Procrustes."""

import pytest
import torch

from lecturelib.homework import close, has_shape


@pytest.mark.points(2)
def test_answers(student, checked):
    v = checked("7h")
    got = [student.analogy(v["vectors"], a, (a + 1) % 12, (a + 5) % 12) for a in range(12)]
    close(got, v["answers"].tolist(), name="answers")


@pytest.mark.points(1)
def test_question_words(student, checked):
    vectors = checked("7h")["vectors"]
    asked = [(a, (a + 3) % 12, (a + 4) % 12) for a in range(12)]
    wrong = [question for question in asked if student.analogy(vectors, *question) in question]
    assert not wrong, f"analogy: expected a word that is not in the question, got one of {wrong[0]}"


@pytest.mark.points(2)
def test_rotation(student, checked):
    v = checked("7h")
    W = student.best_rotation(v["X"], v["Z"])
    has_shape(W, (3, 3), name="best_rotation")
    close(W.T @ W, torch.eye(3), name="W^T W", atol=1e-3)
    close(W, v["W"], name="best_rotation", atol=1e-3)
    mirror = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    X = torch.tensor([[2.0, 1.0], [0.0, 3.0]])
    close(student.best_rotation(X, X @ mirror.T), mirror, name="best_rotation where Z is X, mirrored", atol=1e-3)
