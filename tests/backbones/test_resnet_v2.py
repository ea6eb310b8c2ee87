"""The residual network v2: its block by the formula, the sum that goes on untouched, and what the last ReLU does."""

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, relu

from lecturelib.backbones import ResNetV2
from lecturelib.backbones.resnet_v2 import PreActivationBlock


def images(n=4, size=16, channels=3):
    return torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(0), dtype=torch.double)


def network(**arguments):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ResNetV2(3, 6, **arguments).double()


def normalised(x):
    """Batch normalisation, as a network does it in training before its scale and shift are learnt."""
    mean, variance = x.mean(dim=(0, 2, 3), keepdim=True), x.var(dim=(0, 2, 3), keepdim=True, correction=0)
    return (x - mean) / (variance + 1e-5).sqrt()


@pytest.mark.parametrize(("inner", "outer", "stride"), [(4, 4, 1), (4, 8, 2)])
def test_a_block_is_the_formula(inner, outer, stride):
    block, x = PreActivationBlock(inner, outer, stride).double(), images(3, 8, inner)
    a = relu(normalised(x))
    f = conv2d(relu(normalised(conv2d(a, block.conv1.weight, stride=stride, padding=1))), block.conv2.weight, padding=1)
    shortcut = x if block.shortcut is None else conv2d(a, block.shortcut.weight, stride=stride)
    torch.testing.assert_close(block(x), f + shortcut)
    torch.testing.assert_close(normalised(x), batch_norm(x, None, None, training=True))


def test_what_a_stage_is_given_goes_through_untouched():
    """With residual functions of 0, a stage of the same size is the identity, negative numbers and all."""
    stage = network(blocks=(3, 1)).stages[0]
    for block in stage:
        torch.nn.init.zeros_(block.conv2.weight)
    x = images(2, 8, 6) - 0.5
    assert torch.equal(stage(x), x)


def test_without_the_last_relu_features_are_its_input():
    plain, relus = network(final_relu=False), network()
    relus.load_state_dict(plain.state_dict())
    a, b = plain.feature_maps(images()), relus.feature_maps(images())
    torch.testing.assert_close(relu(a[-1]), b[-1])
    assert (a[-1] < 0).any()
    for first, second in zip(a[:-1], b[:-1], strict=True):
        assert torch.equal(first, second)
    torch.testing.assert_close(plain(images()), plain.feature_maps(images())[-1].mean(dim=(2, 3)))


def test_shapes():
    maps = network(blocks=(1, 2, 1)).feature_maps(images())
    assert [list(m.shape) for m in maps] == [[4, 6, 16, 16], [4, 12, 8, 8], [4, 24, 4, 4]]
    assert network(blocks=(1, 2, 1))(images()).shape == (4, 24)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ResNetV2(0), "channels: expected a positive integer, got 0"),
        (lambda: ResNetV2(width=0), "width: expected a positive integer, got 0"),
        (lambda: ResNetV2(blocks=(0,)), "blocks: expected a positive integer, got 0"),
        (lambda: ResNetV2(1)(images().float()), "images: expected shape [n, 1, height, width]"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
