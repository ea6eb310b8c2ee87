"""The pretext tasks: losses against their formulas, labels that are right, bad input, and that they learn."""

import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lecturelib.augment import patch_pairs
from lecturelib.backbones import ResNet
from lecturelib.pretext import Exemplar, Jigsaw, RelativePatch, Rotation
from lecturelib.pretext.jigsaw import normalised, permutations
from lecturelib.pretext.rotation import rotate


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def encoder(channels=3):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ResNet(channels, 4, (1, 1, 1))


ANY: Any = "?"
ORDERS = permutations(5, generator=generator())
IMAGES = torch.rand(6, 3, 32, 32, generator=generator())


def make(kind):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return {
            "rotation": lambda: Rotation(encoder()),
            "exemplar": lambda: Exemplar(encoder(), 6),
            "relative patch": lambda: RelativePatch(encoder()),
            "jigsaw": lambda: Jigsaw(encoder(), ORDERS),
        }[kind]()


def batch(kind, images=IMAGES):
    return (images, torch.arange(len(images))) if kind == "exemplar" else images


KINDS = ["rotation", "exemplar", "relative patch", "jigsaw"]


def test_rotations_move_pixels_and_nothing_else():
    x = torch.arange(16.0).reshape(1, 1, 4, 4) / 16
    once = rotate(x, 1)
    assert once[0, 0, :, 0].tolist() == x[0, 0, 0].flip(0).tolist()  # the top row, anticlockwise, is the left column
    assert torch.equal(rotate(rotate(x, 3), 1), x)
    assert torch.equal(rotate(x, 2), x.flip(2, 3))
    for turns in range(4):
        assert rotate(x, turns).flatten().sort().values.equal(x.flatten())


def test_rotation_loss_is_the_papers_mean_over_images_and_turns():
    model = make("rotation").eval()
    total = 0.0
    for x in IMAGES:
        for y in range(4):
            log_f = torch.log_softmax(model.classifier(model.encoder(torch.rot90(x[None], y, (2, 3)))), dim=1)
            total -= log_f[0, y].item()
    assert model.loss(IMAGES).item() == pytest.approx(total / (4 * len(IMAGES)), rel=1e-5)
    right = [int(model.logits(torch.rot90(x[None], y, (2, 3))).argmax()) == y for x in IMAGES for y in range(4)]
    assert model.accuracy(IMAGES) == pytest.approx(sum(right) / len(right))


def test_exemplar_loss_is_that_of_distorted_copies_under_their_own_classes():
    model = make("exemplar").eval()
    classes = torch.tensor([3, 1, 4, 1, 5, 0])
    copies = model.transform(IMAGES, generator(7))
    assert not torch.equal(copies, IMAGES)
    expected = cross_entropy(model.classifier(model.encoder(copies)), classes)
    torch.testing.assert_close(model.loss((IMAGES, classes), generator(7)), expected)
    gray = Exemplar(encoder(1), 6)
    assert gray.loss((IMAGES[:, :1], classes), generator(7)).isfinite()


@pytest.mark.parametrize("color", ["keep", "drop", "project"])
def test_relative_patch_loss_is_that_of_its_pairs(color):
    model = RelativePatch(encoder(), patch=8, gap=3, jitter=1, color=color).eval()
    x1, x2, y = model.pair(IMAGES, generator(3))
    plain1, plain2, same = patch_pairs(IMAGES, patch=8, pitch=11, jitter=1, generator=generator(3))
    assert torch.equal(y, same)
    assert torch.equal(x1, plain1) == torch.equal(x2, plain2) == (color == "keep")
    e = torch.cat([model.encoder(x1), model.encoder(x2)], dim=1)
    torch.testing.assert_close(model.loss(IMAGES, generator(3)), cross_entropy(model.classifier(e), y))
    right = (model.classifier(e).argmax(dim=1) == y).float().mean()
    assert model.accuracy(IMAGES, generator(3)) == pytest.approx(float(right))


