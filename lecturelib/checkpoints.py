"""Checkpoints of a training run: written atomically, so that a kill at any moment leaves a whole file."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lecturelib.atomic import atomic_write


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
        groups |= {f"group {k}: {name}": repr(value) for name, value in group.items() if name != "params"}
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
