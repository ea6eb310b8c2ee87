"""Distortions by name: what each does, and that they come one after the other."""

from typing import Any, cast

import pytest
import torch

from lecturelib import augment
from lecturelib.augment import sobel
from lecturelib.augment.named import APPEARANCE, AUGMENTATIONS, GEOMETRIC, PARTS, compose


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=8, size=16):
    return torch.rand(n, 3, size, size, generator=generator())


@pytest.mark.parametrize("name", [*AUGMENTATIONS, *PARTS])
def test_each_changes_images_and_repeats_with_its_generator(name):
    x, distort = images(64), compose(name)
    y = distort(x, generator=generator(1))
    assert y.shape == x.shape
    assert float(y.min()) >= 0
    assert float(y.max()) <= 1
    changed = (x - y).abs().flatten(1).amax(dim=1) > 1e-3
    assert changed.double().mean() > (0.1 if name == "gray" else 0.3)
    assert torch.equal(y, distort(x, generator=generator(1)))
    assert not torch.equal(y, distort(x, generator=generator(2)))


def test_one_after_the_other_from_one_generator():
    x, ours, theirs = images(), generator(3), generator(3)
    y = augment.random_resized_crop(x, 16, generator=theirs)
    y = augment.random_grayscale(augment.color_jitter(y, generator=theirs), generator=theirs)
    torch.testing.assert_close(compose("crop", "color")(x, generator=ours), y)
    assert not torch.allclose(compose("color", "crop")(x, generator=generator(3)), y)


def test_the_parts_are_those_of_crop_and_colour():
    x = images(64)
    torch.testing.assert_close(
        compose("jitter", "gray")(x, generator=generator(3)), compose("color")(x, generator=generator(3))
    )
    ramp = torch.linspace(0, 1, 16).expand(64, 3, 16, 16)  # brighter to the right, unless it is mirrored
    rising = {
        name: compose(name)(ramp, generator=generator(5)).diff(dim=3).mean(dim=(1, 2, 3)) > 0
        for name in ("crop", "plain crop")
    }
    assert rising["plain crop"].all()
    assert 0.3 < float(rising["crop"].double().mean()) < 0.7


def test_edges_are_sobels_gradients_of_half_of_the_images():
    x = images(4000, 4)
    y = AUGMENTATIONS["edges"](x, generator=generator(4))
    edges = augment.sobel(x)
    turned = (y == edges).flatten(1).all(dim=1)
    assert torch.equal(y[~turned], x[~turned])
    assert abs(float(turned.double().mean()) - 0.5) < 0.04


def test_every_distortion_is_of_one_kind():
    assert sorted(GEOMETRIC + APPEARANCE) == sorted(AUGMENTATIONS)
    x = torch.full((4, 3, 8, 8), 0.25)  # a plain image stays as it is, wherever it is cropped or turned
    for name in ("crop", "rotation"):
        torch.testing.assert_close(AUGMENTATIONS[name](x), x)


@pytest.mark.parametrize("names", [(), ("crop", "zoom")])
def test_bad_input(plain_errors, names):
    with pytest.raises(ValueError, match="names: expected some of crop, cutout"):
        compose(*names)


def test_edges_of_flat_images_have_a_gradient():
    images = torch.full((2, 3, 6, 6), 0.5, requires_grad=True)
    sobel(images).sum().backward()
    assert images.grad is not None
    assert not images.grad.any()


@pytest.mark.parametrize("name", [*AUGMENTATIONS, *PARTS])
@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.rand(2, 8, 8, 3), "images: expected shape .*, got \\[2, 8, 8, 3\\]"),
        (torch.rand(2, 3, 8, 8).tolist(), "images: expected a tensor"),
    ],
    ids=["channels last", "lists"],
)
def test_channels_that_are_not_second_are_refused(plain_errors, name, images, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        {**AUGMENTATIONS, **PARTS}[name](images)


@pytest.mark.parametrize("name", [*AUGMENTATIONS, *PARTS])
def test_a_number_is_no_generator(plain_errors, name):
    with pytest.raises(TypeError, match=r"^generator: expected a torch.Generator or None, got 1"):
        {**AUGMENTATIONS, **PARTS}[name](torch.rand(2, 3, 8, 8), generator=cast(Any, 1))
