"""The one training loop: device, precision, several processes, progress, early stopping, checkpoint and resume.

    >>> history = fit(model, lambda model, x: -model.log_prob(x).mean(), train, valid, epochs=10, batch_size=100)

Runs as it is on one CPU or GPU; `accelerate launch` or `torchrun` spreads the same batches over several processes.
"""

import math
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from torch import Tensor, nn

from lecturelib import checks
from lecturelib.progress import progress_bar
from lecturelib.training import arguments
from lecturelib.training.batches import Batch, StreamBatches, TensorBatches, batches
from lecturelib.training.checkpoints import Checkpoint, History, OutOfTimeError, Position, optimizer_settings
from lecturelib.training.devices import (
    any_process,
    mean_over_processes,
    model_kept,
    own_accelerator,
    sum_over_processes,
    tensor_cores,
)

READ_EVERY = {"cpu": 1, "cuda": 50, "mps": 50}  # steps: a GPU does not wait for the host in between
Loss = Callable[[Any, Any], Tensor]


def fit(
    model: nn.Module,
    loss: Loss,
    train: Batch | Iterable[Any],
    valid: Batch | Iterable[Any] | None = None,
    *,
    epochs: int,
    batch_size: int | None = None,
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] = torch.optim.Adam,
    schedule: Callable[[float], float] | None = None,
    patience: int | None = None,
    clip: float | None = None,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 60.0,
    deadline: float | None = None,
    precision: Literal["no", "bf16"] = "no",
    on_epoch: Callable[[History, nn.Module], object] | None = None,
    tag: str = "",
) -> History:
    """Minimise `loss(model, batch)`, a mean over the batch, and leave the best weights in `model`.

    All else is left as it was: the model's device and its parts' train or eval modes, random states, and the state of
    accelerate. The values of the first batch are checked on every device, later ones on a CPU alone.

    Args:
        model: trained in place, on the device that accelerate chooses.
        loss: called with the model and a batch of the form of `train`.
        train, valid: a tensor [examples, ...], a tuple of tensors with as many rows, or a DataLoader or other iterable
            of such batches, for data that does not fit in memory. With `valid`, the weights of the epoch with the
            lowest validation loss are kept; otherwise the last.
        epochs: how often the examples are read.
        batch_size: examples per step over all processes together, an incomplete last batch being left out; None for
            an iterable of batches.
        optimizer: makes one from the parameters; default Adam with its default step size 1e-3.
        schedule: factor on the step size as a function of progress in [0, 1).
        patience: stop after this many epochs without a lower validation loss.
        clip: largest gradient norm.
        seed: decides the order of the examples and the noise of each step (dropout).
        checkpoint: file to write every `checkpoint_seconds` and after each epoch. Where it exists, the run is resumed
            from it and ends with the weights that the unbroken run ends with; without a schedule, also for more epochs.
        checkpoint_seconds: see there.
        deadline: when to stop with a checkpoint, by `time.monotonic`.
        precision: "bf16" for mixed precision, with channels last in convolutions and, on a GPU, TensorFloat-32.
        on_epoch: called after each epoch with the history so far and the model, by the main process.
        tag: names what the other arguments cannot (model, loss, data); a checkpoint of another tag is refused.

    Raises:
        TypeError, ValueError: an argument is out of its range, or the checkpoint is that of another run.
        FloatingPointError: a loss or a gradient became NaN or infinite; the message names epoch and step.
        OutOfTimeError: the deadline is near and the run stands in its checkpoint.

    """
    arguments.check_functions(model, loss, on_epoch)
    arguments.check_arguments(train, valid, epochs, batch_size, optimizer, patience, checkpoint, precision, deadline)
    epochs, batch_size, patience, clip, seed = arguments.plain_numbers(epochs, batch_size, patience, clip, seed)
    with (
        own_accelerator(precision) as accelerator,
        tensor_cores(precision),
        model_kept(model),
        torch.random.fork_rng(),
    ):
        share = (accelerator.device, accelerator.num_processes, accelerator.process_index)
        data = batches("train", train, batch_size, *share)
        held_out = None if valid is None else batches("valid", valid, batch_size, *share)
        per_epoch = len(data)
        arguments.check_schedule(schedule, per_epoch)

        model.to(accelerator.device)
        if precision == "bf16":
            model.to(memory_format=torch.channels_last)
        inner = optimizer(model.parameters())
        arguments.check_optimizer(inner)
        rates = [group["lr"] for group in inner.param_groups]
        settings = data.settings() | optimizer_settings(inner, schedule, epochs)
        settings |= dict(seed=seed, precision=precision, patience=patience, clip=clip, tag=tag)
        run, outer = accelerator.prepare(_Objective(model, loss), inner)
        saved = Checkpoint(checkpoint, settings, model, inner, writes=accelerator.is_main_process, deadline=deadline)
        history, at = saved.resume(epochs)
        losses = _Losses(history, at, READ_EVERY.get(accelerator.device.type, 50))

        def stop_if_out_of_time(before: str) -> None:
            if any_process(accelerator, saved.out_of_time(before)):
                losses.read()
                saved.save(history, at)
                raise OutOfTimeError(f"time is over in epoch {at.epoch + 1} of {epochs}, after {history.steps} steps")

        with progress_bar(epochs * per_epoch, history.steps, accelerator.is_main_process) as bar:
            while at.epoch < epochs and not at.stopped:
                bar.set_description(f"{accelerator.device.type}, epoch {at.epoch + 1}/{epochs}")
                run.train()
                for batch in data.shuffled(seed * 1_000_003 + at.epoch, start=at.step):
                    stop_if_out_of_time("step")
                    with saved.timed("step"):
                        # Noise that depends on the step alone: a resumed run, with as many processes, draws it again.
                        torch.manual_seed((seed * 1_000_003 + history.steps) * 1_009 + accelerator.process_index)
                        if schedule is not None:
                            _scale_rates(inner, rates, schedule(history.steps / (epochs * per_epoch)))
                        outer.zero_grad()
                        value = run(batch)
                        accelerator.backward(value)
                        if clip is not None:
                            accelerator.clip_grad_norm_(run.parameters(), clip)
                        losses.add(mean_over_processes(accelerator, value.detach()), arguments.gradient_norm(model))
                        outer.step()
                    at.step, history.steps = at.step + 1, history.steps + 1
                    bar.update()
                    bar.set_postfix(loss=f"{losses.last:.4g}", valid=f"{history.best_valid:.4g}", refresh=False)
                    if saved.is_due(checkpoint_seconds) and at.step != per_epoch:
                        losses.read()
                        saved.save(history, at)
                losses.read()
                if held_out is not None:
                    stop_if_out_of_time("validation")
                history.train.append(at.mean_loss())
                if held_out is not None:
                    with saved.timed("validation"):
                        _validate(accelerator, run, held_out, history, at, model)
                at.epoch, at.step, at.total = at.epoch + 1, 0, 0.0
                at.stopped = patience is not None and at.epoch - 1 - history.best_epoch >= patience
                saved.save(history, at)
                if on_epoch is not None and accelerator.is_main_process:
                    on_epoch(history, model)
        inner.zero_grad()
        if at.best is not None:
            model.load_state_dict(at.best)
    return history


