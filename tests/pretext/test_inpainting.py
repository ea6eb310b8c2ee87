"""The context encoder: its losses and their gradients, its channel-wise layer, and the laws of the regions."""

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from lecturelib.backbones import ResNet
from lecturelib.datasets import load
from lecturelib.pretext import ContextEncoder, regions
from lecturelib.pretext.inpainting import ChannelwiseLinear, gradient_energy


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def model(**arguments):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ContextEncoder(ResNet(3, 4, (1, 1, 1, 1)), hidden_channels=8, **arguments)


IMAGES = torch.rand(6, 3, 32, 32, generator=generator())


def masks(name, n, seed=0):
    if name == "silhouettes":
        return regions.silhouettes(n, 32, load("silhouettes").train.x, generator=generator(seed))
    return regions.centre(n, 32) if name == "centre" else regions.blocks(n, 32, generator=generator(seed))


def test_the_channelwise_layer_is_one_full_layer_for_each_channel():
    layer = ChannelwiseLinear(3, 12).double()
    x = torch.rand(5, 3, 4, 3, dtype=torch.double, generator=generator())
    with torch.no_grad():
        layer.b.uniform_(-1, 1)
    for c in range(3):
        full = nn.Linear(12, 12).double()
        full.load_state_dict({"weight": layer.W[c].detach(), "bias": layer.b[c].detach()})
        torch.testing.assert_close(layer(x)[:, c].flatten(1), full(x[:, c].flatten(1)))
    assert sum(p.numel() for p in layer.parameters()) == 3 * (12 * 12 + 12)


def test_reconstruction_loss_is_the_lectures_divided_by_what_is_left_out():
    net, mask = model().eval(), masks("blocks", 6)
    total = sum(
        float(((m * (x - net(((1 - m) * x)[None])[0])) ** 2).detach().sum()) for x, m in zip(IMAGES, mask, strict=True)
    )
    assert float(net.reconstruction_loss(IMAGES, mask).detach()) == pytest.approx(
        total / (3 * float(mask.sum())), rel=1e-4
    )


def test_what_is_left_out_is_never_seen():
    net, mask = model().eval(), masks("centre", 6)
    other = torch.where(mask > 0, torch.rand(IMAGES.shape, generator=generator(9)), IMAGES)
    assert torch.equal(net.complete(IMAGES, mask) * mask, net.complete(other, mask) * mask)
    assert torch.equal(net.complete(IMAGES, mask) * (1 - mask), IMAGES * (1 - mask))


def test_joint_loss_gives_each_player_its_own_gradient():
    """F's is that of λ_rec L_rec - λ_adv log D(F), with D held; D's is that of its own cross-entropy, with F held."""
    weight = 0.3
    net, mask = model(adversarial=weight), masks("centre", 6)
    net.discriminator.eval()  # spectral normalisation moves its estimate at every call while it trains
    net.loss(IMAGES, generator()).backward()
    ours = {name: p.grad.clone() for name, p in net.named_parameters()}
    painted = net((1 - mask) * IMAGES)
    real, fake = net.discriminator(mask * IMAGES), net.discriminator(mask * painted)
    ones, zeros = torch.ones_like(real), torch.zeros_like(real)
    f_loss = (1 - weight) * (mask * (IMAGES - painted)).square().sum() / (3 * mask.sum())
    f_loss = f_loss + weight * binary_cross_entropy_with_logits(fake, ones)
    d_loss = binary_cross_entropy_with_logits(real, ones) + binary_cross_entropy_with_logits(fake, zeros)
    names = list(ours)
    for loss, mine in ((f_loss, False), (d_loss, True)):
        chosen = [name for name in names if name.startswith("discriminator") == mine]
        gradients = torch.autograd.grad(loss, [net.get_parameter(name) for name in chosen], retain_graph=True)
        for name, gradient in zip(chosen, gradients, strict=True):
            torch.testing.assert_close(ours[name], gradient, atol=1e-5, rtol=1e-3)


def test_without_weight_there_is_no_discriminator_and_in_evaluation_no_game():
    assert model().discriminator is None
    net = model(adversarial=0.3).eval()
    expected = net.reconstruction_loss(IMAGES, masks("centre", 6))
    torch.testing.assert_close(net.loss(IMAGES), expected)


