"""4b: noise."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(1)
def test_noise_distribution(student, generator):
    counts = torch.randint(5000, (40,), generator=generator)
    counts[7] = 0
    q = counts.double().pow(0.75)
    close(student.noise_distribution(counts), (q / q.sum()).float(), name="noise_distribution", atol=1e-7)
