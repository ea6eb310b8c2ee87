"""VGG: its stages equal torchvision's with copied weights, and the shapes."""

import pytest
import torch
from torch import nn
from torchvision.models.vgg import cfgs, make_layers  # type: ignore[import-untyped]

from lecturelib.backbones import VGG


def test_layers_of_vgg19_equal_torchvisions_with_copied_weights():
    ours, theirs = VGG(3, 64, (2, 2)).double().eval(), make_layers(cfgs["E"][:5], batch_norm=True).double().eval()
    layers = [m for m in ours.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    others = [m for m in theirs.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    assert len(layers) == len(others) == 8
    for mine, other in zip(layers, others, strict=True):
        state = {name: value for name, value in other.state_dict().items() if name in mine.state_dict()}
        mine.load_state_dict(state)
        if isinstance(other, nn.Conv2d) and other.bias is not None:
            nn.init.zeros_(other.bias)  # ours have none: the normalisation takes it away
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    torch.testing.assert_close(ours.feature_maps(x)[-1], theirs(x - 0.5))


def test_shapes():
    net = VGG(3, 4, (1, 2, 1))
    x = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    maps = net.feature_maps(x)
    assert [list(m.shape) for m in maps] == [[3, 4, 16, 16], [3, 8, 8, 8], [3, 16, 4, 4]]
    assert net.out_features == 16
    net.eval()
    torch.testing.assert_close(net(x), net.feature_maps(x)[-1].mean(dim=(2, 3)))
    assert sum(isinstance(m, nn.Conv2d) for m in net.modules()) == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: VGG(0), "channels: expected a positive integer, got 0"),
        (lambda: VGG(layers=(1, 0)), "layers: expected a positive integer, got 0"),
        (lambda: VGG(1)(torch.rand(2, 3, 8, 8)), "images: expected shape [n, 1, height, width]"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
