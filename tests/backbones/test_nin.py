"""The network in network: the paper's layers and sizes."""

import pytest
import torch
from torch import nn

from lecturelib.backbones import NetworkInNetwork


def test_the_papers_layers():
    net = NetworkInNetwork()
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert [(c.in_channels, c.out_channels, c.kernel_size[0]) for c in convs] == [
        (3, 192, 5),
        (192, 160, 1),
        (160, 96, 1),
        (96, 192, 5),
        (192, 192, 1),
        (192, 192, 1),
        *2 * [(192, 192, 3), (192, 192, 1), (192, 192, 1)],
    ]
    assert all(c.bias is None for c in convs)
    assert sum(isinstance(m, nn.BatchNorm2d) for m in net.modules()) == len(convs)


def test_shapes():
    net = NetworkInNetwork(width=12).eval()
    x = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    maps = net.feature_maps(x)
    assert [list(m.shape) for m in maps] == [[3, 6, 16, 16], [3, 12, 8, 8], [3, 12, 8, 8], [3, 12, 8, 8]]
    torch.testing.assert_close(net(x), maps[-1].mean(dim=(2, 3)))
    assert net.out_features == 12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NetworkInNetwork(0), "channels: expected a positive integer, got 0"),
        (lambda: NetworkInNetwork(width=-2), "width: expected a positive integer, got -2"),
        (lambda: NetworkInNetwork(1)(torch.rand(2, 3, 32, 32)), "images: expected shape [n, 1, height, width]"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
