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


def check_images(encoder: Encoder, images: object, halvings: int, *, rounded_up: bool = True) -> None:
    """Raise unless `images` are such that every map has a position, and more than one number per channel in training.

    Args:
        encoder: its channels, and whether its batch normalisation is in training, are what counts.
        images: any object.
        halvings: how often the sides are halved on the way to the last map.
        rounded_up: whether half of an odd side is rounded up.

    Raises:
        TypeError, ValueError: they are not a float tensor [n, channels, height, width] with values in [0, 1], of the
            model's dtype and on its device, or too small.

    """
    checks.images("images", images, channels=encoder.channels)
    assert isinstance(images, Tensor)
    check_like(images, next(encoder.parameters(), images))  # a replica of DataParallel has no parameters
    least, side = 1 if rounded_up else 2**halvings, max(images.shape[2:])
    if min(images.shape[2:]) < least:
        raise ValueError(f"images: expected at least {least} pixels a side, got {list(images.shape[2:])}")
    single = -(-side // 2**halvings) == 1 if rounded_up else side < 2 ** (halvings + 1)
    if len(images) == 1 and single:
        norms = (module for module in encoder.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm))
        if any(norm.training for norm in norms):
            raise ValueError(
                "images: expected two or more, or larger ones, in training: batch normalisation needs more than the one"
                f" number per channel that is left of one image of {list(images.shape[2:])}; or call eval() first"
            )


def check_like(images: Tensor, like: Tensor) -> None:
    """Raise unless `images` have the dtype of the weight `like`, or autocast is on, and are on its device."""
    if images.dtype != like.dtype and not checks.autocast_enabled(images):
        raise TypeError(f"images: expected dtype {like.dtype} (the model's), got {images.dtype}")
    if images.device != like.device:
        raise ValueError(f"images: expected a tensor on {like.device} (the model's), got one on {images.device}")


def check_sizes(channels: int, width: int, **stages: Sequence[int]) -> None:
    """Raise TypeError or ValueError unless the sizes, and the counts in `stages`, are positive integers."""
    checks.positive_int("channels", channels)
    checks.positive_int("width", width)
    for name, counts in stages.items():
        if not isinstance(counts, Sequence) or isinstance(counts, str):
            raise TypeError(f"{name}: expected a sequence of integers, got {counts!r:.60} ({type(counts).__name__})")
        if not counts:
            raise ValueError(f"{name}: expected one stage or more, got none")
        for count in counts:
            checks.positive_int(name, count)
