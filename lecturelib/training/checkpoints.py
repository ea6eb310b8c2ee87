"""A run that can be interrupted: what it did, where it is, and its checkpoint, of which a kill leaves a whole file."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lecturelib.atomic import atomic_write


class OutOfTimeError(Exception):
    """The time of a run is over before it is done; its checkpoint holds what the rest depends on."""


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


HOW = ("params", "fused", "foreach", "capturable")  # of an optimizer's group: no part of what it computes


@dataclass
class Position:
    """Where a run is: the epoch, the step in it, the sum of its losses so far, and the best weights until now."""

    epoch: int = 0
    step: int = 0
    total: float = 0.0
    stopped: bool = False
    best: dict[str, Tensor] | None = None

    def mean_loss(self) -> float:
        """Return the mean loss of the epoch that ends here.

        Raises:
            ValueError: it had no batches.

        """
        if not self.step:
            raise ValueError(f"train: expected batches in every epoch, got none in epoch {self.epoch + 1}")
        return self.total / self.step


class Checkpoint:
    """The file from which a run is resumed, and the clock that counts the run's seconds.

    Args:
        path: of the file; None: nothing is written.
        settings: what a run that is resumed must have in common with the one that was interrupted.
        model, optimizer: of the run.
        writes: False in all processes but one.
        deadline: when to stop, by `time.monotonic`; None: never.

    """

    def __init__(
        self,
        path: str | Path | None,
        settings: dict[str, object],
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        writes: bool,
        deadline: float | None = None,
    ) -> None:
        self.deadline, self.longest = deadline, {"step": 0.0, "validation": 0.0, "save": 0.0}
        self.path, self.settings = None if path is None else Path(path), settings
        self.model, self.optimizer, self.writes = model, optimizer, writes
        self.last, self.cpu_last = time.monotonic(), time.process_time()

    def resume(self, epochs: int) -> tuple[History, Position]:
        """Load the file's state, and return its history and position; those of a new run where there is no file.

        Raises:
            ValueError: the file is damaged, another run's, or further than `epochs` epochs.

        """
        saved = read_checkpoint(self.path, self.settings, self.model) if self.path else None
        if saved is None:
            return History(), Position()
        self.optimizer.load_state_dict(saved["optimizer"])
        history, position = History(**saved["history"]), Position(**saved["state"])
        if position.epoch > epochs:
            raise ValueError(f"epochs: expected at least the {position.epoch} of {self.path}, got {epochs}")
        return history, position

    def is_due(self, seconds: float) -> bool:
        """Return whether there is a file and the last `save` was so many seconds ago."""
        return self.path is not None and time.monotonic() - self.last >= seconds

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Remember the longest that a "step", a "validation" or a "save" took."""
        start = time.monotonic()
        yield
        self.longest[what] = max(self.longest[what], time.monotonic() - start)

    def out_of_time(self, before: str) -> bool:
        """Return whether another "step" or "validation", and saving, would probably last beyond the deadline."""
        if self.deadline is None:
            return False
        return time.monotonic() + self.longest[before] + self.longest["save"] >= self.deadline

    def save(self, history: History, position: Position) -> None:
        """Count the seconds up to here, and write all that the rest of the run depends on."""
        now, cpu_now = time.monotonic(), time.process_time()
        history.seconds, self.last = history.seconds + now - self.last, now
        history.cpu_seconds, self.cpu_last = history.cpu_seconds + cpu_now - self.cpu_last, cpu_now
        if self.path and self.writes:
            content: dict[str, Any] = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
            with self.timed("save"):
                write_checkpoint(
                    self.path, self.settings, content | {"history": vars(history), "state": vars(position)}
                )


def write_checkpoint(path: str | Path, settings: dict[str, object], content: dict[str, Any]) -> None:
    """Write `content` and the `settings` it belongs to, atomically.

    Raises:
        OSError: the folder cannot be written.

    """
    with atomic_write(Path(path)) as aside:
        torch.save({"settings": settings, **content}, aside)


def read_checkpoint(path: str | Path, settings: dict[str, object], model: nn.Module) -> dict[str, Any] | None:
    """Return what `write_checkpoint` wrote, its weights loaded into `model`; None where there is no file.

    Raises:
        ValueError: the file is damaged, or belongs to a run with other settings or another model.

    """
    path = Path(path)
    if not path.exists():
        return None
    advice = "delete it to start again"
    try:
        saved: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        if not isinstance(saved, dict) or not {"settings", "model"} <= set(saved):
            raise ValueError("another file")
    except Exception as error:  # a damaged file makes torch raise nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"checkpoint: expected a complete checkpoint in {path}, got: {reason}; {advice}") from None
    if saved["settings"] != settings:
        theirs, ours = saved["settings"], settings
        keys = [k for k in {**ours, **theirs} if theirs.get(k) != ours.get(k)]
        differ = ", ".join(f"{k}={_short(ours.get(k))}, got {k}={_short(theirs.get(k))}" for k in keys)
        raise ValueError(f"checkpoint: expected {path} to be of a run with {differ}; {advice}")
    try:
        model.load_state_dict(saved["model"])
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(f"checkpoint: expected {path} to fit the model, got: {reason}; {advice}") from None
    return saved


def optimizer_settings(
    optimizer: torch.optim.Optimizer, schedule: Callable[[float], float] | None, epochs: int
) -> dict[str, object]:
    """Return what a checkpoint's run must have in common with a new one: kind, groups, state and step sizes.

    With a schedule that includes the number of epochs, since the step sizes depend on it.
    """
    groups: dict[str, object] = {}
    for k, group in enumerate(optimizer.param_groups):
        groups |= {f"group {k}: {name}": repr(value) for name, value in group.items() if name not in HOW}
        groups[f"group {k}: shapes"] = [list(p.shape) for p in group["params"]]
    digest = hashlib.sha256()
    for entry in optimizer.state_dict()["state"].values():
        for name, value in entry.items():
            if isinstance(value, Tensor):
                value = value.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes()
            digest.update(f"{name}={value!r}".encode())
    return groups | {
        "optimizer": type(optimizer).__name__,
        "parameter groups": len(optimizer.param_groups),
        "optimizer state": digest.hexdigest()[:12],
        "epochs": epochs if schedule else None,
        "schedule": [float(schedule(k / 16)) for k in range(16)] if schedule else None,
    }


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."
