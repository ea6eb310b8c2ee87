"""7d: Bengio's network, against the library's."""

import pytest
import torch
from reference import network

from lecturelib.homework import close


@pytest.mark.points(2)
def test_log_probabilities(student, generator):
    for before in (3, 2):
        model, tables = network(generator, size=7, features=4, units=5, before=before)
        words = torch.randint(7, (6, before), generator=generator)
        expected = model(words).detach().log_softmax(dim=1)
        close(student.next_word_log_p(words, *tables), expected, name="next_word_log_p")


@pytest.mark.points(1)
def test_large_scores(student, generator):
    b = 1000 * torch.rand(8, generator=generator)
    C, H, U = torch.zeros(8, 2), torch.zeros(3, 4), torch.zeros(8, 3)
    words = torch.randint(8, (4, 2), generator=generator)
    expected = (b.double() - b.double().logsumexp(dim=0)).expand(4, 8)
    got = student.next_word_log_p(words, C, H, torch.zeros(3), U, b)
    close(got, expected, name="next_word_log_p", atol=1e-2)
