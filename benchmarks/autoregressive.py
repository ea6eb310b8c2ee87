"""FVSBN and NADE against what people would write instead: `python benchmarks/autoregressive.py` (about 4 minutes).

Inputs are random bits as dense as MNIST's ink (13 %), so that no data set is needed.
"""

from collections.abc import Callable
from functools import partial

import torch
from timing import cpu_seconds, peak_mebibytes, report, row
from torch import Tensor, nn

from lecturelib.autoregressive import FVSBN, NADE, binary

DIM, HIDDEN, BATCH = 784, 500, 100


def ink(n: int) -> Tensor:
    """Return `n` random images with MNIST's share of ones."""
    return (torch.rand(n, DIM, generator=torch.Generator().manual_seed(0)) < 0.13).float()


def slicing_loop(model: NADE, x: Tensor) -> Tensor:
    """The usual NADE: slice a column of W and a row of α in each step, and leave the rest to autograd."""
    a, logits = model.c.expand(len(x), model.hidden_size), []
    for i in range(model.dim):
        logits.append(torch.sigmoid(a) @ model.alpha[i : i + 1].T + model.b[i : i + 1])
        a = a + x[:, i : i + 1] @ model.W[:, i : i + 1].T
    return binary.log_prob(x, torch.cat(logits, dim=1))


class SeparateRegressions(nn.Module):
    """The FVSBN as D separate linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.ModuleList(nn.Linear(i, 1) for i in range(1, DIM))
        self.first = nn.Parameter(torch.zeros(1))

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats."""
        logits = [self.first.expand(len(x), 1), *(layer(x[:, :i]) for i, layer in enumerate(self.linear, start=1))]
        return binary.log_prob(x, torch.cat(logits, dim=1))


def step(model: nn.Module, log_prob: Callable[[Tensor], Tensor], x: Tensor) -> None:
    """Run forward and backward once."""
    model.zero_grad()
    (-log_prob(x).mean()).backward()


@torch.no_grad()
def recomputing_sampler(model: FVSBN | NADE, n: int) -> Tensor:
    """Draw samples with a whole forward pass per pixel."""
    x, u = torch.zeros(n, DIM), torch.rand(n, DIM, generator=torch.Generator().manual_seed(0))
    for i in range(DIM):
        x[:, i] = (u[:, i] < torch.sigmoid(model.logits(x)[:, i])).float()
    return x


def fast_nade() -> Callable[[int], None]:
    """Return a step of the fast path as a function of the batch size."""
    model = NADE(DIM, HIDDEN)
    return lambda n: step(model, model.log_prob, ink(n))


def slow_nade() -> Callable[[int], None]:
    """Return a step of the slicing loop as a function of the batch size."""
    model = NADE(DIM, HIDDEN)
    return lambda n: step(model, lambda x: slicing_loop(model, x), ink(n))


def main() -> None:
    """Run all comparisons."""
    torch.manual_seed(0)
    nade, fvsbn, separate, x, rows = NADE(DIM, HIDDEN), FVSBN(DIM), SeparateRegressions(), ink(BATCH), []
    torch.testing.assert_close(nade.log_prob(x), slicing_loop(nade, x))

    seconds = cpu_seconds(
        {
            "fast": lambda: step(nade, nade.log_prob, x),
            "loop": lambda: step(nade, lambda x: binary.log_prob(x, nade.logits(x, fast=False)), x),
            "slicing": lambda: step(nade, lambda x: slicing_loop(nade, x), x),
        },
        repeats=9,
    )
    work = f"NADE {DIM}x{HIDDEN}, batch {BATCH}, forward+backward"
    rows.append(row(work, "loop that slices W", "s", seconds["fast"], seconds["slicing"], ">= 2"))
    rows.append(row(work, "our readable loop", "s", seconds["fast"], seconds["loop"], "none"))
    ours, theirs = peak_mebibytes(fast_nade, 2, BATCH), peak_mebibytes(slow_nade, 2, BATCH)
    rows.append(row(f"{work}, extra memory", "loop that slices W", "MiB", ours, theirs, "> 10"))

    seconds = cpu_seconds(
        {"ours": lambda: step(fvsbn, fvsbn.log_prob, x), "separate": lambda: step(separate, separate.log_prob, x)},
        repeats=15,
    )
    work = f"FVSBN {DIM}, batch {BATCH}, forward+backward"
    rows.append(row(work, f"{DIM} linear layers", "s", seconds["ours"], seconds["separate"], ">= 5"))

    for name, model in (("FVSBN", fvsbn), ("NADE", nade)):
        samplers = {"ours": partial(model.sample, 100), "again": partial(recomputing_sampler, model, 100)}
        seconds = cpu_seconds(samplers, repeats=3)
        work = f"{name} {DIM}, 100 samples"
        rows.append(row(work, "a forward pass per pixel", "s", seconds["ours"], seconds["again"], ">= 50"))
    report("autoregressive", rows)


if __name__ == "__main__":
    main()
