"""What torch's users do with the modules on words: meta, compile, export, vmap, state_dict, NumPy's sizes."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from small_masked_lm import small
from torch import nn
from torch.func import vmap

from lecturelib.words import MaskedLM
from lecturelib.words.finetuning import EDGE, UNKNOWN, Finetuned
from lecturelib.words.tasks import Lookup, SentenceClassifier, WindowTagger

X = torch.tensor([[0, 1, 2, 3, 9], [4, 5, 6, 7, 8], [1, 1, 13, 13, 13]])  # 13 is the padding
ROWS, SHAPES = torch.tensor([[0, 4, 5, 2, 6], [3, 3, 1, 0, 6]]), torch.zeros(2, 5, dtype=torch.int64)
POSITIONS = torch.tensor([[0, 1, UNKNOWN, 2], [0, EDGE, EDGE, EDGE], [1, 0, EDGE, EDGE]])


def cases(vocabulary: Any) -> dict[str, tuple[nn.Module, tuple[torch.Tensor, ...]]]:
    features = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    empty = Lookup(torch.zeros(0, 8), finetune=True)
    moments = torch.zeros(8), torch.ones(8)
    model = small(vocabulary).float()
    asked = (X, POSITIONS, torch.zeros_like(POSITIONS))
    return {
        "masked": (model, (X,)),
        "tagger": (WindowTagger(Lookup(features, finetune=True), 3), (ROWS, SHAPES)),
        "classifier": (SentenceClassifier(Lookup(features, finetune=False), 3), (ROWS,)),
        "finetuned tagger": (Finetuned(model, WindowTagger(empty, 3), *moments), asked),
        "finetuned classifier": (Finetuned(model, SentenceClassifier(empty, 3), *moments), asked),
    }


NAMES = ("masked", "tagger", "classifier", "finetuned tagger", "finetuned classifier")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_they_run_without_values_and_compile_as_one_graph(vocabulary, plain_errors, name):
    model, inputs = cases(vocabulary)[name]
    expected = model(*inputs)
    found = copy.deepcopy(model).to("meta")(*(x.to("meta") for x in inputs))
    assert found.shape[-1] == expected.shape[-1]  # where values can be read, padding is cut off
    torch._dynamo.reset()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)(*inputs)
    kept = tuple(slice(n) for n in expected.shape)
    torch.testing.assert_close(compiled[kept], expected)


@pytest.mark.parametrize("name", ["masked", "tagger", "classifier"])
@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
def test_they_are_exported_and_mapped_over_the_batch(vocabulary, plain_errors, name):
    model, inputs = cases(vocabulary)[name]
    expected = model(*inputs)
    torch.testing.assert_close(torch.export.export(model, inputs).module()(*inputs), expected)
    torch.testing.assert_close(vmap(lambda *row: model(*(x[None] for x in row))[0])(*inputs), expected)


def test_a_loss_without_values_is_that_of_the_selected_words(vocabulary, plain_errors):
    """Compiled, it looks at a fixed number of positions, with the same law: means over many draws agree."""
    model = small(vocabulary, mask_probability=0.4).float()
    x = torch.randint(10, (400, 12), generator=torch.Generator().manual_seed(0))
    torch._dynamo.reset()
    compiled = torch.compile(model.loss, backend="aot_eager", fullgraph=True)
    with torch.no_grad():
        torch.manual_seed(1)
        one = torch.stack([compiled(x) for _ in range(20)])
        other = torch.stack([model.loss(x) for _ in range(20)])
    assert abs(one.mean() - other.mean()) < 5 * (one.var() / 20 + other.var() / 20) ** 0.5
    assert model.to("meta").loss(x.to("meta")).shape == ()


def test_positions_of_a_device_contain_all_that_were_selected(vocabulary, monkeypatch):
    model = small(vocabulary)
    x = torch.randint(12, (300, 12), generator=torch.Generator().manual_seed(0))
    _, selected = model.mask_tokens(x, torch.Generator().manual_seed(1))
    expected, loss = model._positions(selected), model.loss(x, torch.Generator().manual_seed(1))
    monkeypatch.setattr("lecturelib.checks.can_read", lambda x: False)
    found = model._positions(selected)
    assert len(found) > len(expected)
    assert set(found[selected.flatten()[found]].tolist()) == set(expected.tolist())
    torch.testing.assert_close(model.loss(x, torch.Generator().manual_seed(1)), loss)


def test_a_model_made_on_meta_is_whole_after_loading(vocabulary):
    """Nothing is left as `to_empty` made it: special words still get no probability."""
    model = small(vocabulary).float()
    with torch.device("meta"):
        other = MaskedLM(vocabulary, 8, 2, 2, max_length=12)
    other.to_empty(device="cpu")
    other.maskable.fill_(True)
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(X), model(X))
    assert torch.isinf(other(X)[..., [vocabulary.index("\n"), vocabulary.index("<rare>")]]).all()


@pytest.mark.parametrize("finetune", [False, True])
def test_a_table_is_part_of_the_state(finetune):
    a, b = (SentenceClassifier(Lookup(torch.randn(5, 4), finetune=finetune), 3) for _ in range(2))
    assert not torch.equal(a(ROWS), b(ROWS))
    b.load_state_dict(a.state_dict())
    assert torch.equal(a(ROWS), b(ROWS))
    other = SentenceClassifier(Lookup(torch.randn(6, 4), finetune=finetune), 3)
    with pytest.raises(RuntimeError, match=r"size mismatch for e\.table"):
        other.load_state_dict(a.state_dict())


@pytest.mark.parametrize("checked", [False, True])
def test_torchs_checks_of_sparse_tensors_stay_as_they_were(checked):
    with torch.sparse.check_sparse_tensor_invariants(checked):
        net = SentenceClassifier(Lookup(torch.randn(5, 4), finetune=True), 3)
        net(ROWS).sum().backward()
        assert torch.sparse.check_sparse_tensor_invariants.is_enabled() == checked
    assert net.e.table.grad is not None
    assert net.e.table.grad.is_sparse


def test_numpys_numbers_are_sizes(vocabulary, plain_errors):
    sizes: Any = [np.int64(8), np.int32(2), np.int16(2)]
    longest: Any = np.int8(12)
    model = MaskedLM(vocabulary, *sizes, max_length=longest)
    assert type(model.max_length) is int
    assert model(X).shape == (3, 5, 12)
    assert len(model.fill("the [MASK]", top=sizes[1])[0]) == 2
    net = WindowTagger(Lookup(torch.randn(5, 4), finetune=False), sizes[0], reach=sizes[1], hidden_size=sizes[2])
    assert net(ROWS, SHAPES).shape == (2, 8)


@pytest.mark.usefixtures("plain_errors")
@pytest.mark.parametrize("dtype", [torch.uint16, torch.bool, torch.float32])
def test_what_are_no_integers_is_named(vocabulary, dtype):
    with pytest.raises(TypeError, match=rf"^x: expected integers from 0 to 13, \[batch, at most 12\], got {dtype}$"):
        small(vocabulary).loss(X.to(dtype))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_close(vocabulary, dtype):
    model = small(vocabulary).float()
    expected = model(X)
    torch.testing.assert_close(copy.deepcopy(model).to(dtype)(X).float(), expected, atol=0.1, rtol=0.1)
