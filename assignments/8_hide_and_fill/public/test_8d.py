"""8d: gaps are filled in; the pseudo-likelihood."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_best(student, checked):
    v = checked("8d")
    close(student.best_words(v["logits"], v["x"], 8), v["best"], name="best_words")


@pytest.mark.points(2)
def test_drawn(student, checked):
    v = checked("8d")
    close(student.draw_words(v["logits"], v["x"], 8, v["u"], 2.5), v["drawn"], name="draw_words")


@pytest.mark.points(2)
def test_pseudo_likelihood(student, checked):
    v = checked("8d")
    close(student.pseudo_log_likelihood(v["log_p"]), v["pseudo"], name="pseudo_log_likelihood")
    log_p = torch.tensor([[0.5, 0.0], [0.0, 0.5]]).log().clamp(min=-1000)
    expected = torch.tensor([[0.0, -1998.6137], [-1998.6137, 0.0]])
    close(student.pseudo_log_likelihood(log_p), expected, name="pseudo_log_likelihood of small probabilities")
