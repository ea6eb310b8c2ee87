"""Who may see whom: proved on the structure of the networks, by counting paths."""

import pytest
import torch
from pixel_models import MODELS, build, images, paths, states

from lecturelib.autoregressive.masked import MaskedConv2d, raster_mask

RASTER = ["pixelcnn", "gated", "row lstm"]


def before(channels, size):
    """[target..., source...]: the source comes strictly before the target, by pixel, then by channel."""
    position = torch.arange(size[0] * size[1]).reshape(1, *size) * channels + torch.arange(channels)[:, None, None]
    return position[:, :, :, None, None, None] > position


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, {}) for name in RASTER), *((name, {"dilations": (2, 3)}) for name in ("pixelcnn", "gated"))],
)
def test_no_path_leads_from_a_pixel_to_itself_or_an_earlier_one(monkeypatch, name, options, channels):
    size = (6, 5)
    counts = paths(build(name, channels, num_levels=4, **options), monkeypatch, channels, size)
    allowed = before(channels, size)
    assert (counts[~allowed] == 0).all()
    assert (counts[allowed] > 0).float().mean() > 0.9, "the model should see (nearly) all of a small image's past"


@pytest.mark.parametrize("name", RASTER)
def test_within_a_pixel_green_sees_red_and_blue_sees_both(monkeypatch, name):
    counts = paths(build(name, 3, num_levels=4), monkeypatch, 3, (3, 3))
    same_pixel = counts[:, 1, 1, :, 1, 1] > 0
    assert same_pixel.tolist() == [[False, False, False], [True, False, False], [True, True, False]]


def test_multi_scale_order_is_the_small_image_then_the_rest(monkeypatch):
    size, stride, channels = (6, 5), 2, 3
    counts = paths(build("multi-scale", channels, 4, stride=stride), monkeypatch, channels, size)
    small = torch.zeros(size, dtype=torch.bool)
    small[::stride, ::stride] = True
    allowed = before(channels, size)
    allowed[:, small] &= small  # within the small image: raster order among its own pixels
    allowed[:, ~small] |= small  # the others see all of it
    assert (counts[~allowed] == 0).all()
    assert (counts[allowed] > 0).float().mean() > 0.9


def test_blind_spot_of_the_plain_model_and_none_of_the_gated_one(monkeypatch):
    """The 3 x 3 masks lead up and to the right in steps of one, so that a wedge on the right stays out of sight."""
    size = (7, 13)
    past = before(1, size)[0, 6, 4, 0]
    unseen = {}
    for name in RASTER:
        counts = paths(build(name, num_layers=12), monkeypatch, 1, size)
        unseen[name] = past & (counts[0, 6, 4, 0] == 0)
    assert unseen["pixelcnn"].any()
    assert not unseen["gated"].any()
    _, columns = unseen["pixelcnn"].nonzero().T
    assert (columns > 4).all(), "nothing to the left is hidden"
    assert unseen["pixelcnn"][5, 8:].all(), "the row above is seen three columns to the right, by the first layer"
    assert not unseen["pixelcnn"][5, :8].any()
    assert unseen["row lstm"].any()


@pytest.mark.parametrize("channels", [1, 3])
def test_masks_at_the_centre(channels):
    """Strictly lower triangular in the first layer, lower with its diagonal above."""
    lower = torch.ones(channels, channels).tril()
    a = raster_mask(channels, channels, (5, 5), "A", channels)
    b = raster_mask(channels, channels, (5, 5), "B", channels)
    assert torch.equal(a[:, :, 2, 2], lower - torch.eye(channels))
    assert torch.equal(b[:, :, 2, 2], lower)
    for mask in (a, b):
        assert (mask[:, :, :2] == 1).all()
        assert (mask[:, :, 2, :2] == 1).all()
        assert (mask[:, :, 2, 3:] == 0).all()
        assert (mask[:, :, 3:] == 0).all()


def test_feature_maps_are_split_in_the_order_of_the_channels_and_each_gate_alike():
    mask = raster_mask(12, 6, (1, 1), "B", 3, parts=2)[:, :, 0, 0]
    assert torch.equal(mask[:6], mask[6:])
    assert mask[:6].sum(1).tolist() == [2, 2, 4, 4, 6, 6]
    uneven = raster_mask(8, 8, (1, 1), "B", 3)[:, :, 0, 0]
    assert uneven.sum(1).tolist() == [3, 3, 3, 6, 6, 6, 8, 8]


def test_forward_leaves_the_weights_alone_and_masked_ones_get_no_gradient():
    conv = MaskedConv2d(2, 4, 3, "B", 1)
    before_step = conv.weight.detach().clone()
    conv(torch.randn(1, 2, 5, 5)).square().sum().backward()
    assert torch.equal(conv.weight, before_step)
    gradient = conv.weight.grad
    assert gradient is not None
    assert (gradient[conv.mask == 0] == 0).all()
    assert (gradient[conv.mask == 1] != 0).any()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", RASTER)
def test_logits_do_not_change_with_later_pixels(name, channels):
    """The same law with random weights, so that nothing hangs on the weights being 1."""
    model, size = build(name, channels, 4), (4, 5)
    x = images(3, channels, 4, size)
    for position in (7, 13):
        y = x.clone()
        y.flatten(2)[:, :, position:] = 3 - y.flatten(2)[:, :, position:]
        a, b = (model.logits(z).flatten(3) for z in (x, y))
        assert torch.allclose(a[..., :position], b[..., :position], rtol=0, atol=1e-12)
        assert torch.allclose(a[:, :, 0, position], b[:, :, 0, position], rtol=0, atol=1e-12)
        assert not torch.allclose(a[..., position + 1 :], b[..., position + 1 :], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_one_set_of_weights_serves_images_of_every_size(name):
    """So the number of parameters cannot depend on it; each size gives a distribution, summed where it is small."""
    model = build(name)
    for size in [(1, 1), (2, 3), (3, 2), (1, 5)]:
        assert model.log_prob(states(1, 2, size)).exp().sum().item() == pytest.approx(1, abs=1e-9)
    assert model.log_prob(images(2, 1, 2, (5, 40))).isfinite().all()


def test_all_models_are_gone_through():
    assert set(RASTER) | {"multi-scale"} == set(MODELS)
