"""What users do with encoders, augmentations and tasks: half precision, meta, compile, gray images, torchvision."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lecturelib import augment
from lecturelib.backbones import VGG, NetworkInNetwork, ResNet, ResNetV2, RevNet
from lecturelib.contrastive import CPC, RecurrentContext, RowContext, SimCLR, nt_xent
from lecturelib.pretext import ContextEncoder, Exemplar, Jigsaw, RelativePatch, Rotation
from lecturelib.pretext.jigsaw import normalised, permutations


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


IMAGES = torch.rand(4, 3, 32, 32, generator=generator())
BACKBONES = {"ResNet": ResNet, "ResNet v2": ResNetV2, "RevNet": RevNet, "VGG": VGG, "NIN": NetworkInNetwork}
BOXES = torch.tensor([[0, 0, 8, 8], [1, 2, 9, 10], [0, 0, 32, 32], [4, 4, 3, 2]])
# each model and a batch for its loss
TASKS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "rotation": lambda: (Rotation(ResNet(3, 4)), IMAGES),
    "exemplar": lambda: (Exemplar(ResNet(3, 4), 4), (IMAGES, torch.arange(4))),
    "relative patch": lambda: (RelativePatch(ResNet(3, 4), color="drop"), IMAGES),
    "jigsaw": lambda: (Jigsaw(ResNet(3, 4), permutations(5, generator=generator())), IMAGES),
    "context encoder": lambda: (ContextEncoder(ResNet(3, 4), hidden_channels=8, adversarial=0.1), IMAGES),
    "SimCLR": lambda: (SimCLR(ResNet(3, 4)), (IMAGES, IMAGES.flip(3))),
    "CPC": lambda: (CPC(ResNet(3, 4, (1, 1)), RowContext(8), 8, steps=(1, 2), patch=8, stride=4), IMAGES),
    "CPC of text": lambda: (CPC(nn.Embedding(9, 8), RecurrentContext(8), 8), torch.randint(9, (4, 7))),
}
AUGMENTATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    **{name: augment.compose(name) for name in [*augment.AUGMENTATIONS, *augment.PARTS]},
    "all": augment.compose("crop", "cutout", "rotation", "color", "blur", "noise", "edges"),
    "fast color jitter": lambda x: augment.fast_color_jitter(x, gray=0.2),
    "channel drop": augment.channel_drop,
    "project colors": augment.project_colors,
    "chromatic aberration": lambda x: augment.chromatic_aberration(x, 0.1),
    "resized crop": lambda x: augment.resized_crop(x, BOXES.to(x.device), 8),
    "patch grid": lambda x: augment.patch_grid(x, patch=8, pitch=10, jitter=1),
    "patch pairs": lambda x: augment.patch_pairs(x, patch=8, pitch=10, jitter=1)[0],
}


def made(kind):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TASKS[kind]()


def converted(batch, to):
    if isinstance(batch, tuple):
        return tuple(converted(part, to) for part in batch)
    return batch.to(to) if batch.is_floating_point() or to == "meta" else batch


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_keep_half_precision(name, dtype):
    x = IMAGES.to(dtype)
    y = AUGMENTATIONS[name](x)
    assert y.dtype == dtype
    assert y.isfinite().all()
    assert name == "project colors" or 0 <= y.min() <= y.max() <= 1


@pytest.mark.parametrize("name", ["resized crop", "chromatic aberration", "project colors", "edges"])
def test_half_precision_is_single_precision_rounded(name):
    torch.manual_seed(0)
    exact = AUGMENTATIONS[name](IMAGES.bfloat16().float())
    torch.manual_seed(0)
    torch.testing.assert_close(AUGMENTATIONS[name](IMAGES.bfloat16()).float(), exact, atol=0.02, rtol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", BACKBONES)
def test_backbones_train_in_half_precision(name, dtype):
    net = BACKBONES[name](3, 8).to(dtype)
    features = net(IMAGES.to(dtype))
    assert features.dtype == dtype
    features.float().square().mean().backward()
    assert all(p.grad.isfinite().all() and p.grad.dtype == dtype for p in net.parameters())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", TASKS)
def test_tasks_train_in_half_precision(kind, dtype):
    model, batch = made(kind)
    loss = model.to(dtype).loss(converted(batch, dtype))
    loss.backward()
    assert loss.isfinite()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("kind", TASKS)
def test_losses_run_without_values(kind):
    """On the meta device there is nothing to read: so on a GPU nothing waits for the host."""
    model, batch = made(kind)
    loss = model.to("meta").loss(converted(batch, "meta"))
    loss.backward()
    assert loss.shape == ()
    assert loss.device.type == "meta"


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_run_without_values(name):
    assert AUGMENTATIONS[name](IMAGES.to("meta")).device.type == "meta"


@pytest.mark.parametrize("name", BACKBONES)
def test_backbones_run_without_values_under_vmap_and_are_exported(name):
    net = BACKBONES[name](3, 4).eval()
    expected = net(IMAGES)
    torch.testing.assert_close(torch.vmap(net)(IMAGES[:, None])[:, 0], expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(torch.export.export(net, (IMAGES,)).module()(IMAGES), expected, atol=1e-5, rtol=1e-4)
    assert copy.deepcopy(net).to("meta")(IMAGES.to("meta")).shape == expected.shape


@pytest.mark.parametrize("kind", ["rotation", "exemplar", "context encoder", "SimCLR"])
def test_models_are_called_as_modules_and_under_vmap(kind):
    model = made(kind)[0].eval()
    torch.testing.assert_close(torch.vmap(model)(IMAGES[:, None])[:, 0], model(IMAGES), atol=1e-5, rtol=1e-4)


def test_calling_a_model_gives_what_its_loss_compares():
    rotation, simclr, exemplar = (made(kind)[0].eval() for kind in ("rotation", "SimCLR", "exemplar"))
    assert torch.equal(rotation(IMAGES), rotation.logits(IMAGES))
    assert torch.equal(exemplar(IMAGES), exemplar.classifier(exemplar.encoder(IMAGES)))
    torch.testing.assert_close(simclr.loss((IMAGES, IMAGES.flip(3))), nt_xent(simclr(IMAGES), simclr(IMAGES.flip(3))))
    relative, jigsaw = (made(kind)[0].eval() for kind in ("relative patch", "jigsaw"))
    x1, x2, _ = relative.pair(IMAGES)
    assert relative(x1, x2).shape == (4, 8)
    assert jigsaw(jigsaw.tiles(IMAGES)).shape == (4, 5)
    cpc = made("CPC")[0].eval()
    assert cpc(IMAGES).shape == (4, 7, 7, 8)


BREAKS = """
import json, sys, torch
sys.path.insert(0, sys.argv[1])
from test_in_use import TASKS, made
found = {}
for kind in TASKS:
    if kind != "CPC of text":  # a GRU loops over time
        model, batch = made(kind)
        torch._dynamo.reset()
        found[kind] = torch._dynamo.explain(model.loss)(batch).graph_break_count
