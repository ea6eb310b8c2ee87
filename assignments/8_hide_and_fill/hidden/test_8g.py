"""8g: the channel-wise layer, against the library's; the error, against the hidden values one by one."""

import pytest
import torch

from lecturelib.homework import close
from lecturelib.pretext.inpainting import ChannelwiseLinear


@pytest.mark.points(2)
def test_channelwise(student, generator):
    for channels, height, width in ((3, 4, 2), (5, 3, 3)):
        layer = ChannelwiseLinear(channels, height * width).requires_grad_(False)
        for parameter in (layer.W, layer.b):
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
        x = torch.randn(4, channels, height, width, generator=generator)
        close(student.channelwise(x, layer.W.data, layer.b.data), layer(x), name="channelwise", atol=1e-4)


@pytest.mark.points(1)
def test_error(student, generator):
    x, painted = torch.rand(2, 4, 3, 5, 5, generator=generator)
    mask = (torch.rand(4, 1, 5, 5, generator=generator) < torch.linspace(0.1, 0.9, 4).view(-1, 1, 1, 1)).float()
    mask[:, :, 0, 0] = 1
    hidden = mask.expand_as(x) == 1
    right = (x[hidden].double() - painted[hidden]).square().mean()
    close(student.masked_square(x, painted, mask), right, name="masked_square")
