"""What users of torch do with any module: copy it, store it, move it, take gradients, map it, compile it."""

import copy
import operator
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
import torch
from module_cases import CALLS, CASES, NO_VMAP, TOKENS, Call, Replica, answers, convert, same, scalar
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils import parametrize
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.checkpoint import checkpoint

from lecturelib import autoregressive, backbones, contrastive, pretext, recurrent, words
from lecturelib.contrastive import CPC, RecurrentContext

UNUSED = {"CPC": {"W.0"}}  # layers that forward has no use for: those of the loss
OBJECTIVES = [f"{name}.{case.other or 'forward'}" for name, case in CASES.items()]
every_objective = pytest.mark.parametrize("call", OBJECTIVES)
every, every_call = pytest.mark.parametrize("name", CASES), pytest.mark.parametrize("call", CALLS)
pytestmark = pytest.mark.usefixtures("plain_errors")  # as users have it: no types are checked at run time


def test_every_public_module_is_here():
    public = {
        name
        for package in (autoregressive, backbones, contrastive, pretext, recurrent, words)
        for name in package.__all__
        if isinstance(kind := getattr(package, name), type) and issubclass(kind, nn.Module)
    }
    missing = public - {"Encoder"} - set(CASES)  # Encoder: the base class of the backbones
    assert not missing, "each public module needs a Case in CASES of tests/helpers/module_cases.py"


@every_call
def test_it_is_called_and_differentiated(call: str):
    module = Call(call)
    found = answers(module, module.inputs)
    assert found
    assert not any(x.isnan().any() for x in found)
    scalar(found).backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())


@every
def test_copies_and_a_new_module_with_its_weights_are_the_same(name: str):
    module = Call(f"{name}.forward")
    expected = answers(module, module.inputs)
    new = Call(f"{name}.forward", seed=5)
    new.load_state_dict(module.state_dict())
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), new):
        assert same(answers(other, module.inputs), expected)


@every
def test_a_module_without_memory_is_whole_after_its_weights_are_loaded(name: str):
    module = Call(f"{name}.forward")
    with torch.device("meta"):
        empty = Call(f"{name}.forward")
    empty.to_empty(device="cpu")
    with torch.no_grad():  # what to_empty leaves is anything
        for tensor in [*empty.parameters(), *empty.buffers()]:
            tensor.fill_(float("nan") if tensor.is_floating_point() else 1)
    empty.load_state_dict(module.state_dict())
    assert same(answers(empty, module.inputs), answers(module, module.inputs))


@every_call
def test_a_replica_gives_the_same_with_the_same_gradients(call: str):
    results = []
    for change in (lambda module: module, Replica):
        module = Call(call)
        module.model.train()
        found = answers(change(module), module.inputs)
        weights = [p for p in module.parameters() if p.requires_grad]
        gradients = torch.autograd.grad(scalar(found), weights, materialize_grads=True)
        results.append([*found, *gradients])
    assert same(results[0], results[1])


def narrowed(x: Tensor, dtype: torch.dtype) -> Tensor:
    return x if x.is_floating_point() else x.to(dtype)


@every_call
def test_integers_of_every_width_are_the_same(call: str):
    module = Call(call)
    expected = answers(module, module.inputs)
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32):
        inputs = convert(module.inputs, partial(narrowed, dtype=dtype))
        assert same(answers(module, inputs), expected)


@every_call
def test_double_precision_stays_double(call: str):
    module = Call(call).double()
    found = answers(module, convert(module.inputs, lambda x: x.double() if x.is_floating_point() else x))
    assert {x.dtype for x in found if x.is_floating_point()} == {torch.float64}


REFUSED: dict[str, Callable[[Tensor], Any]] = {
    "lists": Tensor.tolist,
    "arrays": Tensor.numpy,
    "no dimension": lambda x: x.flatten()[0],
    "complex": lambda x: x.to(torch.complex64),
    "another device": lambda x: x.to("meta"),
    "another dtype": lambda x: x.double() if x.is_floating_point() else x.float(),
    "no example": lambda x: x[:0],
}
OF_NO_SENTENCE = ("WindowTagger.forward", "SentenceClassifier.forward")  # they score no word, as torch.nn would


@every_call
def test_what_it_cannot_take_is_refused_in_words(call: str):
    module = Call(call)
    for name, change in REFUSED.items():
        if name == "no example" and call in OF_NO_SENTENCE:
            continue
        with pytest.raises((TypeError, ValueError), match=r"^\w[^:]*: expected .*, got "):
            module(*convert(module.inputs, change))


@every_call
def test_it_runs_without_memory(call: str):
    """On the device "meta" there are shapes and no values: what waits for a value on a GPU would raise here."""
    module = Call(call)
    expected = answers(module, module.inputs)
    found = answers(module.to("meta"), convert(module.inputs, lambda x: x.to("meta")))
    assert [x.shape for x in found] == [x.shape for x in expected]


