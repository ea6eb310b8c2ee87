"""Multi-scale PixelCNN: first a small image, then the pixels between its pixels.

van den Oord, Kalchbrenner and Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016, section 3.6 and Figure 2,
centre; there with recurrent layers, here with the convolutional network.

    p(x) = p(s) Π_{i ∉ s} p(x_i | x_{<i}, s)        s: every k-th pixel of every k-th row of x

    >>> model = MultiScalePixelCNN(channels=1, levels=2, stride=4)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
    >>> images = model.enlarge(x[:, :, ::4, ::4], (28, 28))
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib import checks
from lecturelib.autoregressive import pixels
from lecturelib.autoregressive.pixelcnn import PixelCNN


class MultiScalePixelCNN(nn.Module):
    """A density over images: a PixelCNN over the subsampled image, and one over the rest that also sees all of it.

    Args:
        channels, levels, hidden, layers, final, dilations: of both networks, as in `PixelCNN`.
        stride: k above: distance between the pixels of the subsampled image.

    Raises:
        TypeError, ValueError: a size is off.

    """

    classes = None

    def __init__(
        self,
        channels: int = 1,
        levels: int = 2,
        hidden: int = 32,
        layers: int = 7,
        *,
        stride: int = 2,
        final: int = 32,
        dilations: Sequence[int] = (1,),
    ) -> None:
        checks.integer_between("stride", stride, 2, 2**10)
        super().__init__()
        self.channels, self.levels, self.stride = channels, levels, stride
        self.small = PixelCNN(channels, levels, hidden, layers, final=final, dilations=dilations)
        self.large = PixelCNN(channels, levels, hidden, layers, final=final, dilations=dilations)
        # Spreading the small image out and convolving it is a transposed convolution, the paper's "deconvolution".
        self.spread = nn.Conv2d(channels + 1, hidden, 2 * stride + 1, padding=stride)
        self.blend = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.bias = nn.Conv2d(hidden, layers * hidden, 1)

    @property
    def out(self) -> nn.Conv2d:
        """The last layer, whose weights tell the device and the type."""
        return self.large.out

    def conditions(self, s: Tensor, size: Sequence[int]) -> tuple[Tensor, ...]:
        """What the small image of intensities adds to each large block, [batch, hidden, height, width]."""
        wide = s.new_zeros(len(s), self.channels + 1, *size)
        wide[:, :-1, :: self.stride, :: self.stride] = s
        wide[:, -1, :: self.stride, :: self.stride] = 1  # here is a pixel of s
        return self.bias(relu(self.blend(relu(self.spread(wide))))).chunk(len(self.large.blocks), dim=1)

    def network(self, v: Float[Tensor, "batch channels height width"]) -> Tensor:
        """Logits [batch, options, channels, height, width]: those of the small network at the pixels of s."""
        s = v[:, :, :: self.stride, :: self.stride]
        logits = self.large.network(v, self.conditions(s, v.shape[2:])).clone()
        logits[..., :: self.stride, :: self.stride] = self.small.network(s)
        return logits

    def logits(
        self, x: Integer[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch options channels height width"]:
        """Scores of the levels of every pixel and channel given those drawn before; one log-odds where levels = 2.

        Raises:
            TypeError, ValueError: `x` are no integers from 0 to levels - 1 in the right shape.

        """
        pixels.check_images(self, x, None)
        return self.network(pixels.intensities(x, self.levels, self.out.weight))

    def log_prob(self, x: Integer[Tensor, "batch channels height width"]) -> Float[Tensor, " batch"]:
        """log p(x) in nats, one an image; raises as `logits`."""
        return pixels.log_prob(self.logits(x), x)

    def bits_per_dim(self, x: Integer[Tensor, "batch channels height width"]) -> Float[Tensor, " batch"]:
        """Return -log₂ p(x) divided by the number of pixels times channels; raises as `logits`."""
        return pixels.bits_per_dim(self.log_prob(x), x[0].numel())

    def sample(
        self, n: int, size: tuple[int, int], *, generator: torch.Generator | None = None, fast: bool = True
    ) -> Integer[Tensor, "n channels height width"]:
        """Draw `n` images of `size` (height, width): the small one first.

        Raises:
            TypeError, ValueError: `n` or `size` is no positive integer.

        """
        blank = pixels.blank(self, n, size)[:, :, :: self.stride, :: self.stride]
        return self.enlarge(
            self.small.complete(blank, 0, generator=generator, fast=fast), size, generator=generator, fast=fast
        )

    @torch.no_grad()
    def enlarge(
        self,
        s: Integer[Tensor, "n channels small_height small_width"],
        size: tuple[int, int],
        *,
        generator: torch.Generator | None = None,
        fast: bool = True,
    ) -> Integer[Tensor, "n channels height width"]:
        """Draw images of `size` from p(x | s); `fast` as in `PixelCNN.complete`.

        Raises:
            TypeError, ValueError: `s` are no integers from 0 to levels - 1 in the right shape, or it is not as large
                as the subsampled image of an image of `size`.

        """
        pixels.check_images(self, s, None)
        x = pixels.blank(self, len(s), size)
        expected = x[0, :, :: self.stride, :: self.stride].shape
        if s.shape[1:] != expected:
            raise ValueError(f"s: expected images {list(expected)} for size {size}, got {list(s.shape[1:])}")
        x[:, :, :: self.stride, :: self.stride] = s
        given = torch.zeros(size, dtype=torch.bool)
        given[:: self.stride, :: self.stride] = True
        u = pixels.uniforms(x, generator, self.out.weight)
        if not fast:
            return pixels.walk(x, given, u, lambda row, column: self.logits(x)[..., row, column], lambda r, c: None)
        conditions = self.conditions(pixels.intensities(s, self.levels, self.out.weight), size)
        return pixels.walk(x, given, u, *self.large.stepwise(x, conditions))
