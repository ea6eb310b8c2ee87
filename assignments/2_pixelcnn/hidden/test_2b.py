"""2b: masks for colours."""

import pytest
import torch

from lecturelib.autoregressive.masked import raster_mask
from lecturelib.homework import close


def sizes(generator):
    """Numbers of feature maps and an odd size; there are too many for a table."""
    maps, size = torch.randint(1, 20, (2, 4), generator=generator), torch.randint(1, 9, (4,), generator=generator)
    return [(3 * a, 3 * b, 2 * k + 1) for a, b, k in zip(*maps.tolist(), size.tolist(), strict=True)]


@pytest.mark.points(2)
def test_mask_a(student, generator):
    for out, _, size in sizes(generator):
        close(student.colour_mask(out, 3, size, "A"), raster_mask(out, 3, (size, size), "A", 3), name="colour_mask")


@pytest.mark.points(2)
def test_mask_b(student, generator):
    for out, inside, size in [*sizes(generator), (6, 12, 1)]:
        expected = raster_mask(out, inside, (size, size), "B", 3)
        close(student.colour_mask(out, inside, size, "B"), expected, name="colour_mask")