@every_call
def test_a_default_device_and_dtype_of_the_user_change_nothing(call: str):
    """As other code may have set them: torch.set_default_device("cuda"), torch.set_default_dtype(torch.bfloat16)."""
    module = Call(call)
    expected = answers(module, module.inputs)
    with torch.device("meta"):
        assert same(answers(module, module.inputs), expected)
    for dtype in (torch.float64, torch.bfloat16):
        torch.set_default_dtype(dtype)
        try:
            found = answers(module, module.inputs)
        finally:
            torch.set_default_dtype(torch.float32)
        assert [x.dtype for x in found] == [x.dtype for x in expected]
        assert same(found, expected)


@every
@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
def test_hooks_see_each_call_once_and_every_layer_is_called(name: str):
    """Hooks, and what stands in place of a layer, such as a quantised one or one with low-rank additions."""
    case, seen = CASES[name], dict[str, int]()
    module = Call(f"{name}.forward").model

    def count(key: str) -> None:
        seen[key] = seen.get(key, 0) + 1

    module.register_forward_pre_hook(lambda *_: count("before"))
    module.register_forward_hook(lambda *_: count("after"))
    module.register_full_backward_hook(lambda *_: count("backward"))
    parts = {
        key: part for key, part in module.named_modules() if not isinstance(part, nn.ParameterList | nn.ModuleList)
    }
    layers = {key: part for key, part in parts.items() if key and not any(part.children())}
    for key, layer in layers.items():
        layer.register_forward_hook(partial(lambda key, *_: count(key), key))
    out = module(*case.inputs)
    scalar(tree_leaves(tree_map(lambda x: x if isinstance(x, Tensor) else vars(x), out))).backward()
    called = [seen.get(key, 0) for key in ("before", "after", "backward")]
    assert called == [1, 1, name != "HandwritingRNN"]  # whose output is no tensor: torch sees no backward pass
    assert set(layers) - set(seen) == UNUSED.get(name, set())


@every_objective
@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
def test_gradients_are_the_same_where_activations_are_computed_again(call: str):
    """torch.utils.checkpoint in both its ways; the older one needs an input with a gradient."""
    results = []
    for how in (None, False, True):
        module = Call(call)
        module.model.train()
        inputs = convert(module.inputs, lambda x: x.clone().requires_grad_() if x.is_floating_point() else x)
        if how and not any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
            continue
        found = answers(module if how is None else partial(checkpoint, module, use_reentrant=how), inputs)
        scalar(found).backward()
        weights = [p for p in module.parameters() if p.requires_grad]
        results.append([*found, *(torch.zeros_like(p) if p.grad is None else p.grad for p in weights)])
    for result in results[1:]:
        assert same(result, results[0])


class Same(nn.Module):
    """A parametrization that changes nothing."""

    def forward(self, x: Tensor) -> Tensor:
        return 1 * x


@every_objective
def test_weights_may_be_frozen_or_parametrized(call: str):
    module = Call(call)
    module.model.train()
    expected = answers(module, module.inputs)
    weights = [p for p in module.parameters() if p.requires_grad]
    gradients = torch.autograd.grad(scalar(expected), weights, materialize_grads=True)
    for kept in (0, 1):
        module = Call(call)
        module.model.train()
        weights = [p for p in module.parameters() if p.requires_grad]
        for k, weight in enumerate(weights):
            weight.requires_grad_(k % 2 == kept)
        found = answers(module, module.inputs)
        assert same(found, expected)
        if weights[kept::2] and any(x.requires_grad for x in found):
            halves = torch.autograd.grad(scalar(found), weights[kept::2], materialize_grads=True)
            assert same(list(halves), list(gradients[kept::2]))
    assert not any(x.requires_grad for x in answers(module.requires_grad_(False), module.inputs))
    module = Call(call)
    module.model.train()
    for part in list(module.model.modules()):
        for name in [name for name, weight in part._parameters.items() if weight is not None]:
            parametrize.register_parametrization(part, name, Same())
    assert same(answers(module, module.inputs), expected)


@every_call
def test_half_precision(call: str):
    module = Call(call)
    expected = answers(module, module.inputs)
    found = answers(module.bfloat16(), convert(module.inputs, lambda x: x.bfloat16() if x.is_floating_point() else x))
    assert same([x.float() for x in found], [x.float() for x in expected], tolerance=0.1)


@every_call
def test_functional_gradient(call: str):
    module = Call(call)
    weights = {key: p.detach() for key, p in module.named_parameters() if p.requires_grad}

    def loss(weights: dict[str, Tensor]) -> Tensor:
        return scalar(answers(lambda *x: torch.func.functional_call(module, weights, x), module.inputs))

    found = torch.func.grad(loss)(weights)
    ordinary = {key: w.clone().requires_grad_() for key, w in weights.items()}
    expected = torch.autograd.grad(loss(ordinary), list(ordinary.values()), materialize_grads=True)
    assert same(list(found.values()), list(expected))


