"""Crops equal torchvision's; boxes follow its law; the lens does what it says."""

from typing import Any

import pytest
import torch
from torchvision.transforms import RandomResizedCrop  # type: ignore[import-untyped]
from torchvision.transforms.v2 import functional as theirs  # type: ignore[import-untyped]

from lecturelib.augment import chromatic_aberration, random_boxes, random_resized_crop, resized_crop


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("height", "width", "size"), [(32, 32, 32), (40, 28, 20), (17, 23, 31), (9, 64, 8)])
def test_equal_to_torchvisions_antialiased_crop(height, width, size):
    images = torch.rand(60, 3, height, width, generator=generator())
    boxes = random_boxes(60, height, width, generator=generator(1))
    pairs = list(zip(images.double(), boxes.tolist(), strict=True))
    expected = torch.stack([theirs.resized_crop(x, *box, [size, size], antialias=True) for x, box in pairs])
    torch.testing.assert_close(resized_crop(images.double(), boxes, size), expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(resized_crop(images, boxes, size), expected.float(), atol=3e-6, rtol=0)


def test_the_whole_image_stays_as_it_is():
    images = torch.rand(4, 1, 16, 16, generator=generator())
    torch.testing.assert_close(resized_crop(images, torch.tensor([[0, 0, 16, 16]]).expand(4, 4), 16), images)


def test_a_flipped_crop_is_the_mirror_image_of_the_crop():
    images = torch.rand(8, 3, 32, 32, generator=generator())
    plain, flipped = (random_resized_crop(images, 32, flip=p, generator=generator(3)) for p in (0, 1))
    torch.testing.assert_close(flipped, plain.flip(3))
    half = random_resized_crop(torch.rand(4000, 1, 8, 8, generator=generator()), 4, generator=generator(3))
    never = random_resized_crop(torch.rand(4000, 1, 8, 8, generator=generator()), 4, flip=0, generator=generator(3))
    share = (half != never).flatten(1).any(dim=1).double().mean()
    assert 0.46 < share < 0.54


def test_boxes_follow_torchvisions_law():
    """Means and deviations of area, log ratio and corner against as many draws of its own."""
    n, side = 4000, 64
    ours = random_boxes(n, side, side, generator=generator()).double()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        image = torch.zeros(1, side, side)
        drawn = [RandomResizedCrop.get_params(image, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(n)]
    other = torch.tensor(drawn, dtype=torch.double)
    for statistic in (
        lambda b: b[:, 2] * b[:, 3] / side**2,
        lambda b: (b[:, 3] / b[:, 2]).log(),
        lambda b: b[:, 0],
        lambda b: b[:, 1],
    ):
        a, b = statistic(ours), statistic(other)
        assert abs(a.mean() - b.mean()) < 5 * b.std() * (2 / n) ** 0.5
        assert abs(a.std() / b.std() - 1) < 0.08
    assert (ours[:, :2] >= 0).all()
    assert (ours[:, :2] + ours[:, 2:] <= side).all()


def test_boxes_where_none_fits_are_cut_to_the_image():
    boxes = random_boxes(50, 4, 40, scale=(0.9, 1.0), ratio=(0.2, 0.3), generator=generator())
    assert (boxes[:, 2] == 4).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= torch.tensor([4, 40])).all()


def test_a_lens_moves_red_and_blue_outwards_and_leaves_green_and_the_middle():
    x = torch.zeros(1, 3, 33, 33)
    x[:, :, 16, 16], x[:, :, 16, 26] = 1, 1
    y = chromatic_aberration(x, 0.2)
    columns = torch.arange(33.0)

    def place(channel):
        row = y[0, channel, 16, 20:]
        return float((row * columns[20:]).sum() / row.sum())

    assert [place(k) for k in range(3)] == pytest.approx([16 + 10 * 1.2, 26, 16 + 10 * 1.2], abs=0.3)
    torch.testing.assert_close(y[:, 1], x[:, 1])
    assert y[0, 0].argmax() == y[0, 1].argmax() == 16 * 33 + 16
    torch.testing.assert_close(chromatic_aberration(x, 0), x)


IMAGES = torch.rand(2, 3, 8, 8, generator=generator())
ANY: Any = "?"


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: resized_crop(ANY, torch.ones(2, 4), 4), TypeError, "images: expected a tensor"),
        (
            lambda: resized_crop((IMAGES * 255).byte(), torch.ones(2, 4), 4),
            TypeError,
            "images: expected floats in [0, 1",
        ),
        (lambda: resized_crop(IMAGES * 2, torch.ones(2, 4), 4), ValueError, "images: expected values in [0, 1], got 0"),
        (lambda: resized_crop(IMAGES * float("nan"), torch.ones(2, 4), 4), ValueError, "images: expected values in"),
        (lambda: resized_crop(IMAGES[0], torch.ones(2, 4), 4), ValueError, "images: expected shape [n, channels"),
        (
            lambda: resized_crop(IMAGES, torch.tensor([[0, 0, 8, 8], [1, 0, 8, 8]]), 4),
            ValueError,
            "boxes: expected top, left, height, width inside 8 x 8 pixels, got [1, 0, 8, 8]",
        ),
        (lambda: resized_crop(IMAGES, torch.ones(2, 4), 0), ValueError, "size: expected a positive integer, got 0"),
        (lambda: random_boxes(2, 8, 8, scale=(0, 1)), ValueError, "scale: expected 0 < low <= high <= 1, got (0, 1)"),
        (lambda: random_boxes(2, 8, 8, ratio=(2, 1)), ValueError, "ratio: expected 0 < low <= high, got (2, 1)"),
        (lambda: random_resized_crop(IMAGES, 4, flip=1.5), ValueError, "flip: expected a number in [0, 1], got 1.5"),
        (lambda: chromatic_aberration(IMAGES[:, :1], 0.1), ValueError, "images: expected shape [n, 3, height, width]"),
        (lambda: chromatic_aberration(IMAGES[:, :, 1:], 0.1), ValueError, "images: expected square ones, got 7 x 8"),
        (lambda: chromatic_aberration(IMAGES, ANY), TypeError, "amount: expected a number in [0, 1], got '?' (str)"),
    ],
)
def test_bad_input(plain_errors, call, kind, message):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value).startswith(message)
