"""Reversible residual network: the backward pass computes the activations anew, from the last ones.

Gomez, Ren, Urtasun and Grosse, "The Reversible Residual Network: Backpropagation Without Storing Activations", NIPS
(2017). The channels are split in two halves, and each half is changed by a function of the other:

    y1 = x1 + F(x2)          x2 = y2 - G(y1)
    y2 = x2 + G(y1)          x1 = y1 - F(x2)

So a block's input follows from its output, and need not be kept: memory does not grow with depth. Layers that shrink
the map cannot be undone; they keep their input, one a stage. After the last block: BN, ReLU, mean.

    >>> encoder = RevNet(width=16, blocks=(2, 2, 2, 2))
    >>> encoder(images), encoder.feature_maps(images)           # as ResNet

Kolesnikov, Zhai and Beyer, CVPR (2019), Section 3.1, call it "(-)" without that last ReLU: `final_relu=False`.
"""

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd import Function

from lecturelib import checks
from lecturelib.backbones.resnet import check_sizes, convolution

HALVES = tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]


class RevNet(nn.Module):
    """Reversible residual network.

    Args:
        channels: of the images.
        width: channels of the first stage, both halves together.
        blocks: how many reversible blocks each of the stages has.
        final_relu: whether the last map goes through a ReLU before its mean is taken.

    Raises:
        TypeError, ValueError: a size is no positive integer, or `width` is odd.

    """

    def __init__(
        self, channels: int = 3, width: int = 16, blocks: Sequence[int] = (1, 1, 1, 1), *, final_relu: bool = True
    ) -> None:
        super().__init__()
        check_sizes(channels, width, blocks=blocks)
        if width % 2:
            raise ValueError(f"width: expected an even number, for two halves, got {width}")
        self.channels, self.out_features = channels, width * 2 ** (len(blocks) - 1)
        self.entries, self.stages = nn.ModuleList(), nn.ModuleList()
        inner = channels
        for k, count in enumerate(blocks):
            outer = width * 2**k
            conv = convolution(inner, outer, 3, stride=1 if k == 0 else 2)
            self.entries.append(nn.Sequential(conv, nn.BatchNorm2d(outer), nn.ReLU()))
            self.stages.append(nn.ModuleList([ReversibleBlock(outer // 2) for _ in range(count)]))
            inner = outer
        self.last = nn.Sequential(nn.BatchNorm2d(inner), nn.ReLU() if final_relu else nn.Identity())

    def forward(self, images: Float[Tensor, "n channels height width"]) -> Float[Tensor, "n features"]:
        """Return the last map's mean over its places.

        Raises:
            TypeError, ValueError: `images` are none, have values outside of [0, 1] or other channels.

        """
        return self.feature_maps(images)[-1].mean(dim=(2, 3))

    def feature_maps(self, images: Float[Tensor, "n channels height width"]) -> list[Tensor]:
        """Return the output of every stage, [n, width · 2^k, height / 2^k, width / 2^k]; of the last, normalised.

        Raises:
            TypeError, ValueError: as for `forward`.

        """
        checks.images("images", images, channels=self.channels)
        x, maps = images - 0.5, []
        for entry, blocks in zip(self.entries, self.stages, strict=True):
            # halves of at least single precision, for what is subtracted again must not have been rounded to bfloat16
            x1, x2 = _single(entry(x)).chunk(2, dim=1)
            x = torch.cat(_reversible(list(blocks), x1, x2), dim=1)  # type: ignore[call-overload]
            maps.append(x)
        return [*maps[:-1], self.last(x)]


class ReversibleBlock(nn.Module):
    """Two residual functions, each of one half of the channels: BN, ReLU, 3 x 3 convolution, twice."""

    def __init__(self, half: int) -> None:
        super().__init__()
        self.F, self.G = _residual(half), _residual(half)

    def forward(self, x1: Float[Tensor, "n c h w"], x2: Float[Tensor, "n c h w"]) -> HALVES:
        """Return y1 and y2."""
        # y1 = x1 + F(x2), y2 = x2 + G(y1)
        y1 = x1 + self.F(x2)
        return y1, x2 + self.G(y1)

    def inverse(self, y1: Float[Tensor, "n c h w"], y2: Float[Tensor, "n c h w"]) -> HALVES:
        """Return x1 and x2."""
        # x2 = y2 - G(y1), x1 = y1 - F(x2)
        x2 = y2 - self.G(y1)
        return y1 - self.F(x2), x2


def _single(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _residual(half: int) -> nn.Sequential:
    layers = [[nn.BatchNorm2d(half), nn.ReLU(), convolution(half, half, 3)] for _ in "ab"]
    return nn.Sequential(*layers[0], *layers[1])


class _Reversible(Function):
    """The blocks of one stage, of which only the output is kept."""

    @staticmethod
    def forward(ctx: Any, blocks: list[ReversibleBlock], x1: Tensor, x2: Tensor, *parameters: Tensor) -> HALVES:
        for block in blocks:  # without a graph: autograd does not look inside
            x1, x2 = block(x1, x2)
        ctx.blocks, device = blocks, x1.device.type
        precision, lower = torch.get_autocast_dtype(device), torch.is_autocast_enabled(device)
        ctx.autocast = partial(torch.autocast, device, precision, lower, cache_enabled=False)
        ctx.save_for_backward(x1, x2)
        return x1, x2

    @staticmethod
    def backward(ctx: Any, d1: Tensor, d2: Tensor) -> Any:
        y1, y2 = ctx.saved_tensors
        gradients: list[Tensor | None] = []
        for block in reversed(ctx.blocks):
            weights = list(block.parameters())
            with _statistics_kept(block), ctx.autocast():  # in the precision of the forward pass
                with torch.no_grad():
                    x1, x2 = block.inverse(y1, y2)
                with torch.enable_grad():
                    inputs = [x1.detach().requires_grad_(), x2.detach().requires_grad_()]
                    outputs = block(*inputs)
            wanted = [*inputs, *(w for w in weights if w.requires_grad)]
            found = list(torch.autograd.grad(outputs, wanted, (d1, d2)))
            (d1, d2), rest = found[:2], iter(found[2:])
            gradients = [next(rest) if w.requires_grad else None for w in weights] + gradients
            y1, y2 = x1, x2
        return None, d1, d2, *gradients


def _reversible(blocks: list[ReversibleBlock], x1: Tensor, x2: Tensor) -> HALVES:
    if not all(module.training for block in blocks for module in block.modules()):
        for block in blocks:  # nothing to save: by running means, or for a frozen network
            x1, x2 = block(x1, x2)
        return x1, x2
    parameters = [p for block in blocks for p in block.parameters()]
    halves: HALVES = _Reversible.apply(blocks, x1, x2, *parameters)
    return halves


@contextlib.contextmanager
def _statistics_kept(block: nn.Module) -> Iterator[None]:
    """Normalise by the batch, as in the forward pass, but leave the running means, which have seen it already."""
    norms = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
