"""3b: a plain RNN, forward."""

import pytest
import torch
from reference import states

from lecturelib.homework import close


@pytest.mark.points(2)
def test_states(student, generator):
    x, W_xh, W_hh = (torch.randn(*shape, generator=generator) for shape in ((3, 6, 2), (5, 2), (5, 5)))
    close(student.rnn_forward(x, W_xh, W_hh), states(x, W_xh, W_hh), name="rnn_forward", rtol=1e-3, atol=1e-4)
