"""Bad images, labels and sizes: one line each for every model over images."""

from typing import Any

import numpy as np
import pytest
import torch
from pixel_models import MODELS, build, images

from lecturelib.autoregressive import GatedPixelCNN, PixelCNN

X = images(2, 3, 4, (4, 5))
BAD = {
    "floats": (X.float(), TypeError, "x: expected integers from 0 to 3, got dtype torch.float32; use x.long()"),
    "booleans": (X > 1, TypeError, "x: expected integers from 0 to 3, got dtype torch.bool"),
    "a list": (X.tolist(), TypeError, "x: expected an integer tensor [batch, 3, height, width], got list"),
    "one channel": (
        X[:, :1],
        ValueError,
        "x: expected shape [batch, 3, height, width], none of them 0, got [2, 1, 4, 5]",
    ),
    "no batch": (X[0], ValueError, "x: expected shape [batch, 3, height, width], none of them 0, got [3, 4, 5]"),
    "empty": (X[:0], ValueError, "x: expected shape [batch, 3, height, width], none of them 0, got [0, 3, 4, 5]"),
    "a level too many": (X + 1, ValueError, "x: expected levels from 0 to 3, got 1 to 4"),
    "negative": (X - 1, ValueError, "x: expected levels from 0 to 3, got -1 to 2"),
    "another device": (X.to("meta"), ValueError, "x: expected a tensor on cpu (the model's), got one on meta"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_images_are_one_line_that_names_expected_and_actual(plain_errors, case):
    x, kind, message = BAD[case]
    model = build("pixelcnn", 3, 4)
    for method in (model, model.log_prob, model.bits_per_dim, lambda x: model.complete(x, 3)):
        with pytest.raises(kind) as error:
            method(x)
        assert str(error.value).startswith(message)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_checks_its_images(plain_errors, name):
    """One shared check, of which the test above tries every case."""
    model = build(name, 3, 4)
    for method in (model.log_prob, getattr(model, "complete", lambda x, _: model.enlarge(x, (7, 9)))):
        with pytest.raises(ValueError, match=r"^[xs]: expected levels from 0 to 3, got 1 to 4$"):
            method(X + 1, *[3] * (method != model.log_prob))


@pytest.mark.parametrize(
    ("labels", "kind", "message"),
    [
        (None, TypeError, "labels: expected an integer tensor [2] of classes, got NoneType"),
        (torch.zeros(2), TypeError, "labels: expected an integer tensor [2] of classes, got dtype torch.float32"),
        (torch.tensor([1]), ValueError, "labels: expected shape [2], one per image, got [1]"),
        (torch.tensor([0, 3]), ValueError, "labels: expected classes from 0 to 2, got 0 to 3"),
    ],
)
@pytest.mark.parametrize("kind_of_model", [PixelCNN, GatedPixelCNN])
def test_bad_labels(plain_errors, kind_of_model, labels, kind, message):
    model = kind_of_model(3, 4, hidden_channels=6, num_layers=1, num_classes=3)
    with pytest.raises(kind) as error:
        model.log_prob(X, labels)
    assert str(error.value) == message


@pytest.mark.parametrize("name", MODELS)
def test_labels_for_a_model_without_classes(plain_errors, name):
    with pytest.raises(TypeError, match=r"^labels: expected None, since the model was made without `num_classes`$"):
        build(name, 3, 4).log_prob(X, torch.tensor([0, 1]))


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"channels": 0}, ValueError, "channels: expected a positive integer, got 0"),
        ({"num_levels": 1}, ValueError, "num_levels: expected an integer from 2 to 65536, got 1"),
        ({"num_levels": 2.0}, TypeError, "num_levels: expected an integer from 2 to 65536, got 2.0 (float)"),
        ({"num_layers": 0}, ValueError, "num_layers: expected a positive integer, got 0"),
        ({"head_channels": 0}, ValueError, "head_channels: expected a positive integer, got 0"),
        (
            {"hidden_channels": 2, "channels": 3},
            ValueError,
            "hidden_channels: expected at least one feature map per channel (3), else a channel could not see those "
            "before it, got 2",
        ),
    ],
)
@pytest.mark.parametrize("name", MODELS)
def test_bad_sizes_of_a_model(plain_errors, name, options, kind, message):
    with pytest.raises(kind) as error:
        MODELS[name](**options)
    assert str(error.value) == message


@pytest.mark.parametrize("name", ["pixelcnn", "gated", "multi-scale"])
def test_bad_dilations(plain_errors, name):
    with pytest.raises(TypeError, match=r"^dilations: expected a sequence of integers, got 2 \(int\)$"):
        MODELS[name](dilations=2)
    with pytest.raises(ValueError, match=r"^dilations: expected at least one, got none$"):
        MODELS[name](dilations=())
    with pytest.raises(ValueError, match=r"^dilations\[1\]: expected a positive integer, got 0$"):
        MODELS[name](dilations=(2, 0))


@pytest.mark.parametrize(
    ("n", "size", "kind", "message"),
    [
        (0, (3, 3), ValueError, "n: expected a positive integer, got 0"),
        (2, 9, TypeError, "size: expected two integers (height, width), got 9 (int)"),
        (2, (3, 3, 3), TypeError, "size: expected two integers (height, width), got (3, 3, 3) (tuple)"),
        (2, (3, 0), ValueError, "size[1], the width: expected a positive integer, got 0"),
    ],
)
@pytest.mark.parametrize("name", ["gated", "multi-scale"])
def test_bad_sample_sizes(plain_errors, name, n, size, kind, message):
    with pytest.raises(kind) as error:
        build(name).sample(n, size)
    assert str(error.value) == message


def test_sizes_may_be_lists_and_numpys_integers(plain_errors):
    two: Any = np.int64(2)
    three: Any = np.int64(3)
    sizes = {"hidden_channels": three, "num_layers": two, "head_channels": three, "dilations": [two, three]}
    model, plain = PixelCNN(two - 1, two, **sizes), PixelCNN(1, 2, 3, 2, head_channels=3, dilations=(2, 3))
    plain.load_state_dict(model.state_dict())
    x = model.sample(two, [three, two], generator=torch.Generator().manual_seed(0))
    assert x.shape == (2, 1, 3, 2)
    assert torch.equal(model.log_prob(x), plain.log_prob(x))
    assert torch.equal(model.complete(x, 2 * three), x)


@pytest.mark.parametrize(("known", "kind"), [(-1, ValueError), (21, ValueError), (2.0, TypeError), (True, TypeError)])
def test_bad_known(plain_errors, known, kind):
    with pytest.raises(kind, match=r"^known: expected an integer from 0 to 20, got "):
        build("gated", 3, 4).complete(X, known)


@pytest.mark.parametrize("name", ["gated", "multi-scale"])
def test_bad_generator(plain_errors, name):
    with pytest.raises(TypeError, match=r"^generator: expected a torch.Generator or None, got 5 \(int\)$"):
        build(name).sample(1, (3, 3), generator=5)


@pytest.mark.parametrize(("stride", "kind"), [(1, ValueError), (2.0, TypeError)])
def test_bad_stride(plain_errors, stride, kind):
    with pytest.raises(kind, match=r"^stride: expected an integer from 2 to 1024, got "):
        MODELS["multi-scale"](stride=stride)


def test_a_small_image_that_does_not_fit(plain_errors):
    with pytest.raises(ValueError, match=r"^s: expected images \[3, 3, 4\] for size \(5, 8\), got \[3, 4, 5\]$"):
        build("multi-scale", 3, 4).enlarge(X, (5, 8))
