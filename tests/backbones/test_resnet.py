"""The residual network: its block equals torchvision's with copied weights; its shapes, and its laws."""

import pytest
import torch
from torchvision.models.resnet import BasicBlock as Theirs  # type: ignore[import-untyped]
from torchvision.models.resnet import resnet18

from lecturelib.backbones import ResNet, ResNetV2, RevNet
from lecturelib.backbones.resnet import BasicBlock


def images(n=4, size=32, channels=3):
    return torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(0))


def torchvision_names(state):
    """Ours to theirs: the shortcut is called downsample there."""
    return {name.replace("shortcut", "downsample"): value for name, value in state.items()}


@pytest.mark.parametrize(("inner", "outer", "stride"), [(8, 8, 1), (8, 16, 2)])
def test_a_block_equals_torchvisions(inner, outer, stride):
    ours, shortcut = BasicBlock(inner, outer, stride).double(), None
    if stride > 1:
        shortcut = torch.nn.Sequential(
            torch.nn.Conv2d(inner, outer, 1, stride, bias=False), torch.nn.BatchNorm2d(outer)
        )
    theirs = Theirs(inner, outer, stride, shortcut).double()
    theirs.load_state_dict(torchvision_names(ours.state_dict()))
    x = images(3, 16, inner).double().requires_grad_()
    a, b = ours(x), theirs(x)
    torch.testing.assert_close(a, b)
    for first, second in zip(
        torch.autograd.grad(a.square().sum(), x), torch.autograd.grad(b.square().sum(), x), strict=True
    ):
        torch.testing.assert_close(first, second)


def test_width_64_and_two_blocks_a_stage_is_resnet18_but_for_the_stem():
    """The stages equal torchvision's layers, weights copied; the parameters differ by stem and classifier."""
    ours, theirs = ResNet(3, 64, (2, 2, 2, 2)).double().eval(), resnet18(weights=None).double().eval()
    x = images(2, 16, 64).double()
    y = x
    for k, stage in enumerate(ours.stages):
        layer = getattr(theirs, f"layer{k + 1}")
        layer.load_state_dict(torchvision_names(stage.state_dict()))
        x, y = stage(x), layer(y)
        torch.testing.assert_close(x, y)

    def count(parts):
        return sum(p.numel() for part in parts for p in part.parameters())

    assert count([ours]) - count([ours.stem]) == count([theirs]) - count([theirs.conv1, theirs.bn1, theirs.fc])


def test_shapes():
    net = ResNet(1, 6, (1, 2, 1))
    maps = net.feature_maps(images(5, 28, 1))
    assert [list(m.shape) for m in maps] == [[5, 6, 28, 28], [5, 12, 14, 14], [5, 24, 7, 7]]
    assert net.out_features == 24
    net.eval()
    features = net(images(5, 28, 1))
    torch.testing.assert_close(features, net.feature_maps(images(5, 28, 1))[-1].mean(dim=(2, 3)))
    torch.testing.assert_close(net(images(5, 28, 1)[:2]), features[:2])
    assert net(images(2, 8, 1)).shape == (2, 24)  # any size: patches too


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ResNet(0), "channels: expected a positive integer, got 0"),
        (lambda: ResNet(width=-1), "width: expected a positive integer, got -1"),
        (lambda: ResNet(blocks=(1, 0)), "blocks: expected a positive integer, got 0"),
        (lambda: ResNet()(images(channels=1)), "images: expected shape [n, 3, height, width]"),
        (lambda: ResNet()(images() - 1), "images: expected values in [0, 1]"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("kind", [ResNet, ResNetV2, RevNet])
@pytest.mark.parametrize("blocks", [2, "12", (k for k in (1, 1))])
def test_the_number_of_blocks_of_each_stage_is_a_sequence(plain_errors, kind, blocks):
    with pytest.raises(TypeError, match=r"^blocks: expected a sequence of integers, got"):
        kind(3, 8, blocks)
