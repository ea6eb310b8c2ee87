"""What users of torch do with any module: copy it, store it, move it, take gradients, map it, compile it."""

import copy
import operator
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map

from lecturelib import autoregressive, backbones, contrastive, pretext, recurrent, words
from lecturelib.autoregressive import (
    FVSBN,
    NADE,
    GatedPixelCNN,
    MultiScalePixelCNN,
    OrderAgnosticNADE,
    PixelCNN,
    RowLSTM,
)
from lecturelib.backbones import VGG, NetworkInNetwork, ResNet, ResNetV2, RevNet
from lecturelib.contrastive import CPC, RecurrentContext, RowContext, SimCLR
from lecturelib.pretext import ContextEncoder, Exemplar, Jigsaw, RelativePatch, Rotation
from lecturelib.recurrent import LSTM, RNN, CharRNN, HandwritingRNN
from lecturelib.words import MaskedLM, NeuralLM, RecurrentLM, Vocabulary
from lecturelib.words.tasks import Lookup, SentenceClassifier, WindowTagger


def draw(*shape: int, high: int = 0) -> Tensor:
    """Floats from 0 to 1, or integers below `high`."""
    generator = torch.Generator("cpu").manual_seed(0)
    if high:
        return torch.randint(0, high, shape, generator=generator, device="cpu")
    return torch.rand(shape, generator=generator, device="cpu")


@dataclass(frozen=True)
class Case:
    """How to build a small module, and what its forward and another method are called with."""

    build: Callable[[], nn.Module]
    inputs: tuple[Any, ...]
    other: str = ""
    other_inputs: tuple[Any, ...] = ()
    loop: bool = False  # over time or over rows: such a module is not compiled into one graph


def small() -> nn.Module:
    return ResNet(3, 4, (1, 1))


def lookup() -> Lookup:
    return Lookup(torch.linspace(-1, 1, 20).reshape(5, 4), finetune=False)


PEN = torch.cat([draw(2, 5, 2), draw(2, 5, 1, high=2)], dim=2)
BITS, PIXELS = draw(3, 6, high=2).float(), draw(3, 1, 4, 5, high=2)
IMAGES, LARGE, VIEWS = draw(4, 3, 16, 16), draw(4, 3, 32, 32), tuple(draw(2, 4, 3, 16, 16).unbind())
TOKENS, ROWS, LABELS = draw(3, 7, high=5), draw(3, 5, high=5), torch.arange(4)
ORDERS = torch.stack([torch.arange(9), torch.arange(9).flip(0)])
WORDS = Vocabulary({word: 9 - k for k, word in enumerate(["<rare>", "\n", "a", "b", "c"])}, unknown="<rare>")
TAGGED = (draw(3, 3, high=5), draw(3, 3, high=4))
CASES = {
    "FVSBN": Case(lambda: FVSBN(6), (BITS,), "log_prob", (BITS,)),
    "NADE": Case(lambda: NADE(6, 4), (BITS,), "log_prob", (BITS,)),
    "OrderAgnosticNADE": Case(lambda: OrderAgnosticNADE(6, (4,)), (BITS,), "log_prob", (BITS, torch.arange(6))),
    "PixelCNN": Case(lambda: PixelCNN(1, 2, 4, 2), (PIXELS,), "log_prob", (PIXELS,)),
    "GatedPixelCNN": Case(lambda: GatedPixelCNN(1, 2, 4, 2), (PIXELS,), "log_prob", (PIXELS,)),
    "MultiScalePixelCNN": Case(lambda: MultiScalePixelCNN(1, 2, 4, 2), (PIXELS,), "log_prob", (PIXELS,)),
    "RowLSTM": Case(lambda: RowLSTM(1, 2, 4, 2), (PIXELS,), "log_prob", (PIXELS,), loop=True),
    "RNN": Case(lambda: RNN(3, 4), (draw(2, 5, 3),), loop=True),
    "LSTM": Case(lambda: LSTM(3, 4), (draw(2, 5, 3),), loop=True),
    "CharRNN": Case(lambda: CharRNN(5, 4), (TOKENS,), "log_prob", (TOKENS,), loop=True),
    "HandwritingRNN": Case(lambda: HandwritingRNN(4, 1, 2), (PEN,), "log_prob", (PEN,), loop=True),
    "NeuralLM": Case(lambda: NeuralLM(5, 3, 4, 3), (TOKENS[:, :2],), "log_prob", (TOKENS,)),
    "RecurrentLM": Case(lambda: RecurrentLM(5, 3, LSTM(3, 4)), (TOKENS,), "log_prob", (TOKENS,), loop=True),
    "MaskedLM": Case(lambda: MaskedLM(WORDS, 4, 2, 1, max_length=7), (TOKENS,), "loss", (TOKENS,)),
    "WindowTagger": Case(lambda: WindowTagger(lookup(), 3, reach=1), TAGGED),
    "SentenceClassifier": Case(lambda: SentenceClassifier(lookup(), 3), (ROWS,)),
    "SimCLR": Case(lambda: SimCLR(small()), (IMAGES,), "loss", (VIEWS,)),
    "CPC": Case(lambda: CPC(small(), RowContext(8), 8, patch=8, stride=4), (IMAGES,), "loss", (IMAGES,)),
    "RecurrentContext": Case(lambda: RecurrentContext(4), (draw(2, 3, 1, 4),), loop=True),
    "RowContext": Case(lambda: RowContext(4), (draw(2, 3, 3, 4),)),
    "Exemplar": Case(lambda: Exemplar(small(), 4), (IMAGES,), "loss", ((IMAGES, LABELS),)),
    "ContextEncoder": Case(lambda: ContextEncoder(ResNet(3, 4, (1, 1, 1, 1)), size=16), (IMAGES,), "loss", (IMAGES,)),
    "Jigsaw": Case(lambda: Jigsaw(small(), ORDERS), (draw(4, 9, 3, 8, 8),), "loss", (LARGE,)),
    "RelativePatch": Case(
        lambda: RelativePatch(small()), (LARGE[..., :8, :8], LARGE[..., 8:16, 8:16]), "loss", (LARGE,)
    ),
    "Rotation": Case(lambda: Rotation(small()), (IMAGES,), "loss", (IMAGES,)),
    "NetworkInNetwork": Case(lambda: NetworkInNetwork(3, 4), (IMAGES,)),
    "ResNet": Case(small, (IMAGES,)),
    "ResNetV2": Case(lambda: ResNetV2(3, 4, (1, 1)), (IMAGES,)),
    "RevNet": Case(lambda: RevNet(3, 4, (1, 1)), (IMAGES,)),
    "VGG": Case(lambda: VGG(3, 4, (1, 1)), (IMAGES,)),
}
CALLS = [f"{name}.{method}" for name, case in CASES.items() for method in ("forward", case.other) if method]
NO_VMAP = {"RecurrentContext.forward": "aten::gru"}  # torch has no rule for its own GRU
every, every_call = pytest.mark.parametrize("name", CASES), pytest.mark.parametrize("call", CALLS)
pytestmark = pytest.mark.usefixtures("plain_errors")  # as users have it: no types are checked at run time


