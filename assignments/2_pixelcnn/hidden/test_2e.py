"""2e: draws."""

import pytest
from reference import clear_draws, layers, network

from lecturelib.homework import close


@pytest.mark.points(3)
def test_draws(student, generator):
    convolutions = network([1, 6, 5, 1], [5, 3, 3], generator)
    u, x = clear_draws(convolutions, (3, 1, 5, 9), generator)
    close(student.sample_images(layers(convolutions), u), x, name="sample_images")


@pytest.mark.points(3)
def test_large_pictures(student, generator):
    """A call is stopped after ten seconds: the network cannot run again for every pixel."""
    convolutions = network([1, 96, 96, 96, 96, 1], [7, 3, 3, 3, 1], generator)
    u, x = clear_draws(convolutions, (4, 1, 32, 32), generator)
    close(student.sample_images(layers(convolutions), u), x, name="sample_images")
