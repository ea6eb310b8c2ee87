"""4a: pairs."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_pairs(student, generator):
    for n, window in ((13, 3), (4, 6), (9, 1)):
        words = torch.randint(5, (n,), generator=generator)
        pairs = [(t, i) for t in range(n) for i in range(n) if 0 < abs(t - i) <= window]
        expected = tuple(words[list(places)] for places in zip(*pairs, strict=True))
        close(student.skip_gram_pairs(words, window), expected, name="skip_gram_pairs")
