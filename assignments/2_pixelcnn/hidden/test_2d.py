"""2d: the log-likelihood of a picture."""

import pytest
import torch

from lecturelib.autoregressive import pixels
from lecturelib.homework import close


@pytest.mark.points(2)
def test_log_prob(student, generator):
    scores = 3 * torch.randn(4, 8, 3, 5, 4, generator=generator)
    x = torch.randint(8, (4, 3, 5, 4), generator=generator)
    close(student.image_log_prob(scores, x), pixels.log_prob(scores, x), name="image_log_prob")
