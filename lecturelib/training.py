"""The one training loop: device, precision, several processes, progress, early stopping, checkpoint and resume.

    >>> history = fit(model, lambda model, x: -model.log_prob(x).mean(), train, valid, epochs=10, batch_size=100)

Runs as it is on one CPU or GPU; `accelerate launch` or `torchrun` spreads the same batches over several processes.
"""

import inspect
import math
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from torch import Tensor, nn

from lecturelib import checks
from lecturelib.batches import Batch, StreamBatches, TensorBatches, batches
from lecturelib.checkpoints import optimizer_settings, read_checkpoint, write_checkpoint
from lecturelib.devices import mean_over_processes, model_kept, own_accelerator, sum_over_processes
from lecturelib.progress import progress_bar

Loss = Callable[[Any, Any], Tensor]


@dataclass
class History:
    """What a run did: mean loss per epoch (in the loss's own unit), the best epoch (from 0), steps, seconds."""

    train: list[float] = field(default_factory=list)
    valid: list[float] = field(default_factory=list)
    best_epoch: int = -1
    best_valid: float = float("inf")
    steps: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass
class _State:
    """Where in the run we are."""

    epoch: int = 0
    step: int = 0
    total: float = 0.0
    stopped: bool = False
    best: dict[str, Tensor] | None = None


class _Objective(nn.Module):
    """The model and its loss as one module: DistributedDataParallel only sees gradients of its own forward."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: Batch) -> Tensor:
        value = self.loss(self.model, batch)
        _check_loss(value)
        return value


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
        precision: "bf16" for mixed precision.
        on_epoch: called after each epoch with the history so far and the model, by the main process.
        tag: names what the other arguments cannot (model, loss, data); a checkpoint of another tag is refused.

    Raises:
        TypeError, ValueError: an argument is not as described, or the checkpoint is another run's.
        FloatingPointError: a loss or a gradient became NaN or infinite; the message names epoch and step.

    """
    _check_arguments(train, valid, epochs, batch_size, optimizer, patience, checkpoint, precision)
    with own_accelerator(precision) as accelerator, model_kept(model), torch.random.fork_rng():
        share = (accelerator.device, accelerator.num_processes, accelerator.process_index)
        data = batches("train", train, batch_size, *share)
        held_out = None if valid is None else batches("valid", valid, batch_size, *share)
        per_epoch = len(data)
        if schedule is not None and not per_epoch:
            raise ValueError("schedule: expected None for an iterable without a length, got a schedule")

        model.to(accelerator.device)
        inner = optimizer(model.parameters())
        _check_optimizer(inner)
        rates = [group["lr"] for group in inner.param_groups]
        settings = (
            data.settings()
            | optimizer_settings(inner, schedule, epochs)
            | dict(seed=seed, precision=precision, patience=patience, clip=clip, tag=tag)
        )
        run, outer = accelerator.prepare(_Objective(model, loss), inner)

        history, state, clock = History(), _State(), _Clock()
        path = None if checkpoint is None else Path(checkpoint)
        saved = read_checkpoint(path, settings, model) if path else None
        if saved:
            inner.load_state_dict(saved["optimizer"])
            history, state = History(**saved["history"]), _State(**saved["state"])
            if state.epoch > epochs:
                raise ValueError(f"epochs: expected at least the {state.epoch} of {path}, got {epochs}")

        def save() -> None:
            """Write all that the rest of the run depends on, and count the seconds up to here."""
            clock.add_to(history)
            if path and accelerator.is_main_process:
                content = {"model": model.state_dict(), "optimizer": inner.state_dict()}
                write_checkpoint(path, settings, content | {"history": vars(history), "state": vars(state)})

        first = True
        with progress_bar(epochs * per_epoch, history.steps, accelerator.is_main_process) as bar:
            while state.epoch < epochs and not state.stopped:
                bar.set_description(f"epoch {state.epoch + 1}/{epochs}")
                run.train()
                for batch in data.shuffled(seed * 1_000_003 + state.epoch, start=state.step):
                    # Noise that depends on the step alone: a resumed run, with as many processes, draws it again.
                    torch.manual_seed((seed * 1_000_003 + history.steps) * 1_009 + accelerator.process_index)
                    if schedule is not None:
                        for group, rate in zip(inner.param_groups, rates, strict=True):
                            group["lr"] = rate * schedule(history.steps / (epochs * per_epoch))
                    outer.zero_grad()
                    with checks.on_every_device() if first else nullcontext():
                        value = run(batch)
                    accelerator.backward(value)
                    if clip is not None:
                        accelerator.clip_grad_norm_(run.parameters(), clip)
                    mean = mean_over_processes(accelerator, value.detach())
                    where = f"step {history.steps} (epoch {state.epoch + 1}, batch {state.step + 1})"
                    _finite("loss", mean, where)
                    _finite("gradient norm", _gradient_norm(model), where)
                    outer.step()
                    first = False
                    state.step, state.total, history.steps = state.step + 1, state.total + mean, history.steps + 1
                    bar.update()
                    bar.set_postfix(loss=f"{mean:.4g}", valid=f"{history.best_valid:.4g}", refresh=False)
                    if path and clock.since_last() >= checkpoint_seconds and state.step != per_epoch:
                        save()
                if not state.step:
                    raise ValueError(f"train: expected batches in every epoch, got none in epoch {state.epoch + 1}")
                history.train.append(state.total / state.step)
                if held_out is not None:
                    _validate(accelerator, run, held_out, history, state, model)
                state.epoch, state.step, state.total = state.epoch + 1, 0, 0.0
                state.stopped = patience is not None and state.epoch - 1 - history.best_epoch >= patience
                save()
                if on_epoch is not None and accelerator.is_main_process:
                    on_epoch(history, model)
        inner.zero_grad()
        if state.best is not None:
            model.load_state_dict(state.best)
    return history


