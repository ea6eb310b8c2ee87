"""Where a training runs: one accelerator per run, numbers over several processes, and all as it was afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from accelerate.state import AcceleratorState, GradientState, PartialState  # type: ignore[import-untyped]
from torch import Tensor, nn


@contextmanager
def own_accelerator(precision: str) -> Iterator[Accelerator]:
    """Yield an Accelerator of that precision; accelerate has one per process, so its state is put aside meanwhile."""
    shared = [AcceleratorState._shared_state, GradientState._shared_state, PartialState._shared_state]
    before = [dict(state) for state in shared]
    AcceleratorState._reset_state()
    try:
        accelerator = Accelerator(mixed_precision=precision)
        yield accelerator
    finally:
        alone = PartialState._shared_state.get("distributed_type") in (None, "NO")
        for state, content in zip(shared if alone else shared[:2], before, strict=False):
            state.clear()
            state.update(content)


@contextmanager
def model_kept(model: nn.Module) -> Iterator[None]:
    """Put the model back on its device, and all its parts into the mode, train or eval, in which they were."""
    home = next((p.device for p in model.parameters()), torch.device("cpu"))
    modes = {module: module.training for module in model.modules()}
    try:
        yield
    finally:
        model.to(home)
        for module, mode in modes.items():
            module.training = mode


def sum_over_processes(accelerator: Accelerator, value: float) -> float:
    """Return the sum over the processes."""
    mine = torch.tensor(float(value), device=accelerator.device)
    return float(accelerator.reduce(mine, reduction="sum")) if accelerator.num_processes > 1 else float(mine)


def mean_over_processes(accelerator: Accelerator, value: Tensor) -> float:
    """Return the mean over the processes."""
    return float(accelerator.reduce(value, reduction="mean") if accelerator.num_processes > 1 else value)