class Call(nn.Module):
    """A module whose forward is a method of another one."""

    def __init__(self, call: str, seed: int = 0) -> None:
        super().__init__()
        name, self.method = call.split(".")
        case = CASES[name]
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.model = case.build().eval()
        self.inputs = case.inputs if self.method == "forward" else case.other_inputs

    def forward(self, *inputs: Any) -> tuple[Tensor, ...]:
        out = getattr(self.model, self.method)(*inputs)
        return tuple(tree_leaves(tree_map(lambda x: x if isinstance(x, Tensor) else vars(x), out)))


def answers(call: Callable[..., tuple[Tensor, ...]], inputs: tuple[Any, ...]) -> list[Tensor]:
    """Return all tensors that a `Call` returns, its own random numbers the same in every call."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return list(call(*inputs))


def convert(inputs: Any, change: Callable[[Tensor], Tensor]) -> Any:
    return tree_map(lambda x: change(x) if isinstance(x, Tensor) else x, inputs)


def same(found: list[Tensor], expected: list[Tensor], tolerance: float = 1e-6) -> bool:
    return len(found) == len(expected) > 0 and all(
        a.shape == b.shape and torch.allclose(a, b, rtol=tolerance, atol=tolerance)
        for a, b in zip(found, expected, strict=True)
    )


def scalar(found: list[Tensor]) -> Tensor:
    """Return one number that depends on all; words that cannot occur have the logit minus infinity."""
    return torch.stack([(x + 1).masked_fill(x.isinf(), 0).square().mean() for x in found]).sum()


def test_every_public_module_is_here():
    public = {
        name
        for package in (autoregressive, backbones, contrastive, pretext, recurrent, words)
        for name in package.__all__
        if isinstance(kind := getattr(package, name), type) and issubclass(kind, nn.Module)
    }
    assert public - {"Encoder"} <= set(CASES)  # the base class of the backbones


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
def test_it_runs_without_memory(call: str):
    """On the device "meta" there are shapes and no values: what waits for a value on a GPU would raise here."""
    module = Call(call)
    expected = answers(module, module.inputs)
    found = answers(module.to("meta"), convert(module.inputs, lambda x: x.to("meta")))
    assert [x.shape for x in found] == [x.shape for x in expected]


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
