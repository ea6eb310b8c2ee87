"""A small module of each public class, and what it is called with; calls, conversions and comparisons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map

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


class Replica(nn.Module):
    """What DataParallel calls on each GPU: modules that share all but the weights, which are copies, not parameters."""

    def __new__(cls, module: nn.Module) -> Any:
        modules = {m: m._replicate_for_data_parallel() for m in module.modules()}
        for original, replica in modules.items():
            replica._former_parameters = {}
            replica._modules.update({name: modules[part] for name, part in original._modules.items() if part})
            for name, weight in original._parameters.items():
                replica.__dict__[name] = None if weight is None else 1 * weight
        return modules[module]
