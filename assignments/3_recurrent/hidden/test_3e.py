"""3e: temperature."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_probabilities(student, generator):
    logits = 2 * torch.randn(5, 9, generator=generator)
    for temperature in (0.3, 2.5):
        close(student.at_temperature(logits, temperature), (logits / temperature).softmax(1), name="at_temperature")


@pytest.mark.points(1)
def test_temperature_zero(student, generator):
    logits = torch.randn(6, 8, generator=generator)
    logits[0, 3] = logits[0, 5] = 9.0
    expected = torch.zeros(6, 8)
    expected[range(6), [3, *logits[1:].argmax(1).tolist()]] = 1
    close(student.at_temperature(logits, 0), expected, name="at_temperature")


@pytest.mark.points(2)
def test_draws(student, generator):
    p = torch.randn(40, 7, generator=generator).softmax(1)
    k = torch.randint(7, (40,), generator=generator)
    below = torch.cat([torch.zeros(40, 1), p.double().cumsum(1)], dim=1)
    inside = 0.1 + 0.8 * torch.rand(40, generator=generator).double()
    u = below[range(40), k] + inside * p.double()[range(40), k]
    close(student.draw(p, u.float()), k, name="draw")
