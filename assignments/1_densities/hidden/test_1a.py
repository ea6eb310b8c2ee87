"""1a: logits of the FVSBN."""

import pytest
from reference import bits, fvsbn

from lecturelib.homework import close


@pytest.mark.points(2)
def test_logits(student, generator):
    model, x = fvsbn(11, generator), bits((7, 11), generator)
    close(student.fvsbn_logits(x, model.theta, model.b), model.logits(x), name="fvsbn_logits")
