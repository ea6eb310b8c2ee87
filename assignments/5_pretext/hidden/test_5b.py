"""5b: colours."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_colours(student, generator):
    size = 1 + 20 * torch.rand(6, 3, 1, 1, generator=generator)
    x, noise = size * torch.rand(6, 3, 5, 4, generator=generator), torch.randn(6, 3, 5, 4, generator=generator)
    keep = torch.randint(3, (6,), generator=generator)
    expected = torch.stack([x[n, k].std() / 100 * noise[n] for n, k in enumerate(keep)])
    expected[range(6), keep] = x[range(6), keep]
    close(student.channel_drop(x, keep, noise), expected, name="channel_drop")