def test_dropping_and_projecting_are_done_to_each_patch():
    x = IMAGES[:, :, :8, :8]
    dropped = RelativePatch(encoder(), color="drop").recolor(x, generator())
    assert ((dropped == x).flatten(2).all(dim=2).sum(dim=1) == 1).all()
    projected = RelativePatch(encoder(), color="project").recolor(0.4 + 0.2 * x)
    axis = torch.tensor([-1.0, 2, -1])
    assert torch.einsum("c,nchw->nhw", axis, projected).abs().max() < 1e-6


def test_permutations_are_far_apart_and_as_far_as_the_first_two_can_be():
    chosen = permutations(24, generator=generator())
    assert torch.equal(chosen.sort(dim=1).values, torch.arange(9).expand(24, 9))
    distance = (chosen[:, None] != chosen[None]).sum(dim=2)
    off_diagonal = distance[~torch.eye(24, dtype=torch.bool)]
    assert distance[0, 1] == 9
    assert off_diagonal.min() >= 7
    random = torch.stack([torch.randperm(9, generator=generator(k)) for k in range(24)])
    other = (random[:, None] != random[None]).sum(dim=2)[~torch.eye(24, dtype=torch.bool)]
    assert off_diagonal.min() > other.min()
    assert off_diagonal.double().mean() > other.double().mean()
    torch.testing.assert_close(chosen, permutations(24, generator=generator()))
    # nine rows of a Latin square differ everywhere: with few tiles, all can be had
    square = permutations(3, tiles=3, generator=generator())
    assert ((square[:, None] != square[None]).sum(dim=2) + 3 * torch.eye(3) == 3).all()


def test_a_jigsaw_names_the_order_its_tiles_were_shown_in(monkeypatch):
    """With an encoder that reads a tile's place and a classifier that compares orders, every puzzle is solved."""
    rows = torch.arange(32.0)[:, None].expand(32, 32) // 10 * 3 + torch.arange(32.0) // 10
    image = (rows.clamp(max=8) / 8).expand(4, 3, 32, 32)
    model = Jigsaw(encoder(), permutations(5, generator=generator()), tile=10, gap=0, jitter=0, normalise=False)
    seen = {}

    def logits(tiles):
        seen["order"] = (8 * tiles[:, :, 0, 5, 5]).round().long()
        return -(seen["order"][:, None] != model.orders[None]).sum(dim=2).float()

    monkeypatch.setattr("lecturelib.augment.patches._origin", lambda images, *_: torch.zeros(len(images), 2).long())
    monkeypatch.setattr(model, "logits", logits)
    assert model.accuracy(image, generator(2)) == 1
    assert (seen["order"][:, None] == model.orders[None]).all(dim=2).any(dim=1).all()


def test_tiles_are_normalised_one_by_one():
    tiles = 0.2 + 0.3 * torch.rand(4, 9, 3, 8, 8, generator=generator())
    y = normalised(tiles)
    torch.testing.assert_close(y.mean(dim=(3, 4)), torch.full((4, 9, 3), 0.5), atol=0.02, rtol=0)
    assert 0.15 < y.std(dim=(3, 4)).mean() < 0.25
    torch.testing.assert_close(normalised(tiles + 0.3), y, atol=1e-5, rtol=0)
    model = make("jigsaw").eval()
    torch.testing.assert_close(model.features(IMAGES), model.encoder(normalised(IMAGES)))