class _Objective(nn.Module):
    """The model and its loss as one module: DistributedDataParallel only sees gradients of its own forward."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model, self.loss, self.first = model, loss, True

    def forward(self, batch: Batch) -> Tensor:
        with checks.on_every_device() if self.first else nullcontext():
            value = self.loss(self.model, batch)
        self.first = False
        arguments.check_loss(value)
        return value


def _scale_rates(optimizer: torch.optim.Optimizer, rates: list[float], factor: float) -> None:
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate * factor


class _Losses:
    """The losses and gradient norms of the last steps, which are read back from the device together, and checked."""

    def __init__(self, history: History, at: Position, every: int) -> None:
        self.history, self.at, self.every, self.last = history, at, every, math.nan
        self.waiting: list[Tensor] = []

    def add(self, loss: Tensor, gradient_norm: Tensor) -> None:
        """Take those of the step that is under way."""
        self.waiting.append(torch.stack([loss.float().reshape(()), gradient_norm.float()]))
        if len(self.waiting) == self.every:
            self.read(done=False)

    def read(self, *, done: bool = True) -> None:
        """Add the losses to the epoch's sum, or raise FloatingPointError; `done` tells whether the last step is."""
        values = torch.stack(self.waiting).tolist() if self.waiting else []
        ago = len(self.waiting) - (0 if done else 1)
        self.waiting.clear()
        for k, (loss, norm) in enumerate(values):
            step, batch = self.history.steps - ago + k, self.at.step - ago + k
            where = f"step {step} (epoch {self.at.epoch + 1}, batch {batch + 1})"
            arguments.check_finite("loss", loss, where)
            arguments.check_finite("gradient norm", norm, where)
            self.at.total, self.last = self.at.total + loss, loss


@torch.no_grad()
def _validate(
    accelerator: Accelerator,
    run: nn.Module,
    valid: TensorBatches | StreamBatches,
    history: History,
    at: Position,
    model: nn.Module,
) -> None:
    """Append the mean validation loss to `history`, and keep the weights where it is the lowest so far."""
    run.eval()
    parts = [(accelerator.unwrap_model(run)(batch), n) for batch, n in valid.in_order()]
    count = sum(n for _, n in parts)
    total = sum(float(value) * n for value, n in parts)  # read back when all of them are under way
    examples = sum_over_processes(accelerator, count)
    history.valid.append(sum_over_processes(accelerator, total) / examples if examples else math.nan)
    arguments.check_finite("validation loss", history.valid[-1], f"epoch {at.epoch + 1}")
    if history.valid[-1] < history.best_valid:
        history.best_valid, history.best_epoch = history.valid[-1], at.epoch
        at.best = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
