"""1f: draws from NADE."""

import pytest
from reference import clear_draws, nade

from lecturelib.homework import close


@pytest.mark.points(3)
def test_draws(student, generator):
    model = nade(12, 6, generator)
    u, x = clear_draws(model.conditionals, 9, 12, generator)
    close(student.nade_sample(model.W, model.c, model.alpha, model.b, u), x, name="nade_sample")
