"""VGG with batch normalisation: a deep stack of 3 x 3 convolutions without skip connections.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR (2015):

    y = ReLU(BN(conv(x))),   again and again, with the maximum of 2 x 2 positions between the stages.

    >>> encoder = VGG(width=16, layers=(2, 2, 4, 4))            # VGG-19's first four stages, narrower
    >>> encoder(images), encoder.feature_maps(images)           # as ResNet
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from lecturelib.backbones.encoder import Encoder, check_images, check_sizes, convolution


class VGG(Encoder):
    """Stages of plain convolutions; the feature is the mean over the positions of the last map.

    Args:
        channels: of the images.
        width: channels of the first stage; every stage has twice as many as the one before.
        layers: convolutions in each stage.

    """

    def __init__(self, channels: int = 3, width: int = 16, layers: Sequence[int] = (1, 1, 2, 2)) -> None:
        super().__init__()
        check_sizes(channels, width, layers=layers)
        self.channels, self.out_features = int(channels), int(width) * 2 ** (len(layers) - 1)
        self.stages, inner = nn.ModuleList(), channels
        for k, count in enumerate(layers):
            outer, stage = width * 2**k, nn.Sequential()
            for _ in range(count):
                stage.extend([convolution(inner, outer, 3), nn.BatchNorm2d(outer), nn.ReLU()])
                inner = outer
            self.stages.append(stage)

    def feature_maps(self, images: Float[Tensor, "n channels height width"]) -> list[Tensor]:
        """Return the output of every stage, [n, width · 2^k, height / 2^k, width / 2^k]."""
        check_images(self, images, halvings=len(self.stages) - 1, rounded_up=False)
        x, maps = images - 0.5, []
        for k, stage in enumerate(self.stages):
            x = stage(x if k == 0 else max_pool2d(x, 2))
            maps.append(x)
        return maps