@pytest.mark.parametrize("kind", KINDS)
def test_interface(kind):
    """A generator decides all that is random; the loss starts near chance; features are the encoder's."""
    model = make(kind)
    chance = {"rotation": 4, "exemplar": 6, "relative patch": 8, "jigsaw": 5}[kind]
    drawn = () if kind == "rotation" else (generator(1),)
    loss = model.loss(batch(kind), *drawn)
    assert abs(loss.item() - math.log(chance)) < 1.2
    again = () if kind == "rotation" else (generator(1),)
    assert model.loss(batch(kind), *again).item() == pytest.approx(loss.item(), abs=1e-6)
    if kind != "rotation":
        assert model.loss(batch(kind), generator(2)).item() != pytest.approx(loss.item(), abs=1e-6)
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert model.features(IMAGES).shape == (6, model.encoder.out_features)
    assert 0 <= model.accuracy(batch(kind)) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_a_few_images_by_heart(kind):
    """Far above chance on six images that say in their colours what is up, what is left, and which they are."""
    model = make(kind)
    x = 0.5 * torch.rand(6, 3, 32, 32, generator=generator(4))
    ramp = torch.linspace(0, 0.5, 32)
    x = (
        x
        + ramp[:, None] * torch.tensor([1.0, 0, 0.5])[:, None, None]
        + ramp * torch.tensor([0, 1.0, 0.5])[:, None, None]
    )
    x = x.clamp(0, 1)
    if kind == "jigsaw":
        model.normalise = False
    if kind == "exemplar":
        model.strength, x = 0.1, x * torch.linspace(0.2, 1, 6)[:, None, None, None]
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for _ in range(60):
            optimizer.zero_grad()
            model.loss(batch(kind, x)).backward()
            optimizer.step()
        right = sum(model.accuracy(batch(kind, x)) for _ in range(8)) / 8
    assert right > 0.6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: (x * 255).byte(), "expected floats in [0, 1]"),
        (lambda x: 2 * x, "expected values in [0, 1]"),
        (lambda x: x[0], "expected shape [n, "),
        (lambda x: x[:0], "none of them 0"),
        (lambda x: [1], "expected a tensor"),
    ],
)
def test_bad_images(plain_errors, kind, change, message):
    for call in (make(kind).loss, make(kind).accuracy):
        with pytest.raises((TypeError, ValueError)) as error:
            call((change(IMAGES), torch.zeros(0).long()) if kind == "exemplar" else change(IMAGES))
        assert str(error.value).startswith("images: ")
        assert message in str(error.value)


def test_other_channels_than_the_encoders(plain_errors):
    with pytest.raises(ValueError, match=r"^images: expected shape \[n, 3, height, width\], .*got \[24, 1, 32, 32\]"):
        make("rotation").loss(IMAGES[:, :1])
    with pytest.raises(ValueError, match=r"^images: expected square ones, got \[32, 20\]"):
        make("rotation").loss(IMAGES[:, :, :, :20])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: Exemplar(nn.Identity(), 0), ValueError, "classes: expected a positive integer, got 0"),
        (lambda: Exemplar(nn.Identity(), 3, scale=2), ValueError, "scale: expected a number in [0, 1], got 2"),
        (
            lambda: make("exemplar").loss((IMAGES, torch.arange(6) + 1)),
            ValueError,
            "batch: expected 6 classes from 0 to 5",
        ),
        (lambda: make("exemplar").loss((IMAGES, torch.arange(5))), ValueError, "batch: expected 6 classes from 0 to 5"),
        (
            lambda: RelativePatch(encoder(), gap=1),
            ValueError,
            "gap: expected an integer of at least 2 jitter = 2, got 1",
        ),
        (
            lambda: RelativePatch(encoder(), color=ANY),
            ValueError,
            "color: expected one of keep, drop, project, got '?'",
        ),
        (
            lambda: RelativePatch(encoder(), patch=12).loss(IMAGES),
            ValueError,
            "images: expected at least 42 x 42 pixels for the grid, got [32, 32]",
        ),
        (lambda: permutations(0), ValueError, "count: expected an integer from 1 to 362880, got 0"),
        (lambda: permutations(7, tiles=3), ValueError, "count: expected an integer from 1 to 6, got 7"),
        (
            lambda: Jigsaw(encoder(), torch.zeros(2, 9).long()),
            ValueError,
            "orders: expected rows that are permutations of 0 … 8, got [[0, 0, 0, 0, 0, 0, 0, 0, 0]] …",
        ),
        (lambda: Jigsaw(encoder(), torch.arange(9)[None], gap=1), ValueError, "gap: expected an integer of at least 2"),
        (lambda: rotate(IMAGES, ANY), TypeError, "turns: expected an integer from -4 to 4, got '?' (str)"),
    ],
)
def test_bad_arguments(plain_errors, call, kind, message):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value).startswith(message)
