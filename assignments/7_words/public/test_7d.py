"""7d: Bengio's network."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_log_probabilities(student, checked):
    v = checked("7d")
    got = student.next_word_log_p(v["words"], v["C"], v["H"], v["d"], v["U"], v["b"])
    close(got, v["log_p"], name="next_word_log_p")


@pytest.mark.points(1)
def test_large_scores(student):
    C, H, U, b = torch.zeros(3, 2), torch.zeros(4, 4), torch.zeros(3, 4), torch.tensor([0.0, 500.0, 900.0])
    got = student.next_word_log_p(torch.tensor([[0, 1]]), C, H, torch.zeros(4), U, b)
    close(got, torch.tensor([[-900.0, -400.0, 0.0]]), name="next_word_log_p")
