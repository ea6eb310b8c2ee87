"""Where a training runs: one accelerator per run, numbers over several processes, and all as it was afterwards."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from accelerate.state import AcceleratorState, GradientState, PartialState  # type: ignore[import-untyped]
from torch import Tensor, nn

from lecturelib import checks


def chosen_device() -> torch.device:
    """Return where `fit` trains: the environment's LECTURELIB_DEVICE (cpu, cuda or mps), else a GPU where there is one.

    Raises:
        ValueError: LECTURELIB_DEVICE is none of these, or the machine has no such device.

    """
    wanted = os.environ.get("LECTURELIB_DEVICE")
    found = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    if not wanted:
        return found
    checks.one_of("LECTURELIB_DEVICE", wanted, ["cpu", "cuda", "mps"])
    if wanted not in ("cpu", found.type):
        raise ValueError(f"LECTURELIB_DEVICE: expected cpu or {found.type}, which this machine has, got {wanted!r}")
    return torch.device(wanted)


def device_name() -> str:
    """Return what `chosen_device` is called: the GPU's name, or the CPU with its number of threads."""
    device = chosen_device()
    if device.type == "cuda":
        return torch.cuda.get_device_name(0)
    threads = torch.get_num_threads()
    return "Apple GPU (MPS)" if device.type == "mps" else f"CPU, {threads} thread{'s' if threads > 1 else ''}"


@contextmanager
def own_accelerator(precision: str) -> Iterator[Accelerator]:
    """Yield an Accelerator of that precision; accelerate has one per process, so its state is put aside meanwhile."""
    shared = [AcceleratorState._shared_state, GradientState._shared_state, PartialState._shared_state]
    before = [dict(state) for state in shared]
    on_cpu = chosen_device().type == "cpu"
    AcceleratorState._reset_state()
    try:
        accelerator = Accelerator(mixed_precision=precision, cpu=on_cpu)
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


def mean_over_processes(accelerator: Accelerator, value: Tensor) -> Tensor:
    """Return the mean over the processes, on the device."""
    mean: Tensor = accelerator.reduce(value, reduction="mean") if accelerator.num_processes > 1 else value
    return mean


def any_process(accelerator: Accelerator, mine: bool) -> bool:
    """Return whether it is so in at least one of the processes."""
    return sum_over_processes(accelerator, mine) > 0 if accelerator.num_processes > 1 else mine


@contextmanager
def tensor_cores(precision: str) -> Iterator[None]:
    """In mixed precision, let a GPU multiply what stays in single precision in TensorFloat-32."""
    before = torch.get_float32_matmul_precision()
    if precision == "bf16" and chosen_device().type == "cuda":
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def hardware() -> str:
    """Name the processor or GPU, and the number of threads or GPUs, for a file of results."""
    device = chosen_device()
    if device.type == "cuda":
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}"
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    if device.type == "mps":
        return f"{model}, Apple GPU"
    threads = torch.get_num_threads()
    return f"{model}, {threads} thread{'s' if threads > 1 else ''}"
