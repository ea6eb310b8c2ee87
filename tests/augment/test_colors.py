"""Colours: each function equals torchvision's, image by image; the matrix is what it says; the laws of the draws."""

import math
from typing import Any, cast

import pytest
import torch
from torchvision.transforms.v2 import functional as theirs  # type: ignore[import-untyped]

from lecturelib import augment
from lecturelib.augment.colors import GRAY, luminance


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=40, size=16):
    """Colours of all kinds, and some that are gray, black, white or of one channel."""
    x = torch.rand(n, 3, size, size, generator=generator())
    x[0] = x[0, :1]
    x[1], x[2], x[3, 1:] = 0, 1, 0
    return x


@pytest.mark.parametrize(
    ("name", "low", "high"), [("brightness", 0, 2), ("contrast", 0, 2), ("saturation", 0, 2), ("hue", -0.5, 0.5)]
)
def test_equal_to_torchvision(name, low, high):
    x = images()
    factor = low + (high - low) * torch.rand(len(x), generator=generator(1))
    factor[:2] = torch.tensor([low, high])
    ours = getattr(augment, f"adjust_{name}")(x, factor)
    expected = torch.stack([getattr(theirs, f"adjust_{name}")(a, float(f)) for a, f in zip(x, factor, strict=True)])
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0)


def test_jitter_is_the_four_changes_in_one_order_with_factors_in_range():
    """With the order and the factors drawn as the function draws them, torchvision's functions give the same."""
    x, s = images(), 0.6
    ours = augment.color_jitter(x, strength=s, p=0.7, generator=generator(5))
    again = generator(5)
    chosen = torch.rand(len(x), generator=again) < 0.7
    u = 2 * torch.rand(4, len(x), generator=again) - 1
    factors = [1 + 0.8 * s * u[0], 1 + 0.8 * s * u[1], 1 + 0.8 * s * u[2], 0.2 * s * u[3]]
    order = torch.randperm(4, generator=again).tolist()
    calls = [theirs.adjust_brightness, theirs.adjust_contrast, theirs.adjust_saturation, theirs.adjust_hue]
    for k in range(len(x)):
        y = x[k]
        for change in order if chosen[k] else []:
            y = calls[change](y, float(factors[change][k]))
        torch.testing.assert_close(ours[k], y, atol=1e-5, rtol=0)
    assert 0.5 < chosen.double().mean() < 0.9


def test_matrix_jitter_is_exact_but_for_the_clipping_and_the_hue(monkeypatch):
    """Without hue, and with colours that stay in [0, 1], it equals the functions one after the other."""
    x = 0.4 + 0.2 * images()
    u = 1 + 0.2 * (2 * torch.rand(3, len(x), generator=generator(2)) - 1)
    draw = torch.cat([u, torch.zeros(1, len(x))])
    monkeypatch.setattr("lecturelib.augment.colors._draw", lambda *_: (torch.ones(len(x), dtype=torch.bool), draw))
    expected = augment.adjust_saturation(x, u[2])
    expected = augment.adjust_contrast(augment.adjust_brightness(expected, u[0]), u[1])
    torch.testing.assert_close(augment.fast_color_jitter(x), expected, atol=1e-6, rtol=0)


def test_matrix_jitter_turns_gray_at_its_rate_and_as_the_function_does():
    x = images(2000, 4)
    y = augment.fast_color_jitter(x, p=0, gray=0.3, generator=generator(1))
    changed = (y != x).flatten(1).any(dim=1)
    assert abs(changed.double().mean() - 0.3) < 4 * math.sqrt(0.3 * 0.7 / 2000)
    torch.testing.assert_close(y[changed], luminance(x[changed]).expand(-1, 3, -1, -1), atol=1e-6, rtol=0)


def test_matrix_jitter_turns_the_hue_and_leaves_gray(monkeypatch):
    """A third of the circle takes red to green to blue, as the exact hue does."""
    x = 0.3 + 0.4 * torch.eye(3)[:, :, None, None].expand(3, 3, 4, 4).contiguous()
    gray = torch.full((3, 3, 4, 4), 0.4)
    draw = torch.tensor([1.0, 1, 1, 1 / 3])[:, None].expand(4, 3)
    monkeypatch.setattr("lecturelib.augment.colors._draw", lambda *_: (torch.ones(3, dtype=torch.bool), draw))
    torch.testing.assert_close(augment.fast_color_jitter(x), augment.adjust_hue(x, draw[3]), atol=1e-5, rtol=0)
    torch.testing.assert_close(augment.fast_color_jitter(x), x.roll(1, dims=1), atol=1e-5, rtol=0)
    torch.testing.assert_close(augment.fast_color_jitter(gray), gray)


def test_matrix_and_exact_jitter_are_near_each_other_for_the_same_draw():
    x = images(200)
    exact, matrix = (
        f(x, strength=0.5, generator=generator(4)) for f in (augment.color_jitter, augment.fast_color_jitter)
    )
    unchanged = (exact == x).flatten(1).all(dim=1)
    assert torch.equal(matrix[unchanged], x[unchanged])
    assert (exact - x).abs().mean() > 3 * (exact - matrix).abs().mean()


