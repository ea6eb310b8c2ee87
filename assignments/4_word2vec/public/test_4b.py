"""4b: noise."""

import pytest

from lecturelib.homework import close


@pytest.mark.points(1)
def test_noise_distribution(student, checked):
    v = checked("4b")
    close(student.noise_distribution(v["counts"]), v["q"], name="noise_distribution")
