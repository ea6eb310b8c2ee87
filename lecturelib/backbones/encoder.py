"""What all backbones share: features are the mean, over positions, of the last feature map."""

from collections.abc import Sequence
from numbers import Integral

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lecturelib import checks


class Encoder(nn.Module):
    """From images to features; a backbone adds `feature_maps`.

    Attributes:
        channels: of the images.
        out_features: number of features.

    """

    channels: int
    out_features: int

    def forward(self, images: Float[Tensor, "n channels height width"]) -> Float[Tensor, "n features"]:
        """Return the mean of the last feature map over its positions.

        Raises:
            TypeError, ValueError: `images` is not a float tensor [n, channels, height, width] with values in [0, 1].

        """
        return self.feature_maps(images)[-1].mean(dim=(2, 3))

    def feature_maps(self, images: Float[Tensor, "n channels height width"]) -> list[Tensor]:
        """Return the output of every stage."""
        raise NotImplementedError(f"{type(self).__name__}: expected a method feature_maps")


def length_of_features(encoder: nn.Module) -> int:
    """Return `encoder.out_features`.

    Raises:
        TypeError: the encoder does not have it.

    """
    length = getattr(encoder, "out_features", None)
    if not isinstance(length, Integral):
        raise TypeError(
            f"encoder: expected an attribute out_features, the length of its output, got {type(encoder).__name__}"
            "; for a ResNet of torchvision: encoder.out_features = encoder.fc.in_features; encoder.fc = nn.Identity()"
        )
    return int(length)


def convolution(inner: int, outer: int, size: int, stride: int = 1) -> nn.Conv2d:
    """Return a convolution without bias that keeps the size, or divides it by `stride`, as He et al. initialise it."""
    conv = nn.Conv2d(inner, outer, size, stride, padding=size // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return conv


def channels_last(images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """Return the images in the memory layout that convolutions on a CPU are a third faster with."""
    if not torch.compiler.is_compiling() and torch._C._functorch.is_functorch_wrapped_tensor(images):
        return images  # torch.func's tensors have no such layout
    return images.contiguous(memory_format=torch.channels_last)


def check_sizes(channels: int, width: int, **stages: Sequence[int]) -> None:
    """Raise TypeError or ValueError unless the sizes, and the counts in `stages`, are positive integers."""
    checks.positive_int("channels", channels)
    checks.positive_int("width", width)
    for name, counts in stages.items():
        if not counts:
            raise ValueError(f"{name}: expected one stage or more, got none")
        for count in counts:
            checks.positive_int(name, count)
