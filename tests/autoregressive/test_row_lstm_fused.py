"""Row LSTM by torch's LSTM operator, against the loop over rows; torch has the same operator on a CPU."""

import torch
from count_operators import Count

from lecturelib.autoregressive import RowLSTM, row_lstm_fused


def drawn(*shape):
    return torch.randint(0, 2, shape, generator=torch.Generator().manual_seed(0))


def with_gradients(model, x):
    log_p = model.log_prob(x)
    return log_p.detach(), torch.autograd.grad(log_p.sum(), list(model.parameters()))


def test_the_operator_equals_the_loop(monkeypatch):
    torch.manual_seed(0)
    model, x = RowLSTM(1, 2, hidden_channels=3, num_layers=2).double(), drawn(2, 1, 6, 5)
    by_loop = with_gradients(model, x)
    calls, run = [], row_lstm_fused.run

    def counted(gates, K_ss):
        calls.append(gates.shape)
        return run(gates, K_ss)

    monkeypatch.setattr(row_lstm_fused, "suits", lambda gates: True)
    monkeypatch.setattr(row_lstm_fused, "run", counted)
    torch.testing.assert_close(with_gradients(model, x), by_loop, rtol=1e-9, atol=1e-9)
    assert len(calls) == 2


def test_it_runs_on_accelerators_alone_and_not_for_wide_rows(monkeypatch):
    gates = torch.zeros(1, 12, 6, 5, device="meta")
    assert not row_lstm_fused.suits(gates)
    monkeypatch.setattr(row_lstm_fused, "ACCELERATORS", ("meta",))
    assert row_lstm_fused.suits(gates)
    assert not row_lstm_fused.suits(torch.zeros(1, 12, 6, 1000, device="meta"))


def test_as_many_operators_for_many_rows_as_for_few(monkeypatch):
    """Counted without a GPU, on meta, where one operator stands for torch's own."""
    monkeypatch.setattr(row_lstm_fused, "suits", lambda gates: True)
    monkeypatch.setattr(torch._VF, "lstm", lambda x, start, weights, *rest: (x[..., : start[0].shape[-1]],))
    model, numbers = RowLSTM(1, 2, hidden_channels=3, num_layers=2).to("meta"), []
    for height in (6, 28):
        with Count() as count:
            (-model.log_prob(torch.empty(2, 1, height, 5, dtype=torch.uint8, device="meta")).mean()).backward()
        numbers.append(count.number)
    assert numbers[0] == numbers[1] < 300
