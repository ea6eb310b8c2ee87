"""The one training loop: device, precision, several processes, progress, early stopping, checkpoint and resume.

    >>> history = fit(model, lambda model, x: -model.log_prob(x).mean(), train, valid, epochs=10, batch_size=100)

Runs as it is on one CPU or GPU; `accelerate launch` or `torchrun` spreads the same batches over several processes.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from accelerate.state import AcceleratorState  # type: ignore[import-untyped]
from torch import Tensor, nn

from lecturelib import checks
from lecturelib.checkpoints import read_checkpoint, write_checkpoint
from lecturelib.progress import progress_bar

Batch = Tensor | tuple[Tensor, ...]
Loss = Callable[[Any, Any], Tensor]


@dataclass
class History:
    """What a run did: mean loss an epoch (in the loss's own unit), the best epoch (from 0), steps, seconds."""

    train: list[float] = field(default_factory=list)
    valid: list[float] = field(default_factory=list)
    best_epoch: int = -1
    best_valid: float = float("inf")
    steps: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class _Objective(nn.Module):
    """The model and its loss as one module: DistributedDataParallel only sees gradients of its own forward."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: Batch) -> Tensor:
        return self.loss(self.model, batch)


def fit(
    model: nn.Module,
    loss: Loss,
    train: Batch,
    valid: Batch | None = None,
    *,
    epochs: int,
    batch_size: int,
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] = torch.optim.Adam,
    schedule: Callable[[float], float] | None = None,
    patience: int | None = None,
    clip: float | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
    precision: Literal["no", "bf16"] = "no",
    tag: str = "",
) -> History:
    """Minimise `loss(model, batch)`, a mean over the batch, and leave the best weights in `model`.

    Args:
        model: trained in place, on the device that accelerate chooses; it comes back on the CPU.
        loss: called with the model and a batch of the form of `train`.
        train, valid: a tensor [examples, ...], or a tuple of tensors with as many rows. With `valid`, the weights
            of the epoch with the lowest validation loss are kept; otherwise the last.
        epochs, batch_size: examples a step over all processes together; an incomplete last batch is left out.
        optimizer: makes one from the parameters; default Adam with its default step size 1e-3.
        schedule: factor on the step size as a function of progress in [0, 1).
        patience: stop after this many epochs without a lower validation loss.
        clip: largest gradient norm.
        seed: decides the order of the examples and the noise of each step (dropout); no random state leaks out.
        checkpoint: file to write every `checkpoint_seconds` and after each epoch. Where it exists, the run goes on
            from it and ends with the weights that the unbroken run ends with.
        precision: "bf16" for mixed precision.
        tag: names what the other arguments cannot (model, loss, data); a checkpoint of another tag is refused.

    Raises:
        TypeError, ValueError: an argument is off, named with what was expected.
        FloatingPointError: a loss or a gradient became NaN or infinite; the message names epoch and step.

    """
    checks.positive_int("epochs", epochs)
    checks.positive_int("batch_size", batch_size)
    n = _rows("train", train)
    if valid is not None:
        _rows("valid", valid)
    if patience is not None:
        checks.positive_int("patience", patience)
        if valid is None:
            raise ValueError("patience: expected None without `valid`, since it counts epochs of validation")
    checks.one_of("precision", precision, ["no", "bf16"])
    if AcceleratorState._shared_state and AcceleratorState().mixed_precision != precision:
        AcceleratorState._reset_state()  # accelerate allows one precision a process; runs here are independent
    accelerator = Accelerator(mixed_precision=precision)
    processes, rank = accelerator.num_processes, accelerator.process_index
    batch_size = min(batch_size, n)
    if batch_size % processes:
        raise ValueError(f"batch_size: expected a multiple of the {processes} processes, got {batch_size}")

    train, valid = _to(train, accelerator.device), valid if valid is None else _to(valid, accelerator.device)
    objective = _Objective(model.to(accelerator.device), loss)
    inner = optimizer(model.parameters())
    per_epoch = n // batch_size
    total = epochs * per_epoch
    scheduler = torch.optim.lr_scheduler.LambdaLR(inner, lambda step: schedule(step / total) if schedule else 1.0)
    run, outer = accelerator.prepare(objective, inner)

    history, state = History(), _State()
    settings: dict[str, object] = dict(
        epochs=epochs, batch_size=batch_size, seed=seed, examples=n, precision=precision, patience=patience, clip=clip
    ) | {"optimizer": f"{type(inner).__name__} {inner.defaults}", "tag": tag}
    saved = read_checkpoint(checkpoint, settings, model) if checkpoint else None
    if saved:
        inner.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        history, state = History(**saved["history"]), _State(**saved["state"])

    began, cpu_began = time.monotonic(), time.process_time()
    written = began

    def save() -> None:
        """Write all that the rest of the run depends on, and count the seconds up to here."""
        nonlocal began, cpu_began, written
        now, cpu_now = time.monotonic(), time.process_time()
        history.seconds, began, written = history.seconds + now - began, now, now
        history.cpu_seconds, cpu_began = history.cpu_seconds + cpu_now - cpu_began, cpu_now
        if checkpoint and accelerator.is_main_process:
            parts = dict(model=model, optimizer=inner, scheduler=scheduler)
            write_checkpoint(
                checkpoint,
                settings,
                {k: v.state_dict() for k, v in parts.items()}  # type: ignore[attr-defined]
                | dict(history=vars(history), state=vars(state)),
            )

    first = state.epoch * per_epoch + state.step
    with torch.random.fork_rng(), progress_bar(total, first, accelerator.is_main_process) as bar:
        while state.epoch < epochs and not state.stopped:
            bar.set_description(f"epoch {state.epoch + 1}/{epochs}")
            order = torch.randperm(n, generator=torch.Generator().manual_seed(seed * 1_000_003 + state.epoch))
            run.train()
            for rows in order.split(batch_size)[state.step : per_epoch]:
                mine = rows.chunk(processes)[rank]
                # Noise that depends on the step alone: a resumed run, with as many processes, draws it again.
                torch.manual_seed((seed * 1_000_003 + history.steps) * 1_009 + rank)
                outer.zero_grad()
                value = run(_select(train, mine))
                accelerator.backward(value)
                if clip is not None:
                    accelerator.clip_grad_norm_(run.parameters(), clip)
                mean = _mean(accelerator, value.detach(), 1)
                where = f"step {history.steps} (epoch {state.epoch + 1}, batch {state.step + 1})"
                _finite("loss", mean, where)
                _finite("gradient norm", _gradient_norm(model), where)
                outer.step()
                scheduler.step()
                state.step, state.total, history.steps = state.step + 1, state.total + mean, history.steps + 1
                bar.update()
                bar.set_postfix(loss=f"{mean:.4g}", valid=f"{history.best_valid:.4g}", refresh=False)
                if checkpoint and time.monotonic() - written >= checkpoint_seconds and state.step < per_epoch:
                    save()
            history.train.append(state.total / per_epoch)
            if valid is not None:
                _validate(accelerator, run, valid, batch_size, history, state, model)
            state.epoch, state.step, state.total = state.epoch + 1, 0, 0.0
            state.stopped = patience is not None and state.epoch - 1 - history.best_epoch >= patience
            save()
    if state.best is not None:
        model.load_state_dict(state.best)
    model.cpu()
    return history


@dataclass
class _State:
    """Where in the run we are."""

    epoch: int = 0
    step: int = 0
    total: float = 0.0
    stopped: bool = False
    best: dict[str, Tensor] | None = None


@torch.no_grad()
def _validate(
    accelerator: Accelerator,
    run: nn.Module,
    valid: Batch,
    size: int,
    history: History,
    state: _State,
    model: nn.Module,
) -> None:
    """Append the mean validation loss to `history`, and keep the weights where it is the lowest so far."""
    run.eval()
    total = 0.0
    mine = torch.arange(_rows("valid", valid)).chunk(accelerator.num_processes)
    if accelerator.process_index < len(mine):
        for rows in mine[accelerator.process_index].split(size):
            total += float(accelerator.unwrap_model(run)(_select(valid, rows))) * len(rows)
    history.valid.append(_mean(accelerator, torch.tensor(total, device=accelerator.device), _rows("valid", valid)))
    _finite("validation loss", history.valid[-1], f"epoch {state.epoch + 1}")
    if history.valid[-1] < history.best_valid:
        history.best_valid, history.best_epoch = history.valid[-1], state.epoch
        state.best = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}


def _mean(accelerator: Accelerator, value: Tensor, examples: int) -> float:
    """Average a batch mean over the processes (`examples` = 1), or divide a sum over them by all `examples`."""
    if accelerator.num_processes > 1:
        value = cast(Tensor, accelerator.reduce(value, reduction="mean" if examples == 1 else "sum"))
    return float(value) / examples


def _parts(batch: Batch) -> Sequence[Tensor]:
    return (batch,) if isinstance(batch, Tensor) else batch


def _rows(name: str, data: object) -> int:
    """Return the number of examples in `data`, after checking that there are any and that its parts agree."""
    parts = (data,) if isinstance(data, Tensor) else data
    if not isinstance(parts, tuple) or not parts or not all(isinstance(p, Tensor) and p.dim() for p in parts):
        raise TypeError(f"{name}: expected a tensor [examples, ...] or a tuple of them, got {type(data).__name__}")
    counts = [len(p) for p in parts]
    if counts[0] == 0 or len(set(counts)) > 1:
        raise ValueError(f"{name}: expected as many examples in every part, at least one, got {counts}")
    return counts[0]


def _to(data: Batch, device: torch.device) -> Batch:
    moved = tuple(p.to(device) for p in _parts(data))
    return moved[0] if isinstance(data, Tensor) else moved


def _select(data: Batch, rows: Tensor) -> Batch:
    chosen = tuple(p[rows.to(p.device)] for p in _parts(data))
    return chosen[0] if isinstance(data, Tensor) else chosen


def _gradient_norm(model: nn.Module) -> float:
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    # a table's may be sparse: rows that came, those of one number to be added up
    return float(nn.utils.get_total_norm([g.coalesce().values() if g.is_sparse else g for g in gradients]))


def _finite(name: str, value: float, where: str) -> None:
    if not math.isfinite(value):
        raise FloatingPointError(f"{name}: expected a finite value, got {value} at {where}; try a smaller step")
