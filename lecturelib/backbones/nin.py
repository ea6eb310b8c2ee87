"""Network in network, as the rotation paper uses it on CIFAR-10.

Lin, Chen and Yan, "Network in Network", ICLR (2014): after every convolution with a window, two with 1 x 1 windows, a
small network for each position. Gidaris, Singh and Komodakis, ICLR (2018), Section 4.1, stack four such blocks, with
batch normalisation, and look at the features of each.

    block 1   5 x 5, 1 x 1, 1 x 1; maximum over 3 x 3, every second position      192, 160, 96 channels
    block 2   5 x 5, 1 x 1, 1 x 1; mean over 3 x 3, every second position         192, 192, 192
    block 3   3 x 3, 1 x 1, 1 x 1                                              192, 192, 192
    block 4   as block 3; then the mean over all positions

    >>> encoder = NetworkInNetwork()
    >>> encoder.feature_maps(images)[1]     # the second block's output [n, 192, 8, 8]
"""

from jaxtyping import Float
from torch import Tensor, nn

from lecturelib.backbones.encoder import Encoder, check_images, check_sizes


class NetworkInNetwork(Encoder):
    """Four blocks of three convolutions; the features are the fourth block's.

    Args:
        channels: of the images.
        width: of most layers; the paper's is 192. The narrower layers of the first block shrink with it.

    """

    def __init__(self, channels: int = 3, width: int = 192) -> None:
        super().__init__()
        check_sizes(channels, width)
        self.channels, self.out_features = int(channels), int(width)
        middle, narrow = max(1, width * 160 // 192), max(1, width * 96 // 192)
        self.blocks = nn.ModuleList(
            [
                nn.Sequential(
                    _layer(channels, width, 5),
                    _layer(width, middle, 1),
                    _layer(middle, narrow, 1),
                    nn.MaxPool2d(3, stride=2, padding=1),
                ),
                nn.Sequential(
                    _layer(narrow, width, 5),
                    _layer(width, width, 1),
                    _layer(width, width, 1),
                    nn.AvgPool2d(3, stride=2, padding=1),
                ),
                nn.Sequential(_layer(width, width, 3), _layer(width, width, 1), _layer(width, width, 1)),
                nn.Sequential(_layer(width, width, 3), _layer(width, width, 1), _layer(width, width, 1)),
            ]
        )

    def feature_maps(self, images: Float[Tensor, "n channels height width"]) -> list[Tensor]:
        """Return the output of every block."""
        check_images(self, images, halvings=2)
        x, maps = images - 0.5, []
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        return maps


def _layer(inner: int, outer: int, size: int) -> nn.Sequential:
    """Convolution, batch normalisation and ReLU."""
    conv = nn.Conv2d(inner, outer, size, padding=size // 2, bias=False)
    nn.init.normal_(conv.weight, std=(2 / (size * size * outer)) ** 0.5)
    return nn.Sequential(conv, nn.BatchNorm2d(outer), nn.ReLU())
