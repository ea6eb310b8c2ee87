"""3a: one step of an LSTM, against the library's."""

import pytest
import torch

from lecturelib.homework import close
from lecturelib.recurrent import LSTM


@pytest.mark.points(3)
def test_step(student, generator):
    lstm = LSTM(5, 7)
    with torch.no_grad():
        for parameter in lstm.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    x, h, s = (torch.randn(4, n, generator=generator) for n in (5, 7, 7))
    _, (h_new, s_new) = lstm(x[:, None], (h[None], s[None]))
    got = student.lstm_step(x, h, s, lstm.W_x[0], lstm.W_h[0], lstm.b[0])
    close(got, (h_new[0], s_new[0]), name="lstm_step")