def _check_arguments(
    train: object,
    valid: object,
    epochs: object,
    batch_size: object,
    optimizer: object,
    patience: object,
    checkpoint: object,
    precision: object,
) -> None:
    checks.positive_int("epochs", epochs)
    tensors = isinstance(train, Tensor | tuple)
    if tensors or batch_size is not None:
        checks.positive_int("batch_size", batch_size)
    if not isinstance(train, Tensor | tuple | list) and isinstance(train, Iterable) and batch_size is not None:
        raise ValueError(f"batch_size: expected None for an iterable, which has batches of its own, got {batch_size}")
    if patience is not None:
        checks.positive_int("patience", patience)
        if valid is None:
            raise ValueError("patience: expected None without `valid`, since it counts epochs of validation")
    if checkpoint is not None and not isinstance(checkpoint, str | Path):
        raise TypeError(f"checkpoint: expected a path or None, got {checkpoint!r} ({type(checkpoint).__name__})")
    checks.one_of("precision", precision, ["no", "bf16"])
    if not callable(optimizer):
        raise TypeError(
            f"optimizer: expected a function from parameters to an optimizer, got {type(optimizer).__name__}"
        )


def _check_optimizer(made: object) -> None:
    if not isinstance(made, torch.optim.Optimizer):
        raise TypeError(f"optimizer: expected a function that returns an optimizer, got {type(made).__name__} from it")
    closure = inspect.signature(made.step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise ValueError(f"optimizer: expected one that steps without a closure, got {type(made).__name__}")


def _check_loss(value: object) -> None:
    if not isinstance(value, Tensor) or value.numel() != 1:
        got = f"shape {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"loss: expected one number, the mean over the batch, got {got}")
    if torch.is_grad_enabled() and not value.requires_grad:
        raise ValueError("loss: expected one that depends on a trainable parameter, got one without a gradient")


class _Clock:
    """Seconds since the last count."""

    def __init__(self) -> None:
        self.last, self.cpu_last = time.monotonic(), time.process_time()

    def since_last(self) -> float:
        return time.monotonic() - self.last

    def add_to(self, history: History) -> None:
        now, cpu_now = time.monotonic(), time.process_time()
        history.seconds, self.last = history.seconds + now - self.last, now
        history.cpu_seconds, self.cpu_last = history.cpu_seconds + cpu_now - self.cpu_last, cpu_now


@torch.no_grad()
def _validate(
    accelerator: Accelerator,
    run: nn.Module,
    valid: TensorBatches | StreamBatches,
    history: History,
    state: _State,
    model: nn.Module,
) -> None:
    """Append the mean validation loss to `history`, and keep the weights where it is the lowest so far."""
    run.eval()
    total, count = 0.0, 0
    for batch, n in valid.in_order():
        total, count = total + float(accelerator.unwrap_model(run)(batch)) * n, count + n
    examples = sum_over_processes(accelerator, count)
    history.valid.append(sum_over_processes(accelerator, total) / examples if examples else math.nan)
    _finite("validation loss", history.valid[-1], f"epoch {state.epoch + 1}")
    if history.valid[-1] < history.best_valid:
        history.best_valid, history.best_epoch = history.valid[-1], state.epoch
        state.best = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}


def _gradient_norm(model: nn.Module) -> float:
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    # the gradient of a table may be sparse: the rows in use, with those of one index still to be added up
    return float(nn.utils.get_total_norm([g.coalesce().values() if g.is_sparse else g for g in gradients]))


def _finite(name: str, value: float, where: str) -> None:
    if not math.isfinite(value):
        raise FloatingPointError(f"{name}: expected a finite value, got {value} at {where}; try a smaller step")
