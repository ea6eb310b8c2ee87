"""Blur and edges equal torchvision's and scipy's; noise, cutout and turns follow their laws."""

import numpy as np
import pytest
import torch
from scipy.ndimage import sobel as scipy_sobel  # type: ignore[import-untyped]
from torchvision.transforms.v2 import functional as theirs  # type: ignore[import-untyped]

from lecturelib import augment


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=20, height=14, width=11, channels=3):
    return torch.rand(n, channels, height, width, generator=generator())


@pytest.mark.parametrize("size", [1, 3, 7])
def test_blur_equals_torchvisions_with_each_images_deviation(size):
    x = images()
    y = augment.gaussian_blur(x, kernel_size=size, sigma=(0.3, 1.5), generator=generator(3))
    u = torch.rand(2, len(x), generator=generator(3))[0]
    for ours, image, s in zip(y, x, 0.3 + 1.2 * u, strict=True):
        torch.testing.assert_close(ours, theirs.gaussian_blur(image, [size, size], [float(s)] * 2), atol=2e-6, rtol=0)


def test_blur_has_its_rate():
    x = images(2000, 5, 5)
    y = augment.gaussian_blur(x, kernel_size=3, p=0.3, generator=generator(1))
    share = (x != y).flatten(1).any(dim=1).double().mean()
    assert abs(share - 0.3) < 0.04


def test_edges_equal_scipys():
    x = images(4)
    y = augment.sobel(x)
    for ours, image in zip(y.flatten(0, 1), x.flatten(0, 1), strict=True):
        dy, dx = (scipy_sobel(image.double().numpy(), axis=axis, mode="nearest") for axis in (0, 1))
        np.testing.assert_allclose(ours, np.hypot(dy, dx) / (4 * 2**0.5), atol=1e-6)
    checks = torch.zeros(1, 1, 6, 6)
    checks[..., 3:, 3:] = 1
    assert 0.5 < augment.sobel(checks).max() <= 1


def test_noise_has_its_deviation_and_stays_in_range():
    x = torch.full((10, 3, 40, 40), 0.5)
    y = augment.gaussian_noise(x, deviation=0.1, generator=generator(2)) - x
    assert abs(float(y.mean())) < 1e-3
    assert abs(float(y.std()) - 0.1) < 1e-3
    wild = augment.gaussian_noise(x, deviation=1.0, generator=generator(2))
    assert wild.min() == 0
    assert wild.max() == 1


def test_cutout_is_one_square_inside_and_anywhere():
    x = torch.zeros(3000, 1, 10, 10)
    y = augment.cutout(x, size=0.4, fill=1.0, generator=generator(4))
    assert (y.sum(dim=(1, 2, 3)) == 16).all()
    rows, columns = y.amax(dim=3).sum(dim=2), y.amax(dim=2).sum(dim=2)
    assert (rows == 4).all()
    assert (columns == 4).all()
    corner = y[:, 0].flatten(1).argmax(dim=1)
    counts = torch.stack([corner // 10, corner % 10]).flatten().bincount(minlength=7)
    assert len(counts) == 7
    assert counts.min() > 0.8 * 6000 / 7
    assert torch.equal(augment.cutout(x, size=0.0), x)


def test_quarter_turns_are_those_and_equally_often():
    x = images(2000, 4, 4)
    y = augment.random_rot90(x, generator=generator(5))
    hits = torch.stack([(torch.rot90(x, k, (2, 3)) == y).flatten(1).all(dim=1) for k in range(4)])
    assert (hits.sum(dim=0) == 1).all()
    assert ((hits.double().mean(dim=1) - 0.25).abs() < 0.04).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: augment.gaussian_blur(images(), kernel_size=4), "kernel_size: expected an odd number below 22, got 4"),
        (
            lambda: augment.gaussian_blur(images(), kernel_size=23),
            "kernel_size: expected an odd number below 22, got 23",
        ),
        (lambda: augment.gaussian_blur(images(), sigma=(0, 1)), "sigma: expected 0 < low <= high, got (0, 1)"),
        (lambda: augment.gaussian_blur(images(), p=2), "p: expected a number in [0, 1], got 2"),
        (lambda: augment.gaussian_noise(images(), deviation=-1), "deviation: expected a number in [0, 1], got -1"),
        (lambda: augment.cutout(images(), size=1.1), "size: expected a number in [0, 1], got 1.1"),
        (lambda: augment.random_rot90(images()), "images: expected square ones, got [14, 11]"),
        (lambda: augment.sobel(2 * images()), "images: expected values in [0, 1]"),
    ],
)
def test_bad_input(plain_errors, call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
        call()
    assert str(error.value).startswith(message)
