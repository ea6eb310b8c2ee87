"""Multi-scale PixelCNN: first a small image, then the pixels between its pixels.

van den Oord, Kalchbrenner and Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016, section 3.6 and Figure 2,
centre; there with recurrent layers, here with the convolutional network.

    p(x) = p(s) Π_{i ∉ s} p(x_i | x_{<i}, s)        s: every k-th pixel of every k-th row of x

    >>> model = MultiScalePixelCNN(channels=1, num_levels=2, stride=4)
    >>> nats = model.log_prob(x)                  # x: integers [batch, 1, height, width]; nats: [batch]
    >>> images = model.enlarge(x[:, :, ::4, ::4], (28, 28))
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn
from torch.nn.functional import relu

from lecturelib import checks, sampling
from lecturelib.autoregressive import pixels
from lecturelib.autoregressive.masked import MaskedConv2d
from lecturelib.autoregressive.pixelcnn import PixelCNN


class MultiScalePixelCNN(pixels.ImageDensity):
    """A density over images: a PixelCNN over the subsampled image, and one over the rest that also sees all of it.

    Args:
        channels, num_levels, hidden_channels, num_layers, head_channels, dilations: of both networks, as in `PixelCNN`.
        stride: k above: distance between the pixels of the subsampled image.

    Raises:
        TypeError, ValueError: a size is not a positive integer, or there are fewer feature maps than channels.

    """

    def __init__(
        self,
        channels: int = 1,
        num_levels: int = 2,
        hidden_channels: int = 32,
        num_layers: int = 7,
        *,
        stride: int = 2,
        head_channels: int = 32,
        dilations: Sequence[int] = (1,),
    ) -> None:
        super().__init__(channels, num_levels)
        self.stride = checks.integer_between("stride", stride, 2, 2**10)
        self.small, self.large = (
            PixelCNN(
                channels, num_levels, hidden_channels, num_layers, head_channels=head_channels, dilations=dilations
            )
            for _ in range(2)
        )
        # Spreading the small image out and convolving it is a transposed convolution, the paper's "deconvolution".
        self.spread = nn.Conv2d(channels + 1, hidden_channels, 2 * self.stride + 1, padding=self.stride)
        self.blend = nn.Conv2d(hidden_channels, hidden_channels, 3, padding=1)
        self.bias = nn.Conv2d(hidden_channels, num_layers * hidden_channels, 1)

    @property
    def out(self) -> MaskedConv2d:  # type: ignore[override]
        """The last layer of the large network."""
        return self.large.out

    def biases(self, s: Tensor, size: Sequence[int]) -> tuple[Tensor, ...]:
        """What the small image of intensities adds to each large block, [batch, hidden_channels, height, width]."""
        wide = s.new_zeros(s.shape[0], self.channels + 1, *size)
        wide[:, :-1, :: self.stride, :: self.stride] = s
        wide[:, -1, :: self.stride, :: self.stride] = 1  # here is a pixel of s
        return self.bias(relu(self.blend(relu(self.spread(wide))))).chunk(len(self.large.blocks), dim=1)

    def network(self, v: Float[Tensor, "batch channels height width"], labels: Tensor | None = None) -> Tensor:
        """Logits [batch, options, channels, height, width]: those of the small network at the pixels of s."""
        s = v[:, :, :: self.stride, :: self.stride]
        logits = self.large.network(v, biases=self.biases(s, v.shape[2:])).clone()
        logits[..., :: self.stride, :: self.stride] = self.small.network(s)
        return logits

    def sample(
        self, n: int, size: Sequence[int], *, generator: torch.Generator | None = None, fast: bool = True
    ) -> Integer[Tensor, "n channels height width"]:
        """Draw `n` images of `size` (height, width): the small one first; `fast` as in `PixelCNN.complete`.

        Raises:
            TypeError, ValueError: `n` or `size` is not a positive integer.

        """
        blank = self.blank(n, size)[:, :, :: self.stride, :: self.stride]
        s = self.small.complete(blank, 0, generator=generator, fast=fast)
        return self.enlarge(s, size, generator=generator, fast=fast)

    @torch.no_grad()
    def enlarge(
        self,
        s: Integer[Tensor, "n channels small_height small_width"],
        size: Sequence[int],
        *,
        generator: torch.Generator | None = None,
        fast: bool = True,
    ) -> Integer[Tensor, "n channels height width"]:
        """Draw images of `size` from p(x | s); `fast` as in `PixelCNN.complete`.

        Raises:
            TypeError, ValueError: `s` is not an integer tensor with values from 0 to num_levels - 1, or not of the
                size of the subsampled image of an image of `size`.

        """
        pixels.check_images(self, s, None, name="s")
        x = self.blank(len(s), size)
        expected = x[0, :, :: self.stride, :: self.stride].shape
        if s.shape[1:] != expected:
            raise ValueError(f"s: expected images {list(expected)} for size {tuple(size)}, got {list(s.shape[1:])}")
        x[:, :, :: self.stride, :: self.stride] = s
        given = torch.zeros(x.shape[2:], dtype=torch.bool, device="cpu")
        given[:: self.stride, :: self.stride] = True
        u = sampling.uniform(x.shape, like=self.out.weight, generator=generator)
        if not fast:
            return pixels.sample_pixels(x, given, u, pixels.whole_network(self, x))
        biases = self.biases(self.intensities(s), x.shape[2:])
        return pixels.sample_pixels(x, given, u, self.large.incremental(x, None, biases=biases))
