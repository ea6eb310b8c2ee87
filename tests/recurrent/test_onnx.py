"""`to_torch` is the way to ONNX: what is exported gives our numbers, for batches and lengths not seen in the export."""

import pytest
import torch
from onnx.reference import ReferenceEvaluator
from torch.export import Dim

from lecturelib.recurrent import LSTM, RNN


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the exporter's own
@pytest.mark.parametrize(
    ("kind", "sizes", "shape"),
    [(LSTM, {0: Dim("batch"), 1: Dim("time")}, (7, 9, 3)), (RNN, {0: Dim("batch")}, (7, 5, 3))],
)
def test_what_is_exported_gives_our_numbers(plain_errors, kind, sizes, shape):
    torch.manual_seed(0)
    model, example = kind(3, 4, 2), torch.randn(2, 5, 3)
    program = torch.onnx.export(model.to_torch().eval(), (example,), verbose=False, dynamic_shapes=(sizes,))
    assert program is not None
    graph, x = ReferenceEvaluator(program.model_proto), torch.randn(shape)
    outputs, *state = (torch.as_tensor(array) for array in graph.run(None, {graph.input_names[0]: x.numpy()}))
    expected, expected_state = model(x)
    torch.testing.assert_close(outputs, expected.detach(), rtol=0, atol=1e-6)
    ends = expected_state if kind is LSTM else [expected_state]
    torch.testing.assert_close(state, [end.detach() for end in ends], rtol=0, atol=1e-6)
