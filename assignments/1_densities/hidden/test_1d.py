"""1d: the gradient of the FVSBN, against autograd."""

import pytest
from reference import bits, fvsbn

from lecturelib.homework import close


@pytest.mark.points(3)
def test_gradient(student, generator):
    model, x = fvsbn(9, generator), bits((14, 9), generator)
    model.log_prob(x).mean().backward()
    got = student.fvsbn_gradient(x, model.theta, model.b)
    close(got, (model.theta.grad, model.b.grad), name="fvsbn_gradient")