PROTOTYPE = pytest.mark.filterwarnings("ignore::FutureWarning")  # torch's own, from torch.func.jvp


def loss_of_weights(module: nn.Module, inputs: tuple[Any, ...]) -> Callable[[dict[str, Tensor]], Tensor]:
    def call(weights: dict[str, Tensor], *x: Any) -> Any:
        return torch.func.functional_call(module, weights, x)

    return lambda weights: scalar(answers(partial(call, weights), inputs))


@every_call
@PROTOTYPE
def test_forward_mode_derivatives(call: str):
    """By torch.func.jvp and by dual numbers: the directional derivative is that of the gradient."""
    module = Call(call)
    weights = {key: p.detach() for key, p in module.named_parameters() if p.requires_grad}
    direction, loss = {key: torch.ones_like(w) for key, w in weights.items()}, loss_of_weights(module, module.inputs)
    expected = torch.stack([x.sum() for x in torch.func.grad(loss)(weights).values()]).sum()
    _, found, *_ = torch.func.jvp(loss, (weights,), (direction,))
    with forward_ad.dual_level():
        value = loss({key: forward_ad.make_dual(w, direction[key]) for key, w in weights.items()})
        dual = forward_ad.unpack_dual(value)
    for tangent in (found, dual.tangent):
        torch.testing.assert_close(tangent, expected, rtol=1e-3, atol=1e-4)


@every_call
@PROTOTYPE
def test_second_derivatives_are_right_or_refused_in_words(call: str):
    """The gradient of the gradient's square by two backward passes, against torch.func in a direction."""
    module = Call(call).double()
    inputs = convert(module.inputs, lambda x: x.double() if x.is_floating_point() else x)
    weights = {key: p.detach() for key, p in module.named_parameters() if p.requires_grad}
    direction = {key: torch.linspace(-1, 1, w.numel(), dtype=w.dtype).view_as(w) for key, w in weights.items()}
    loss = loss_of_weights(module, inputs)

    def square(gradients: Iterable[Tensor]) -> Tensor:
        return torch.stack([x.square().sum() for x in gradients]).sum()

    _, expected, *_ = torch.func.jvp(lambda w: square(torch.func.grad(loss)(w).values()), (weights,), (direction,))
    ordinary = {key: w.clone().requires_grad_() for key, w in weights.items()}
    first = torch.autograd.grad(loss(ordinary), list(ordinary.values()), create_graph=True, materialize_grads=True)
    if call.startswith("MaskedLM"):
        with pytest.raises(RuntimeError, match="attention: expected first derivatives alone, got second ones"):
            torch.autograd.grad(square(first), list(ordinary.values()))
        with sdpa_kernel(SDPBackend.MATH):  # as it says
            first = torch.autograd.grad(loss(ordinary), list(ordinary.values()), create_graph=True)
    second = torch.autograd.grad(square(first), list(ordinary.values()), materialize_grads=True)
    found = torch.stack([(x * y).sum() for x, y in zip(second, direction.values(), strict=True)]).sum()
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-8)


@every_call
@pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented the batching rule")
def test_vmap(call: str):
    module = Call(call)
    two = convert(module.inputs, lambda x: torch.stack([x, x.flip(0)]))
    if call in NO_VMAP:
        with pytest.raises(RuntimeError, match=NO_VMAP[call]):
            torch.func.vmap(module, randomness="same")(*two)
        return
    found = answers(torch.func.vmap(module, randomness="same"), two)
    for k in range(2):
        assert same([x[k] for x in found], answers(module, convert(two, operator.itemgetter(k))))


@pytest.mark.slow
@pytest.mark.parametrize("call", [call for call in CALLS if not CASES[call.split(".")[0]].loop])
def test_compiling_breaks_at_most_once(call: str):
    module = Call(call)
    torch._dynamo.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch._dynamo.explain(module)(*module.inputs).graph_break_count <= 1


@pytest.mark.slow
def test_the_gru_of_cpc_breaks_the_graph_twice():
    sequences = CPC(nn.Embedding(5, 4), RecurrentContext(4), 4)
    torch._dynamo.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch._dynamo.explain(sequences.loss)(TOKENS).graph_break_count == 2
        torch._dynamo.reset()
        compiled = torch.compile(sequences.loss, backend="aot_eager")
        torch.testing.assert_close(compiled(TOKENS), sequences.loss(TOKENS))


COMPILED = """
import torch
from lecturelib.recurrent import HandwritingRNN
model, x = HandwritingRNN(4, 2, 3), torch.cat([torch.rand(2, 5, 2), torch.ones(2, 5, 1)], dim=2)
compiled = torch.compile(model.log_prob, backend="aot_eager", fullgraph=True)  # raises at a break
torch.testing.assert_close(compiled(x), model.log_prob(x))
"""


@pytest.mark.slow
def test_handwriting_compiles_into_one_graph():
    """In a process of its own, where no types are checked at run time: those checks would break the graph."""
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
