"""Reversible residual network: the backward pass computes the activations again, from the last ones.

Gomez, Ren, Urtasun and Grosse, "The Reversible Residual Network: Backpropagation Without Storing Activations", NIPS
(2017). The channels are split in two halves, and each half is changed by a function of the other:

    y1 = x1 + F(x2)          x2 = y2 - G(y1)
    y2 = x2 + G(y1)          x1 = y1 - F(x2)

So a block's input follows from its output, and need not be kept: memory does not grow with depth. Layers that shrink
the map cannot be undone; they keep their input, one per stage. After the last block: BN, ReLU, mean.

    >>> encoder = RevNet(width=16, blocks=(2, 2, 2, 2))
    >>> encoder(images), encoder.feature_maps(images)           # as ResNet

Kolesnikov, Zhai and Beyer, CVPR (2019), Section 3.1, call it "(-)" without that last ReLU: `final_relu=False`.
"""

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd import Function
from torch.func import functional_call

from lecturelib import checks
from lecturelib.backbones.encoder import Encoder, check_images, check_sizes, convolution

Halves = tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]


class RevNet(Encoder):
    """Reversible residual network.

    Args:
        channels: of the images.
        width: channels of the first stage, both halves together.
        blocks: number of reversible blocks in each stage.
        final_relu: whether the last map goes through a ReLU before its mean is taken.

    Raises:
        ValueError: `width` is odd.

    """

    def __init__(
        self, channels: int = 3, width: int = 16, blocks: Sequence[int] = (1, 1, 1, 1), *, final_relu: bool = True
    ) -> None:
        super().__init__()
        check_sizes(channels, width, blocks=blocks)
        if width % 2:
            raise ValueError(f"width: expected an even number, for two halves, got {width}")
        self.channels, self.out_features = int(channels), int(width) * 2 ** (len(blocks) - 1)
        self.entries, self.stages = nn.ModuleList(), nn.ModuleList()
        inner = channels
        for k, count in enumerate(blocks):
            outer = width * 2**k
            conv = convolution(inner, outer, 3, stride=1 if k == 0 else 2)
            self.entries.append(nn.Sequential(conv, nn.BatchNorm2d(outer), nn.ReLU()))
            self.stages.append(nn.ModuleList([ReversibleBlock(outer // 2) for _ in range(count)]))
            inner = outer
        self.last = nn.Sequential(nn.BatchNorm2d(inner), nn.ReLU() if final_relu else nn.Identity())

    def feature_maps(self, images: Float[Tensor, "n channels height width"]) -> list[Tensor]:
        """Return the output of every stage, [n, width · 2^k, height / 2^k, width / 2^k]; of the last, normalised."""
        check_images(self, images, halvings=len(self.stages) - 1)
        x, maps = images - 0.5, []
        entry: Any
        for entry, blocks in zip(self.entries, self.stages, strict=True):
            x = entry(x)
            # halves of at least single precision, for what is subtracted again must not have been rounded to bfloat16
            x1, x2 = x.to(torch.promote_types(x.dtype, torch.float32)).chunk(2, dim=1)
            halves = _run(list(blocks), x1, x2)  # type: ignore[call-overload]
            x = torch.cat(halves, dim=1).to(entry[0].weight.dtype)
            maps.append(x)
        return [*maps[:-1], self.last(x)]


class Residual(nn.Sequential):
    """A residual function, F or G: batch normalisation, ReLU and 3 x 3 convolution, twice."""

    def __init__(self, half: int) -> None:
        layers = ([nn.BatchNorm2d(half), nn.ReLU(), convolution(half, half, 3)] for _ in range(2))
        super().__init__(*itertools.chain(*layers))

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Return F(x), computed in the precision of the weights."""
        last: Any = self[-1]
        x = x.to(last.weight.dtype)  # a replica of DataParallel has no parameters()
        for layer in self:
            x = layer(x)
        return x

    def is_plain(self) -> bool:
        """Return whether its layers are those of `__init__`, without hooks: so that each may run once more."""
        kinds = (nn.Conv2d, nn.ReLU, nn.BatchNorm2d, nn.SyncBatchNorm)
        return all(type(layer) in kinds and not layer._forward_hooks and not layer._forward_pre_hooks for layer in self)


class ReversibleBlock(nn.Module):
    """Two residual functions, each of one half of the channels."""

    def __init__(self, half: int) -> None:
        super().__init__()
        self.F, self.G = Residual(half), Residual(half)

    def forward(self, x1: Float[Tensor, "n c h w"], x2: Float[Tensor, "n c h w"]) -> Halves:
        """Return y1 and y2."""
        # y1 = x1 + F(x2), y2 = x2 + G(y1)
        y1 = x1 + self.F(x2)
        return y1, x2 + self.G(y1)

    def inverse(self, y1: Float[Tensor, "n c h w"], y2: Float[Tensor, "n c h w"]) -> Halves:
        """Return x1 and x2."""
        # x2 = y2 - G(y1), x1 = y1 - F(x2)
        x2 = y2 - self.G(y1)
        return y1 - self.F(x2), x2


def _run(blocks: list[ReversibleBlock], x1: Tensor, x2: Tensor) -> Halves:
    """Return what the blocks make of x1 and x2; in training, autograd keeps the result alone."""
    frozen = not all(module.training for block in blocks for module in block.modules())
    # torch.func and torch.compile differentiate the blocks themselves, and decide what they keep
    traced = torch.compiler.is_compiling() or checks.transformed()
    residuals = [residual for block in blocks for residual in (block.F, block.G)]
    parameters = [p for residual in residuals for p in residual.parameters()]  # none in a replica of DataParallel
    if frozen or traced or x1.is_meta or not parameters or not all(residual.is_plain() for residual in residuals):
        for block in blocks:
            x1, x2 = block(x1, x2)
        return x1, x2
    halves: Halves = _Reversible.apply(residuals, x1, x2, *parameters)
    return halves


class _Reversible(Function):
    """The blocks of one stage: F, G, F, G, …, of which only the last output is kept."""

    @staticmethod
    def forward(ctx: Any, residuals: list[Residual], x1: Tensor, x2: Tensor, *parameters: Tensor) -> Halves:
        changed, read = x1, x2
        for residual in residuals:  # without a graph: autograd does not look inside
            changed, read = read, changed + residual(read)
        ctx.residuals, device = residuals, x1.device.type
        precision, lower = torch.get_autocast_dtype(device), torch.is_autocast_enabled(device)
        ctx.autocast = partial(torch.autocast, device, precision, lower, cache_enabled=False)
        ctx.save_for_backward(changed, read, *parameters)
        return changed, read

    @staticmethod
    def backward(ctx: Any, d1: Tensor, d2: Tensor) -> Any:
        """Undo one residual after the other, as in the paper's Algorithm 1."""
        if torch.is_grad_enabled():
            raise RuntimeError(
                "RevNet: expected a backward pass without create_graph=True, since activations are not kept in training"
                "; for higher derivatives use torch.func, net.eval() or ResNetV2"
            )
        y1, y2, *parameters = ctx.saved_tensors
        (changed, d_changed), (read, d_read) = (y2, d2), (y1, d1)
        gradients: list[Tensor | None] = []
        for residual in reversed(ctx.residuals):
            names = [name for name, _ in residual.named_parameters()]
            parameters, weights = parameters[: -len(names)], parameters[-len(names) :]
            # the weights of the forward pass; and copies of the running means, which have seen this batch already
            state = dict(zip(names, weights, strict=True)) | {k: b.clone() for k, b in residual.named_buffers()}
            with torch.enable_grad(), ctx.autocast():  # in the precision of the forward pass
                z = read.detach().requires_grad_()
                f = functional_call(residual, state, (z,))
            wanted = [z, *(w for w in weights if w.requires_grad)]
            dz, *rest = torch.autograd.grad(f, wanted, d_changed.to(f.dtype))
            gradients = [rest.pop(0) if w.requires_grad else None for w in weights] + gradients
            # y = x + F(z), so x = y - F(z), and z's gradient has a part through F
            before, d_read = changed - f.detach(), d_read + dz
            (changed, d_changed), (read, d_read) = (read, d_read), (before, d_changed)
        return None, d_read, d_changed, *gradients  # after F: read is x1, changed is x2
