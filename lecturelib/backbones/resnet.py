"""Residual network, in the form for small images.

He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR (2016):

    y = ReLU(F(x) + x),   F = BN ∘ conv ∘ ReLU ∘ BN ∘ conv,

where x is projected by a 1 x 1 convolution if the sizes differ. Four stages, each at half the resolution and twice the
channels of the one before. The stem is one 3 x 3 convolution, without the pooling for large images.

    >>> encoder = ResNet(width=16, blocks=(1, 1, 1, 1))
    >>> encoder(images)                     # features [n, 128], the mean over the positions of the last map
    >>> encoder.feature_maps(images)        # what every stage computes: [n, 16, 32, 32] … [n, 128, 4, 4]

`width=64, blocks=(2, 2, 2, 2)` is ResNet-18; batch normalisation keeps running means for `eval`.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib.backbones.encoder import Encoder, channels_last, check_images, check_sizes, convolution


class ResNet(Encoder):
    """Residual network with basic blocks.

    Args:
        channels: of the images.
        width: channels of the first stage.
        blocks: number of blocks in each stage.

    """

    def __init__(self, channels: int = 3, width: int = 16, blocks: Sequence[int] = (1, 1, 1, 1)) -> None:
        super().__init__()
        check_sizes(channels, width, blocks=blocks)
        self.channels, self.out_features = int(channels), int(width) * 2 ** (len(blocks) - 1)
        self.stem = nn.Sequential(convolution(channels, width, 3), nn.BatchNorm2d(width), nn.ReLU())
        self.stages = nn.ModuleList()
        inner = width
        for k, count in enumerate(blocks):
            outer = width * 2**k
            first = BasicBlock(inner, outer, stride=1 if k == 0 else 2)
            self.stages.append(nn.Sequential(first, *(BasicBlock(outer, outer) for _ in range(count - 1))))
            inner = outer
        # "channels last" is a third faster on processors; the numbers are the same
        self.to(memory_format=torch.channels_last)

    def feature_maps(self, images: Float[Tensor, "n channels height width"]) -> list[Tensor]:
        """Return the output of every stage, [n, width · 2^k, height / 2^k, width / 2^k]."""
        check_images(self, images, halvings=len(self.stages) - 1)
        x = self.stem(channels_last(images) - 0.5)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class BasicBlock(nn.Module):
    """y = ReLU(F(x) + x) with two 3 x 3 convolutions in F."""

    def __init__(self, inner: int, outer: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = convolution(inner, outer, 3, stride), nn.BatchNorm2d(outer)
        self.conv2, self.bn2 = convolution(outer, outer, 3), nn.BatchNorm2d(outer)
        same = inner == outer and stride == 1
        self.shortcut = (
            nn.Identity() if same else nn.Sequential(convolution(inner, outer, 1, stride), nn.BatchNorm2d(outer))
        )

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d hh ww"]:
        """Return y."""
        # F = BN(conv(ReLU(BN(conv(x)))))
        f = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(f + self.shortcut(x))
