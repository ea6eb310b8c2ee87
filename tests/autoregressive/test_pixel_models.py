"""Likelihood and sampling of the models over images, against enumeration and recomputation."""

import math

import pytest
import torch
from pixel_models import MODELS, build, images, states

from lecturelib.autoregressive import PixelCNN

LABELLED = ["pixelcnn", "gated"]


@pytest.mark.parametrize("scale", [1.0, 2.5, 6.0])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("channels", "levels", "size"), [(1, 2, (3, 3)), (3, 3, (1, 2)), (3, 2, (2, 2))])
def test_probabilities_of_all_images_sum_to_one(name, channels, levels, size, scale):
    total = build(name, channels, levels, scale=scale).log_prob(states(channels, levels, size)).exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", LABELLED)
def test_given_a_label_they_sum_to_one_and_differ_from_another_labels(name):
    model, everything = build(name, num_classes=3), states(1, 2, (3, 3))
    p = [model.log_prob(everything, torch.full((len(everything),), label)).exp() for label in (0, 2)]
    assert p[0].sum().item() == pytest.approx(1, abs=1e-9)
    assert p[1].sum().item() == pytest.approx(1, abs=1e-9)
    assert not torch.allclose(p[0], p[1], atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("levels", [2, 4])
def test_log_prob_is_the_sum_of_the_conditionals(name, levels):
    model, x = build(name, 3, levels), images(5, 3, levels, (4, 5))
    logits = model.logits(x)
    if levels == 2:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
    by_hand = logits.log_softmax(1).gather(1, x[:, None])[:, 0].flatten(1).sum(1)
    torch.testing.assert_close(model.log_prob(x), by_hand)
    torch.testing.assert_close(model.bits_per_dim(x), -by_hand / math.log(2) / 60)


def test_a_model_that_knows_nothing_needs_the_bits_that_the_levels_have():
    model = PixelCNN(3, 256, hidden_channels=6, num_layers=1)
    for parameter in model.out.parameters():
        torch.nn.init.zeros_(parameter)
    assert model.bits_per_dim(images(2, 3, 256, (5, 4))).tolist() == pytest.approx([8, 8], abs=1e-5)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("channels", "levels"), [(1, 2), (3, 5)])
def test_remembering_draws_the_same_pixels_as_recomputing(name, channels, levels):
    """From the same uniforms, bit for bit; the images are varied, so that it means something."""
    options = {} if name == "row lstm" else {"dilations": (1, 3)}
    model = build(name, channels, levels, **options, **({"stride": 3} if name == "multi-scale" else {}))
    fast, slow = (
        model.sample(6, (7, 9), generator=torch.Generator().manual_seed(3), fast=fast) for fast in (True, False)
    )
    assert torch.equal(fast, slow)
    assert fast.dtype == torch.long
    assert fast.shape == (6, channels, 7, 9)
    assert len(fast.flatten(1).unique(dim=0)) == 6
    assert set(fast.unique().tolist()) == set(range(levels))


@pytest.mark.parametrize("name", ["pixelcnn", "gated", "row lstm"])
@pytest.mark.parametrize("known", [0, 1, 17, 35, 36])
def test_completion_keeps_what_is_known_and_draws_the_rest_as_recomputing_does(name, known):
    model, x = build(name, 3, 4), images(4, 3, 4, (6, 6), seed=8)
    given = x.clone()
    fast, slow = (model.complete(x, known, generator=torch.Generator().manual_seed(1), fast=f) for f in (True, False))
    assert torch.equal(fast, slow)
    assert torch.equal(fast.flatten(2)[:, :, :known], x.flatten(2)[:, :, :known])
    assert torch.equal(x, given), "the argument is not changed"
    if known < 35:
        assert not torch.equal(fast, x)