def test_grayscale_has_its_rate_and_equals_torchvision():
    x = images(2000, 4)
    y = augment.random_grayscale(x, p=0.2, generator=generator(1))
    gray = (y == y[:, :1]).flatten(1).all(dim=1)
    changed = (y != x).flatten(1).any(dim=1)
    assert abs(changed.double().mean() - 0.2) < 4 * math.sqrt(0.2 * 0.8 / 2000)
    assert gray[changed].all()
    expected = theirs.rgb_to_grayscale(x[changed], num_output_channels=3)
    torch.testing.assert_close(y[changed], expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(luminance(x), torch.einsum("c,nchw->nhw", torch.tensor(GRAY), x)[:, None])


def test_dropping_keeps_one_channel_and_noise_has_its_deviation():
    x = images(900, 8)
    y = augment.channel_drop(x, noise=0.02, generator=generator(1))
    kept = (x == y).flatten(2).all(dim=2)
    assert (kept.sum(dim=1) == 1).all()
    assert all(abs(share - 1 / 3) < 0.07 for share in kept.double().mean(dim=0))
    noise = y[~kept] - 0.5
    assert abs(noise.mean()) < 1e-3
    assert float(noise.std()) == pytest.approx(0.02, rel=0.02)


def test_projection_takes_green_and_magenta_away_and_nothing_else():
    x = images(5, 8).double()
    y = augment.project_colors(x)
    a = torch.tensor([-1.0, 2, -1], dtype=torch.double)
    assert torch.einsum("c,nchw->nhw", a, y).abs().max() < 1e-12
    torch.testing.assert_close(augment.project_colors(y), y)
    torch.testing.assert_close(y.sum(dim=1), x.sum(dim=1))  # gray is at right angles to the axis
    torch.testing.assert_close(y[:, 0] - y[:, 2], x[:, 0] - x[:, 2])


@pytest.mark.parametrize("function", [augment.color_jitter, augment.fast_color_jitter, augment.random_grayscale])
def test_bad_input(plain_errors, function):
    x = torch.full((2, 3, 4, 4), 0.5)
    for wrong, message in (
        (x[:, :1], "images: expected shape [n, 3, height, width], none of them 0, got [2, 1, 4, 4]"),
        (x[:0], "images: expected shape [n, 3, height, width], none of them 0, got [0, 3, 4, 4]"),
        (x + 1, "images: expected values in [0, 1], got 1.5 to 1.5"),
    ):
        with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared below)
            function(wrong)
        assert str(error.value).startswith(message)
    with pytest.raises(ValueError, match=r"^p: expected a number in \[0, 1\], got -1"):
        function(x, p=-1)


def test_bad_strength(plain_errors):
    with pytest.raises(ValueError, match=r"^strength: expected a number in \[0, 1\], got 2"):
        augment.color_jitter(torch.rand(2, 3, 4, 4), strength=2)


ADJUST = {name: getattr(augment, f"adjust_{name}") for name in ("brightness", "contrast", "saturation", "hue")}


@pytest.mark.parametrize("name", ADJUST)
def test_adjusting_refuses_what_it_cannot_do(plain_errors, name):
    x, one, adjust = images(5, 4), torch.zeros(5), ADJUST[name]
    argument = "shift" if name == "hue" else "factor"
    beyond = torch.tensor([0.0, 0.6, 0, 0, 0]) if name == "hue" else torch.tensor([1.0, -1, 1, 1, 1])
    limits = "numbers in [-0.5, 0.5]" if name == "hue" else "finite numbers >= 0"
    for call, message in (
        (lambda: adjust((255 * x).byte(), one), "images: expected floats in [0, 1], got torch.uint8"),
        (lambda: adjust(2 * x - 1, one), "images: expected values in [0, 1], got -1 to 1"),
        (lambda: adjust(x, beyond), f"{argument}: expected {limits}, got "),
        (lambda: adjust(x, one / 0), f"{argument}: expected {limits}, got nan"),
        (lambda: adjust(x, one[:2]), f"{argument}: expected 5 floats, one per image, got torch.float32 [2]"),
        (
            lambda: adjust(x, one.double()),
            f"{argument}: expected torch.float32 on cpu (the images'), got torch.float64",
        ),
        (lambda: adjust(x, 0.5), f"{argument}: expected a tensor, one number per image, got float"),
    ):
        with pytest.raises((TypeError, ValueError)) as error:
            call()
        assert str(error.value).startswith(message)
    if name == "brightness":  # has no need of colours
        assert torch.equal(adjust(x[:, :1], 1 + one), x[:, :1])
    else:
        with pytest.raises(ValueError, match=r"^images: expected shape \[n, 3, height, width\], .*got \[5, 1, 4, 4\]"):
            adjust(x[:, :1], one)


def test_a_generator_is_one(plain_errors):
    x, one = images(5, 8), cast(Any, 1)
    for call in (augment.color_jitter, augment.random_grayscale, augment.channel_drop, augment.random_rot90):
        with pytest.raises(TypeError, match=r"^generator: expected a torch.Generator or None, got 1 \(int\)"):
            call(x, generator=one)


@pytest.mark.parametrize("change", [augment.channel_drop, augment.project_colors])
@pytest.mark.parametrize("x", [torch.ones(2, 3, 4, 4, dtype=torch.uint8), torch.ones(2, 1, 4, 4), [1.0]])
def test_cures_of_a_lens_need_colours(plain_errors, change, x):
    with pytest.raises((TypeError, ValueError), match=r"^images: expected (floats|shape) \[n, 3, ...\]"):
        change(x)


def test_dropping_allows_for_a_rounding_and_refuses_other_ranges():
    x = torch.rand(2, 3, 4, 4)
    augment.channel_drop(x * (1 + 1e-6))
    for wrong in (2 * x - 1, 255 * x, x * torch.nan):
        with pytest.raises(ValueError, match=r"images: expected values in \[0, 1\], got"):
            augment.channel_drop(wrong)
