"""One image in training: right where a map has several positions, refused in one line where it has one."""

import pytest
import torch
from torch import nn

from lecturelib.backbones import VGG, NetworkInNetwork, ResNet, ResNetV2, RevNet

KINDS = [ResNet, ResNetV2, RevNet, VGG]


def image(*sides, n=1):
    return torch.rand(n, 3, *sides, generator=torch.Generator().manual_seed(0))


def network(kind):
    return NetworkInNetwork(3, 8) if kind is NetworkInNetwork else kind(3, 4)


@pytest.mark.parametrize(
    ("kind", "sides"), [*((kind, (8, 8)) for kind in KINDS), (NetworkInNetwork, (4, 3)), (NetworkInNetwork, (1, 1))]
)
def test_a_last_map_of_one_position_is_refused_in_training_alone(plain_errors, kind, sides):
    net, x = network(kind), image(*sides)
    message = "images: expected two or more, or larger ones, in training"
    for call in (net, net.feature_maps):
        with pytest.raises(ValueError, match=f"^{message}"):
            call(x)
    assert net.feature_maps(image(*sides, n=2))[-1].shape[2:] == (1, 1)
    assert net.eval()(x).shape == (1, net.out_features)


@pytest.mark.parametrize(("kind", "sides"), [*((kind, (8, 16)) for kind in KINDS), (NetworkInNetwork, (4, 5))])
def test_two_positions_are_enough(kind, sides):
    net = network(kind)
    net(image(*sides)).sum().backward()
    assert net.feature_maps(image(*sides))[-1].shape[2:] == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_one_image_is_enough_where_the_normalisation_is_frozen(kind):
    net = network(kind)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    assert net(image(8, 8)).isfinite().all()


def test_images_that_pooling_would_shrink_to_nothing(plain_errors):
    with pytest.raises(ValueError, match=r"^images: expected at least 8 pixels a side, got \[8, 7\]$"):
        network(VGG)(image(8, 7, n=2))