print(json.dumps(found))
"""


@pytest.mark.slow
def test_losses_compile_with_one_break_at_most():
    """In a process of its own, since here every call is checked for shapes, which breaks the graph."""
    command = [sys.executable, "-W", "ignore", "-c", BREAKS, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == len(TASKS) - 1
    assert max(found.values()) <= 1, found


def test_nt_xent_under_torch_func():
    z1, z2 = torch.randn(2, 3, 5, 4, generator=generator(), dtype=torch.double).unbind()
    one_by_one = torch.stack([nt_xent(a, b) for a, b in zip(z1, z2, strict=True)])
    torch.testing.assert_close(torch.vmap(nt_xent)(z1, z2), one_by_one)
    a, b = z1[0].requires_grad_(), z2[0]
    torch.testing.assert_close(torch.func.grad(nt_xent)(a.detach(), b), torch.autograd.grad(nt_xent(a, b), a)[0])
    assert torch.autograd.gradgradcheck(lambda a: nt_xent(a, b), (a,))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64])
def test_classes_and_tokens_are_integers_of_any_width(dtype):
    exemplar, (x, classes) = made("exemplar")
    exemplar.eval()
    expected = exemplar.loss((x, classes), generator(1))
    assert torch.equal(exemplar.loss((x, classes.to(dtype)), generator(1)), expected)
    cpc, text = made("CPC of text")
    assert torch.equal(cpc.loss(text.to(dtype)), cpc.loss(text))


GRAY = IMAGES[:, :1, 2:30, 2:30]  # 28 x 28, as MNIST


def test_gray_images_of_28_pixels_work_or_say_what_helps(plain_errors):
    torch.manual_seed(0)
    views = augment.compose("crop", "color", "jitter", "gray", "blur")(GRAY)
    assert views.shape == GRAY.shape
    for model in (
        RelativePatch(ResNet(1, 4)),
        Jigsaw(ResNet(1, 4), permutations(5), tile=6),
        Rotation(ResNet(1, 4)),
        ContextEncoder(ResNet(1, 4), size=32),
    ):
        padded = nn.functional.pad(GRAY, (2, 2, 2, 2)) if isinstance(model, ContextEncoder | RelativePatch) else GRAY
        assert model.loss(padded).isfinite()
    for call, message in (
        (lambda: RelativePatch(ResNet(1, 4), color="drop").loss(GRAY), "images: expected 3 channels for color='drop'"),
        (lambda: Jigsaw(ResNet(1, 4), permutations(5)).loss(GRAY), "images: expected at least 30 x 30 pixels for the"),
        (lambda: ContextEncoder(ResNet(1, 4), size=28), "size: expected a multiple of 8, got 28; pad the images to 32"),
    ):
        with pytest.raises(ValueError, match=r".") as error:
            call()
        assert str(error.value).startswith(message)


def test_an_encoder_of_torchvision_works_or_the_message_says_how(plain_errors):
    resnet18 = pytest.importorskip("torchvision.models").resnet18
    for make in (Rotation, RelativePatch, SimCLR, lambda e: Exemplar(e, 4), lambda e: Jigsaw(e, permutations(5))):
        with pytest.raises(TypeError, match=r"^encoder: expected an attribute out_features, .*got ResNet; .*Identity"):
            make(resnet18())
    with pytest.raises(TypeError, match=r"^encoder: expected channels, out_features and feature_maps.*Encoder$"):
        ContextEncoder(resnet18())
    encoder = resnet18()
    encoder.out_features = encoder.fc.in_features
    encoder.fc = nn.Identity()  # as the message says
    cases: tuple[tuple[Any, Any], ...] = (
        (SimCLR(encoder), (IMAGES, IMAGES.flip(3))),
        (Exemplar(encoder, 4), (IMAGES, torch.arange(4))),
        (RelativePatch(encoder), IMAGES),
    )
    for model, batch in cases:
        assert model.loss(batch).isfinite()


def test_images_normalised_by_mean_and_deviation_are_told_to_undo_it(plain_errors):
    x = (IMAGES - 0.5) / 0.25
    for call in (ResNet(3, 4), augment.sobel, lambda x: SimCLR(ResNet(3, 4)).loss((x, x))):
        with pytest.raises(ValueError, match=r"^images: expected values in \[0, 1\], got .*undo the normalisation"):
            call(x)


@pytest.mark.parametrize("kind", ["exemplar", "relative patch", "jigsaw", "SimCLR", "CPC"])
def test_a_batch_of_one_is_named(plain_errors, kind):
    model, batch = made(kind)
    one = tuple(part[:1] for part in batch) if isinstance(batch, tuple) else batch[:1]
    with pytest.raises(ValueError, match=r"^(images|z1|predicted): expected two (or more|images or|examples or)"):
        model.train().loss(one)
    if kind not in ("SimCLR", "CPC"):
        assert model.eval().loss(one).isfinite()


def test_constant_images_and_tiles_of_one_pixel_have_no_nan():
    constant = torch.full((4, 3, 32, 32), 0.3)
    assert torch.equal(normalised(torch.rand(2, 9, 3, 1, 1)), torch.full((2, 9, 3, 1, 1), 0.5))
    for name in AUGMENTATIONS:
        assert AUGMENTATIONS[name](constant).isfinite().all()
    batches: dict[str, Any] = {"exemplar": (constant, torch.arange(4)), "SimCLR": (constant, constant)}
    for kind in TASKS:
        model, batch = made(kind)
        loss = model.loss(batch if kind == "CPC of text" else batches.get(kind, constant))
        loss.backward()
        assert loss.isfinite()
        assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


def test_silhouettes_survive_a_start_without_memory():
    shapes = torch.ones(1, 1, 8, 8)
    model = ContextEncoder(ResNet(3, 4), hidden_channels=8, region="silhouettes", shapes=shapes)
    state, mask = copy.deepcopy(model.state_dict()), model.mask(3, generator())
    model.to("meta").to_empty(device="cpu").load_state_dict(state)
    assert torch.equal(model.mask(3, generator()), mask)
