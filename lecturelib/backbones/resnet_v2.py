"""Residual network with identity mappings, "v2": the sum goes on untouched from the first block to the last.

He, Zhang, Ren and Sun, "Identity Mappings in Deep Residual Networks", ECCV (2016):

    y = F(x) + x,   F = conv ∘ ReLU ∘ BN ∘ conv ∘ ReLU ∘ BN,

so that normalisation and ReLU come before each convolution, and nothing comes after the sum. Where sizes differ, x is
projected by a 1 x 1 convolution of what the first convolution reads. After the last block: BN, ReLU, mean.

    >>> encoder = ResNetV2(width=16, blocks=(1, 1, 1, 1))
    >>> encoder(images), encoder.feature_maps(images)           # as ResNet

Kolesnikov, Zhai and Beyer, CVPR (2019), Section 3.1, call it "(-)" without that last ReLU: `final_relu=False`.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib.backbones.encoder import Encoder, channels_last, check_images, check_sizes, convolution


class ResNetV2(Encoder):
    """Residual network with basic blocks, normalisation first.

    Args:
        channels: of the images.
        width: channels of the first stage.
        blocks: number of blocks in each stage.
        final_relu: whether the last map goes through a ReLU before its mean is taken.

    """

    def __init__(
        self, channels: int = 3, width: int = 16, blocks: Sequence[int] = (1, 1, 1, 1), *, final_relu: bool = True
    ) -> None:
        super().__init__()
        check_sizes(channels, width, blocks=blocks)
        self.channels, self.out_features = int(channels), int(width) * 2 ** (len(blocks) - 1)
        self.stem, self.stages = convolution(channels, width, 3), nn.ModuleList()
        inner = width
        for k, count in enumerate(blocks):
            outer = width * 2**k
            first = PreActivationBlock(inner, outer, stride=1 if k == 0 else 2)
            self.stages.append(nn.Sequential(first, *(PreActivationBlock(outer, outer) for _ in range(count - 1))))
            inner = outer
        self.last = nn.Sequential(nn.BatchNorm2d(inner), nn.ReLU() if final_relu else nn.Identity())
        self.to(memory_format=torch.channels_last)  # faster on processors, as for ResNet

    def feature_maps(self, images: Float[Tensor, "n channels height width"]) -> list[Tensor]:
        """Return the output of every stage, [n, width · 2^k, height / 2^k, width / 2^k]; of the last, normalised."""
        check_images(self, images, halvings=len(self.stages) - 1)
        x = self.stem(channels_last(images) - 0.5)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return [*maps[:-1], self.last(x)]


class PreActivationBlock(nn.Module):
    """y = F(x) + x with two 3 x 3 convolutions in F."""

    def __init__(self, inner: int, outer: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inner), convolution(inner, outer, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outer), convolution(outer, outer, 3)
        same = inner == outer and stride == 1
        self.shortcut = None if same else convolution(inner, outer, 1, stride)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d hh ww"]:
        """Return y."""
        a = relu(self.bn1(x))
        # F = conv(ReLU(BN(conv(a))))
        f = self.conv2(relu(self.bn2(self.conv1(a))))
        return f + (x if self.shortcut is None else self.shortcut(a))