@pytest.mark.parametrize("name", LABELLED)
def test_labelled_sampling_remembers_the_label(name):
    model, labels = build(name, 1, 2, num_classes=3), torch.tensor([0, 2, 1, 2])
    fast, slow = (
        model.sample(4, (5, 6), labels, generator=torch.Generator().manual_seed(2), fast=fast) for fast in (True, False)
    )
    other = model.sample(4, (5, 6), labels.flip(0), generator=torch.Generator().manual_seed(2))
    assert torch.equal(fast, slow)
    assert not torch.equal(fast, other)


@pytest.mark.parametrize("name", MODELS)
def test_samples_follow_the_enumerated_distribution(name):
    """A chi-squared test over all 2^4 images of 2 x 2; the 1e-6 quantile of χ²(15) is 57."""
    model, everything = build(name, scale=1.5), states(1, 2, (2, 2))
    p = model.log_prob(everything).exp()
    n = 20_000
    x = model.sample(n, (2, 2), generator=torch.Generator().manual_seed(0)).flatten(1)
    counts = torch.bincount((x * torch.tensor([8, 4, 2, 1])).sum(1), minlength=16)
    keep = p * n >= 1
    assert ((counts - n * p)[keep] ** 2 / (n * p)[keep]).sum().item() < 57


def test_enlarging_keeps_the_small_image():
    model, s = build("multi-scale", 3, 4, stride=2), images(3, 3, 4, (3, 4), seed=5)
    x = model.enlarge(s, (5, 8), generator=torch.Generator().manual_seed(0))
    assert torch.equal(x[:, :, ::2, ::2], s)
    assert torch.equal(x, model.enlarge(s, (5, 8), generator=torch.Generator().manual_seed(0), fast=False))


@pytest.mark.parametrize("name", MODELS)
def test_the_models_answer_is_its_logits(name):
    model, x = build(name, 3, 4), images(2, 3, 4, (4, 5))
    assert model(x).shape == (2, 4, 3, 4, 5)
    assert torch.equal(model(x), model.logits(x))


@pytest.mark.parametrize("name", MODELS)
def test_gradient_of_log_prob(name):
    model = build(name, 2, 3, hidden_channels=2, num_layers=1, head_channels=2)
    x = images(2, 2, 3, (3, 2))
    names, values = zip(*model.named_parameters(), strict=True)
    model.forward = model.log_prob

    def f(*parameters):
        return torch.func.functional_call(model, dict(zip(names, parameters, strict=True)), (x,))

    assert torch.autograd.gradcheck(f, values, fast_mode=True)


@pytest.mark.parametrize("name", MODELS)
def test_samples_carry_no_graph_and_repeat_with_their_generator(name):
    model = build(name)
    a, b, c = (model.sample(8, (4, 4), generator=torch.Generator().manual_seed(seed)) for seed in (7, 7, 8))
    assert not a.requires_grad
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32])
def test_every_integer_type_is_read_alike(dtype):
    model, x = build("pixelcnn"), images(2, 1, 2, (4, 4))
    assert torch.equal(model.log_prob(x.to(dtype)), model.log_prob(x))
    assert torch.equal(model.complete(x.to(dtype), 16), x)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32])
@pytest.mark.parametrize("name", LABELLED)
def test_every_integer_type_serves_as_label(name, dtype):
    model, x, labels = build(name, num_classes=3), images(3, 1, 2, (3, 3)), torch.tensor([2, 0, 1])
    assert torch.equal(model.log_prob(x, labels.to(dtype)), model.log_prob(x, labels))


def test_bytes_may_have_all_their_256_levels():
    model, x = (
        PixelCNN(1, 256, hidden_channels=4, num_layers=1),
        torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16),
    )
    assert torch.equal(model.log_prob(x), model.log_prob(x.long()))


def test_bfloat16_autocast_adds_up_the_likelihood_in_single_precision():
    model, x = PixelCNN(), images(2, 1, 2, (28, 28))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        nats = model.log_prob(x)
    assert nats.dtype == torch.float32
    torch.testing.assert_close(nats, model.log_prob(x), rtol=0.02, atol=0)
