"""The PixelCNN's sampler against a forward pass per pixel, and its masks against ordinary convolutions.

`python benchmarks/pixelcnn.py` (about 8 minutes). Inputs are random, so that no data set is needed.
"""

from functools import partial
from typing import Any

import torch
from timing import cpu_seconds, report, row
from torch import Tensor, nn

from lecturelib.autoregressive import FVSBN, NADE, GatedPixelCNN, PixelCNN, RowLSTM
from lecturelib.autoregressive.masked import MaskedConv2d


def sampling(title: str, model: Any, n: int, size: tuple[int, int], target: str) -> dict[str, Any]:
    """Return a row: `n` samples drawn by remembering, and by running the network for every pixel and channel."""
    ways = {way: partial(model.sample, n, size, fast=way == "ours") for way in ("ours", "again")}
    seconds = cpu_seconds(ways, 1, warm_up=partial(model.sample, n, (4, 4), fast=False))
    work = f"{title}, {n} samples {size[0]}x{size[1]}"
    return row(work, "a forward pass per pixel", "s", seconds["ours"], seconds["again"], target)


@torch.no_grad()
def recomputing_sampler(model: FVSBN | NADE, n: int) -> Tensor:
    """Draw samples with a whole forward pass per pixel."""
    x, u = torch.zeros(n, model.dim), torch.rand(n, model.dim)
    for i in range(model.dim):
        x[:, i] = (u[:, i] < torch.sigmoid(model.logits(x)[:, i])).float()
    return x


def unmasked(model: PixelCNN) -> PixelCNN:
    """Replace every masked convolution of `model` by an ordinary one of the same size."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, MaskedConv2d):
                rows, columns = child.kernel_size
                padding = (rows // 2, columns // 2)
                setattr(
                    parent, name, nn.Conv2d(child.in_channels, child.out_channels, (rows, columns), padding=padding)
                )
    return model


def step(model: PixelCNN, x: Tensor) -> None:
    """Run forward and backward once."""
    model.zero_grad()
    (-model.log_prob(x).mean()).backward()


def main() -> None:
    """Run all comparisons."""
    torch.manual_seed(0)
    rows = []
    binary = partial(PixelCNN, 1, 2, 32, 4)
    for side, target in ((14, "none"), (28, ">= 80"), (35, "growing")):
        rows.append(sampling("PixelCNN h=32, 4 blocks", binary(), 16, (side, side), target))
    rows.append(sampling("Gated p=32, 4 layers", GatedPixelCNN(1, 2, 32, 4), 16, (28, 28), ">= 80"))
    rows.append(sampling("Row LSTM h=16, 4 layers", RowLSTM(1, 2, 16, 4), 16, (28, 28), "none"))
    rows.append(
        sampling(
            "PixelCNN RGB, 256 levels, h=32, 4 blocks", PixelCNN(3, 256, 32, 4, head_channels=64), 2, (32, 32), "none"
        )
    )

    wide = (1, 2, 4, 8)  # the sizes of the stored models
    rows.append(sampling("stored size: PixelCNN", PixelCNN(1, 2, 24, 8, dilations=wide), 16, (28, 28), "none"))
    rows.append(sampling("stored size: Gated", GatedPixelCNN(1, 2, 16, 9, dilations=wide), 16, (28, 28), "none"))
    for name, model in (("FVSBN", FVSBN(784)), ("NADE", NADE(784, 500))):
        ways = {"ours": partial(model.sample, 16), "again": partial(recomputing_sampler, model, 16)}
        seconds = cpu_seconds(ways, 3)
        work = f"stored size: {name}, 16 samples 28x28"
        rows.append(row(work, "a forward pass per pixel", "s", seconds["ours"], seconds["again"], "none"))

    x = torch.randint(0, 2, (32, 1, 28, 28))
    masked, ordinary = binary(), unmasked(binary())
    seconds = cpu_seconds({"ours": partial(step, masked, x), "ordinary": partial(step, ordinary, x)}, repeats=15)
    work = "PixelCNN h=32, 4 blocks, batch 32, forward+backward"
    rows.append(row(work, "ordinary convolutions", "s", seconds["ours"], seconds["ordinary"], ">= 0.91"))
    report("pixelcnn", rows)


if __name__ == "__main__":
    main()
