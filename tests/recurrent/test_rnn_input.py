"""Bad sizes, inputs, states and modules: one line each for RNN and LSTM."""

import pytest
import torch
from layers import BATCH, HIDDEN, INPUTS, TIME
from torch import nn

from lecturelib.recurrent import LSTM, RNN

SIZES = [
    (dict(input_size=0, hidden_size=3), ValueError, "input_size: expected a positive integer, got 0"),
    (dict(input_size=3, hidden_size=-1), ValueError, "hidden_size: expected a positive integer, got -1"),
    (
        dict(input_size=3, hidden_size=3, num_layers=1.5),
        TypeError,
        "num_layers: expected a positive integer, got 1.5 (float)",
    ),
    (dict(input_size=3, hidden_size=3, dropout=2), ValueError, "dropout: expected a number in [0, 1], got 2"),
    (dict(input_size=3, hidden_size=3, dropout="x"), TypeError, "dropout: expected a number in [0, 1], got 'x' (str)"),
]


@pytest.mark.parametrize(("arguments", "kind", "message"), SIZES)
def test_bad_sizes(plain_errors, kinds, arguments, kind, message):
    with pytest.raises(kind) as error:
        kinds[1](**arguments)
    assert str(error.value) == message


def test_bad_outputs(plain_errors):
    with pytest.raises(ValueError, match=r"^output_size: expected a positive integer, got 0$"):
        RNN(3, 3, output_size=0)


ZEROS = torch.zeros(BATCH, TIME, INPUTS)
NAN = ZEROS.masked_fill(torch.arange(INPUTS) == 1, torch.nan)
INPUT_ERRORS = [
    (dict(x=[1]), TypeError, "x: expected a tensor [batch, time, 4], got list"),
    (
        dict(x=nn.utils.rnn.pack_sequence([ZEROS[0]])),
        TypeError,
        "x: expected a tensor [batch, time, 4], got PackedSequence; give the padded sequences, and `lengths`",
    ),
    (dict(x=ZEROS[0]), ValueError, "x: expected shape [batch, time, 4], not empty, got [9, 4]"),
    (dict(x=ZEROS[..., :3]), ValueError, "x: expected shape [batch, time, 4], not empty, got [3, 9, 3]"),
    (dict(x=ZEROS[:, :0]), ValueError, "x: expected shape [batch, time, 4], not empty, got [3, 0, 4]"),
    (dict(x=ZEROS.double()), TypeError, "x: expected dtype torch.float32 (the model's), got torch.float64"),
    (dict(x=ZEROS.bool()), TypeError, "x: expected dtype torch.float32 (the model's), got torch.bool"),
    (dict(x=NAN), ValueError, "x: expected finite values, got 27 that are NaN or infinite"),
    (dict(x=ZEROS.to("meta")), ValueError, "x: expected a tensor on cpu (the model's), got one on meta"),
    (dict(x=torch.tensor([[0, 4]])), ValueError, "x: expected integers from 0 to 3, got 0 to 4"),
    (dict(x=torch.tensor([1])), ValueError, "x: expected shape [batch, time], not empty, got [1]"),
    (dict(lengths=[1, 2, 3]), TypeError, "lengths: expected an integer tensor [batch], got list"),
    (dict(lengths=torch.ones(3)), TypeError, "lengths: expected integers from 0 to 9, got dtype torch.float32"),
    (dict(lengths=torch.tensor([1, 2, 10])), ValueError, "lengths: expected integers from 0 to 9, got 1 to 10"),
    (dict(lengths=torch.tensor([1, 0, 9])), ValueError, "lengths: expected 3 integers from 1 to 9, got 3 from 0 to 9"),
    (dict(lengths=torch.tensor([1, 2])), ValueError, "lengths: expected 3 integers from 1 to 9, got 2 from 1 to 2"),
]


@pytest.mark.parametrize(("arguments", "kind", "message"), INPUT_ERRORS)
def test_bad_inputs(plain_errors, kinds, arguments, kind, message):
    with pytest.raises(kind) as error:
        kinds[1](INPUTS, HIDDEN)(**({"x": ZEROS} | arguments))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        ([1], TypeError, "expected a tensor [num_layers, batch, hidden_size] or None, got list"),
        (
            torch.zeros(1, 2, HIDDEN),
            ValueError,
            "expected shape [num_layers, batch, hidden_size] = [1, 3, 6], got [1, 2, 6]",
        ),
        (
            torch.zeros(1, 3, HIDDEN).double(),
            TypeError,
            "expected dtype torch.float32 (the model's), got torch.float64",
        ),
        (torch.full((1, 3, HIDDEN), torch.inf), ValueError, "expected finite values, got 18 that are NaN or infinite"),
    ],
)
def test_bad_states(plain_errors, kinds, state, kind, message):
    _, ours = kinds
    lstm = ours is LSTM
    with pytest.raises(kind) as error:
        ours(INPUTS, HIDDEN)(ZEROS, (torch.zeros(1, 3, HIDDEN), state) if lstm else state)
    assert str(error.value) == f"{'state[1], the s' if lstm else 'state'}: {message}"


PLAIN = "expected a torch.nn.LSTM with bidirectional=False and proj_size=0"


@pytest.mark.parametrize(
    ("module", "target", "kind", "message"),
    [
        (nn.GRU(2, 3), RNN, TypeError, "expected a torch.nn.RNN, got GRU"),
        (nn.RNN(2, 3), LSTM, TypeError, "expected a torch.nn.LSTM, got RNN"),
        (nn.LSTM(2, 3, bidirectional=True), LSTM, ValueError, f"{PLAIN}, got bidirectional=True"),
        (nn.LSTM(2, 3, proj_size=2), LSTM, ValueError, f"{PLAIN}, got proj_size=2"),
        (nn.RNN(2, 3, nonlinearity="relu"), RNN, ValueError, "expected nonlinearity='tanh', got 'relu'"),
    ],
)
def test_modules_that_are_not_ours_to_copy(plain_errors, module, target, kind, message):
    with pytest.raises(kind) as error:
        target.from_torch(module)
    assert str(error.value) == f"module: {message}"
