"""Masked convolutions: what a pixel may see, applied to whole images or, when sampling, to one pixel at a time.

>>> conv = MaskedConv2d(3, 60, 7, mask_type="A", channels=3)  # the first layer of a PixelCNN over RGB images
>>> conv(image).shape                                         # image: [batch, 3, height, width]
torch.Size([batch, 60, height, width])
"""

from collections.abc import Callable
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

MaskType = Literal["A", "B"]


def raster_mask(
    out_channels: int,
    in_channels: int,
    kernel_size: tuple[int, int],
    mask_type: MaskType,
    channels: int,
    parts: int = 1,
) -> Float[Tensor, "out_channels in_channels rows columns"]:
    """1 where a convolution may look: the rows above, the pixels to the left, and of its own pixel some channels.

    Feature maps are split into `channels` groups of (nearly) equal size, in the order R, G, B. At the centre, a
    feature of group G sees the groups before G (mask A: the first layer, whose input is the image itself) or those
    and its own (mask B: all others). With `parts` = 2, each half of the output maps is split that way.
    """
    rows, columns = kernel_size
    mask = torch.zeros(out_channels, in_channels, rows, columns)
    mask[:, :, : rows // 2] = 1
    mask[:, :, rows // 2, : columns // 2] = 1
    target = _group(out_channels // parts, channels).repeat(parts)[:, None]
    source = _group(in_channels, channels)
    mask[:, :, rows // 2, columns // 2] = (source < target if mask_type == "A" else source <= target).float()
    return mask


def _group(features: int, channels: int) -> Tensor:
    return torch.arange(features) * channels // features


class MaskedConv2d(nn.Conv2d):
    """A convolution whose weights are 0 wherever `raster_mask` is.

    Args:
        in_channels, out_channels: feature maps in and out.
        kernel_size: odd height and width, or one number for both.
        mask_type, channels, parts: as in `raster_mask`; `channels` are those of the image.
        dilation: distance between the positions that the kernel reads.

    """

    mask: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        mask_type: MaskType,
        channels: int,
        parts: int = 1,
        dilation: int = 1,
    ) -> None:
        size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
        above, left = dilation * (size[0] // 2), dilation * (size[1] // 2)
        super().__init__(in_channels, out_channels, size, padding=(above, left), dilation=dilation)
        self.above, self.left = above, left  # how far the kernel reaches
        self._mask_arguments = (out_channels, in_channels, size, mask_type, channels, parts)
        self.register_buffer("mask", raster_mask(*self._mask_arguments), persistent=False)
        with torch.no_grad():  # PyTorch's scale, with the fan-in that the mask leaves
            self.weight *= (self.mask[0].numel() / self.mask.flatten(1).sum(1).clamp(min=1)).sqrt()[:, None, None, None]

    def forward(self, h: Float[Tensor, "batch in_channels height width"]) -> Float[Tensor, "batch out height width"]:
        """Convolve with the weights that the mask leaves."""
        return conv2d(h, self.weight * self.mask, self.bias, padding=self.padding, dilation=self.dilation)

    def _restore_mask(self) -> None:
        """Compute the mask again where its values may be gone: after `to_empty` or on the meta device."""
        with self.weight.device:
            self.mask = raster_mask(*self._mask_arguments).to(self.weight.dtype)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "MaskedConv2d":
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._restore_mask()
        return self

    def _load_from_state_dict(self, *arguments: Any) -> None:
        super()._load_from_state_dict(*arguments)
        self._restore_mask()


RunConv = Callable[[Any, Tensor], Tensor]


def full_image(conv: Any, h: Float[Tensor, "batch in_channels height width"]) -> Tensor:
    """Run `conv` on whole images."""
    out: Tensor = conv(h)
    return out


class SinglePixelConv:
    """Runs masked convolutions at one pixel, and remembers their inputs there for the pixels to come.

    A masked convolution looks back only, so what it read at earlier pixels never changes. All pixels together
    cost about as much as one pass over the image for each channel, instead of a pass for each pixel and channel.

        >>> run = SinglePixelConv(x)              # x: [n, channels, height, width]
        >>> run.row, run.column = 0, 5
        >>> run(conv, h)                          # h: [n, in_channels] at that pixel; returns [n, out_channels]
    """

    def __init__(self, x: Tensor) -> None:
        self.n, (self.height, self.width) = len(x), x.shape[-2:]
        self.row = self.column = 0
        self._inputs: dict[nn.Conv2d, Tensor] = {}
        self._weights: dict[nn.Conv2d, Tensor] = {}

    def __call__(self, conv: MaskedConv2d, h: Float[Tensor, "n in_channels"]) -> Float[Tensor, "n out_channels"]:
        """Return the output of `conv` at the pixel, where its input is `h`."""
        if conv not in self._weights:
            past = (conv.weight * conv.mask)[:, :, : conv.kernel_size[0] // 2 + 1]
            self._weights[conv] = past.permute(2, 3, 1, 0).flatten(0, 2)
        if conv.kernel_size != (1, 1):
            self.remember(conv, h)
            rows = slice(self.row, self.row + conv.above + 1, conv.dilation[0])
            columns = slice(self.column, self.column + 2 * conv.left + 1, conv.dilation[1])
            h = self._inputs[conv][:, rows, columns].reshape(self.n, -1)
        assert conv.bias is not None
        return torch.addmm(conv.bias, h, self._weights[conv])

    def remember(self, conv: MaskedConv2d, h: Float[Tensor, "n in_channels"]) -> None:
        """Store the input of `conv` at the pixel."""
        if conv not in self._inputs:
            shape = (self.n, self.height + conv.above, self.width + 2 * conv.left, conv.in_channels)
            self._inputs[conv] = h.new_zeros(shape)
        self._inputs[conv][:, self.row + conv.above, self.column + conv.left] = h


class VerticalConv2d(nn.Conv2d):
    """A convolution over a row and the rows above it, at full width.

    Args:
        in_channels, out_channels: feature maps in and out.
        kernel_size: number of rows, the lowest of which is the pixel's own, and odd number of columns.
        dilation: distance between the positions that the kernel reads.

    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: tuple[int, int], dilation: int = 1) -> None:
        padding = (0, dilation * (kernel_size[1] // 2))
        super().__init__(in_channels, out_channels, kernel_size, padding=padding, dilation=dilation)
        self.above = dilation * (kernel_size[0] - 1)

    def forward(self, h: Float[Tensor, "batch in_channels height width"]) -> Float[Tensor, "batch out height width"]:
        """Convolve, with rows of zeros above the image."""
        return super().forward(pad(h, (0, 0, self.above, 0)))


class SingleRowConv:
    """Runs `VerticalConv2d` on one row of images, from the top down, and remembers the rows that it has seen."""

    def __init__(self, x: Tensor) -> None:
        self.height, self.row = x.shape[-2], 0
        self._inputs: dict[nn.Conv2d, Tensor] = {}

    def __call__(self, conv: VerticalConv2d, h: Float[Tensor, "n in_channels 1 width"]) -> Tensor:
        """Return the output of `conv` at the row, where its input is `h`: [n, out_channels, 1, width]."""
        if conv not in self._inputs:
            self._inputs[conv] = h.new_zeros(*h.shape[:2], self.height + conv.above, h.shape[3])
        inputs = self._inputs[conv]
        inputs[:, :, self.row + conv.above] = h[:, :, 0]
        window = inputs[:, :, self.row : self.row + conv.above + 1]
        return conv2d(window, conv.weight, conv.bias, padding=conv.padding, dilation=conv.dilation)
