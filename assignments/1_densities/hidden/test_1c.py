"""1c: draws from the FVSBN."""

import pytest
from reference import clear_draws, fvsbn

from lecturelib.homework import close


@pytest.mark.points(2)
def test_draws(student, generator):
    model = fvsbn(12, generator)
    u, x = clear_draws(model.conditionals, 9, 12, generator)
    close(student.fvsbn_sample(model.theta, model.b, u), x, name="fvsbn_sample")
