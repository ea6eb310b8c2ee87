"""NT-Xent and a whole step of SimCLR against lightly, torchvision and PyTorch Metric Learning.

    python benchmarks/contrastive.py

Needs the extra `bench`. The step is that of `recipes.contrastive`: two views of every image of a batch, forward,
backward, Adam. Theirs take the same network, optimiser and batch; only the views come one image at a time. What the
network takes is no different, so a step with views that are there already shows how much could be gained at most. In
bfloat16 the network is faster on processors that know it. And the features must be as good after as many steps: a
linear probe after one pass over 12,800 images.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from lightly.loss import NTXentLoss
from lightly.transforms import SimCLRTransform
from PIL import Image
from pytorch_metric_learning.losses import NTXentLoss as MetricLearning
from timing import cpu_seconds, report, row
from views import torchvision_view

from lecturelib.augment import compose
from lecturelib.backbones import ResNet
from lecturelib.contrastive import SimCLR, nt_xent
from lecturelib.datasets import load
from lecturelib.recipes import contrastive
from lecturelib.recipes.probes import probe
from lecturelib.training import fit

PROJECTIONS, DIMENSION, IMAGES, TEMPERATURE, STRENGTH = 256, 128, 128, 0.2, 0.5
WIDTHS = (4, 8, 16)  # the larger the network, the less it matters where the views come from

STEPS, SEEDS = 100, (0, 1, 2)

Views = tuple[torch.Tensor, torch.Tensor]
Source = Callable[[torch.Tensor], Views]


def losses() -> dict[str, Callable[[], object]]:
    """Return forward and backward of each loss, on the same projections."""
    z1, z2 = torch.randn(2, PROJECTIONS, DIMENSION, generator=torch.Generator().manual_seed(0)).unbind()
    z1.requires_grad_()
    z2.requires_grad_()
    theirs, other = NTXentLoss(temperature=TEMPERATURE), MetricLearning(temperature=TEMPERATURE)
    labels = torch.arange(PROJECTIONS).repeat(2)
    return {
        "ours": lambda: nt_xent(z1, z2, TEMPERATURE).backward(),
        "lightly": lambda: theirs(z1, z2).backward(),
        "metric learning": lambda: other(torch.cat([z1, z2]), labels).backward(),
    }


def sources() -> dict[str, Source]:
    """Return ours and theirs: how two views of each of some images, as bytes, are made."""
    ours, one = compose(*contrastive.AUGMENTATIONS), torchvision_view(STRENGTH)
    two = SimCLRTransform(input_size=32, cj_strength=STRENGTH, gaussian_blur=0.0, normalize=None)

    def from_torchvision(pictures: torch.Tensor) -> Views:
        loaded = opened(pictures)
        return torch.stack([one(x) for x in loaded]), torch.stack([one(x) for x in loaded])

    def from_lightly(pictures: torch.Tensor) -> Views:
        first, second = zip(*(two(x) for x in opened(pictures)), strict=True)
        return torch.stack(first), torch.stack(second)

    return {
        "ours": lambda pictures: contrastive.two_views(ours, pictures / 255),
        "torchvision": from_torchvision,
        "lightly": from_lightly,
    }


def opened(pictures: torch.Tensor) -> list[Image.Image]:
    """Return bytes as images of PIL, which cost nothing to make."""
    return [Image.fromarray(np.asarray(x.permute(1, 2, 0))) for x in pictures]


def step(width: int, views: Source, *, bf16: bool = False) -> Callable[[], None]:
    """Return one step of training with these views, of a network with so many channels in its first stage."""
    pictures = load("cifar10").train.x[:IMAGES]
    torch.manual_seed(0)
    model = SimCLR(ResNet(width=width), **contrastive.SIZES)
    adam = torch.optim.Adam(model.parameters(), 1e-3)

    def once() -> None:
        adam.zero_grad()
        made = views(pictures)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = model.loss(made)
        loss.backward()
        adam.step()

    return once


def steps(width: int) -> list[dict[str, object]]:
    """Return the rows of one width: in single precision, in bfloat16, and the most that can be gained."""
    ready = sources()["ours"](load("cifar10").train.x[:IMAGES])
    every: dict[str, Source] = {**sources(), "ready": lambda _: ready}
    rows = []
    for bf16 in (False, True):
        whole = cpu_seconds({name: step(width, views, bf16=bf16) for name, views in every.items()}, repeats=5)
        work = f"SimCLR step, {IMAGES} images, width {width}{', bfloat16' if bf16 else ''}"
        rows += [
            row(work, "torchvision v2, one PIL image at a time", "s", whole["ours"], whole["torchvision"], ">= 2.5"),
            row(work, "lightly's views", "s", whole["ours"], whole["lightly"], ">= 2.5"),
            row(f"{work}, views there already", "torchvision v2", "s", whole["ready"], whole["torchvision"], "none"),
        ]
    return rows


def probe_after(views: Source, seed: int) -> float:
    """Return the accuracy in % of a probe after `STEPS` steps."""
    torch.manual_seed(seed)
    model = SimCLR(ResNet(width=16), **contrastive.SIZES)
    fit(
        model,
        lambda model, x: model.loss(views(x)),
        load("cifar10").train.x[: STEPS * IMAGES],
        epochs=1,
        batch_size=IMAGES,
        optimizer=lambda parameters: torch.optim.Adam(parameters, 3e-3),
        schedule=lambda progress: 1 - progress,
        seed=seed,
    )
    return probe(model, "cpu")


def main() -> None:
    """Time the losses, then the steps; each against the others in one run."""
    size, loss = f"2 x {PROJECTIONS} x {DIMENSION}", cpu_seconds(losses(), repeats=15)
    work = f"NT-Xent and its gradient, {size}"
    rows = [
        row(work, "lightly", "s", loss["ours"], loss["lightly"], ">= 1.5"),
        row(work, "PyTorch Metric Learning", "s", loss["ours"], loss["metric learning"], "none"),
    ]
    work = f"two views of {IMAGES} images"
    pictures = load("cifar10").train.x[:IMAGES]
    views = cpu_seconds({name: partial(make, pictures) for name, make in sources().items()}, repeats=9)
    rows.append(row(work, "torchvision v2, one PIL image at a time", "s", views["ours"], views["torchvision"], "none"))
    rows.append(row(work, "lightly's views", "s", views["ours"], views["lightly"], "none"))
    for width in WIDTHS:
        rows += steps(width)
    found = {
        name: sum(probe_after(views, seed) for seed in SEEDS) / len(SEEDS)
        for name, views in sources().items()
        if name != "lightly"  # whose transforms are torchvision's
    }
    work = f"linear probe after {STEPS} steps, {len(SEEDS)} seeds"
    rows.append(row(work, "torchvision's views", "%", found["ours"], found["torchvision"], "1"))
    report("contrastive", rows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
