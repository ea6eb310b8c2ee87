"""4e: a step, in which rows are there many times."""

import pytest
import torch

from lecturelib.homework import close


@pytest.mark.points(2)
def test_step(student, generator):
    W, V = torch.randn(6, 4, generator=generator), torch.randn(6, 4, generator=generator)
    centres, contexts = torch.randint(3, (20,), generator=generator), torch.randint(6, (20,), generator=generator)
    negatives = torch.randint(6, (20, 3), generator=generator)
    gradients = tuple(torch.randn(*shape, generator=generator) for shape in ((20, 4), (20, 4), (20, 3, 4)))
    W_new, V_new = W.clone(), V.clone()
    W_new.index_put_((centres,), -0.05 * gradients[0], accumulate=True)
    V_new.index_put_((contexts,), -0.05 * gradients[1], accumulate=True)
    V_new.index_put_((negatives,), -0.05 * gradients[2], accumulate=True)
    got = student.step(W, V, centres, contexts, negatives, gradients, 0.05)
    close(got, (W_new, V_new), name="step")
