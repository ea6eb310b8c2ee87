"""1e: logits of NADE."""

import pytest
from reference import bits, nade

from lecturelib.homework import close


@pytest.mark.points(3)
def test_logits(student, generator):
    model, x = nade(11, 5, generator), bits((7, 11), generator)
    expected = model.logits(x, fast=False)
    close(student.nade_logits(x, model.W, model.c, model.alpha, model.b), expected, name="nade_logits")