@pytest.mark.slow
def test_it_learns_to_paint():
    """On six striped images: less than half the error of the mean colour."""
    stripes = (torch.arange(32) // 2 % 2).float()
    x = torch.stack([stripes.roll(k).expand(3, 32, 32) * (0.4 + 0.1 * k) for k in range(6)])
    mask = masks("centre", 6)
    net = model().train()
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(100):
        optimizer.zero_grad()
        net.loss(x).backward()
        optimizer.step()
    baseline = ((x - x.mean(dim=(2, 3), keepdim=True)) * mask).square().sum() / (3 * mask.sum())
    with torch.no_grad():
        assert net.reconstruction_loss(x, mask) < 0.5 * baseline


@pytest.mark.parametrize("name", ["centre", "blocks", "silhouettes"])
def test_area_laws(name):
    """Every region is zeros and ones, about a quarter on average, and never far from it."""
    mask = masks(name, 800)
    assert mask.unique().tolist() == [0, 1]
    share = mask.mean(dim=(1, 2, 3))
    low, high = {"centre": (0.25, 0.25), "blocks": (0.2, 0.42), "silhouettes": (0.15, 0.31)}[name]
    assert low <= share.min() <= share.max() <= high
    assert share.mean() == pytest.approx(0.25, abs=0.03)
    everywhere = mask.mean(dim=0)[0]
    if name == "centre":
        assert everywhere[8:24, 8:24].eq(1).all()
        assert everywhere.sum() == 256
    else:
        assert not torch.equal(mask[0], mask[1])
        assert everywhere[16, 16] > 0.05
        assert torch.equal(mask, masks(name, 800))


def test_silhouettes_keep_their_shape():
    """A half disc stays one: its area over that of its bounding circle is the same at every turn and scale."""
    rows, columns = torch.meshgrid(torch.linspace(-1, 1, 28), torch.linspace(-1, 1, 28), indexing="ij")
    disc = ((rows**2 + columns**2).sqrt() < 0.9).float()[None, None]
    mask = regions.silhouettes(300, 64, disc, generator=generator())
    for m in mask[:, 0]:
        where = m.nonzero().double()
        if where.min() == 0 or where.max() == 63:
            continue  # cut by the border
        radius = (m.sum() / torch.pi).sqrt()
        far = (where - where.mean(dim=0)).norm(dim=1).max()
        assert abs(far / radius - 1) < 0.12


def test_gradient_energy_sees_edges_inside_the_mask_only():
    x = torch.zeros(1, 1, 8, 8)
    mask = torch.zeros(1, 1, 8, 8)
    mask[:, :, 2:6, 2:6] = 1
    x[:, :, :, 7] = 1
    assert gradient_energy(x, mask) == 0
    x[:, :, :, 4] = 1  # two edges in each of 3 rows of differences, 9 places
    assert gradient_energy(x, mask) == pytest.approx(6 / 9)


MASK = regions.centre(6, 32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: model(region="silhouettes"), "shapes: expected for region 'silhouettes', and for no other"),
        (lambda: model(shapes=torch.ones(1, 1, 4, 4)), "shapes: expected for region 'silhouettes', and for no other"),
        (lambda: model(region="hole"), "region: expected one of centre, blocks, silhouettes, got 'hole'"),
        (lambda: model(size=30), "size: expected a multiple of 8, got 30; pad the images to 32 pixels"),
        (lambda: model(adversarial=2), "adversarial: expected a number in [0, 1], got 2"),
        (lambda: model().loss(IMAGES[:, :1]), "images: expected shape [n, 3, height, width]"),
        (lambda: model().loss(IMAGES[:, :, :16]), "images: expected 32 x 32 pixels, got [16, 32]"),
        (lambda: model().loss(2 * IMAGES), "images: expected values in [0, 1]"),
        (lambda: model().complete(IMAGES, torch.ones_like(MASK)), "mask: expected a part of each image, got one that"),
        (lambda: model().complete(IMAGES, torch.zeros_like(MASK)), "mask: expected a part of each image, got one that"),
        (lambda: model().complete(IMAGES, 0.5 * MASK), "mask: expected zeros and ones [6, 1, 32, 32]"),
        (
            lambda: model().complete(IMAGES, MASK[:2]),
            "mask: expected zeros and ones [6, 1, 32, 32], got [2, 1, 32, 32]",
        ),
        (lambda: regions.centre(0, 32), "n: expected a positive integer, got 0"),
        (lambda: regions.blocks(3, 2), "size: expected at least 4 pixels, got 2"),
        (lambda: regions.silhouettes(3, 8, torch.ones(2, 3, 4, 4)), "shapes: expected shape [n, 1, height, width]"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
