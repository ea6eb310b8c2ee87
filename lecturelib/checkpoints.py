"""Checkpoints of a training run: written aside and renamed, so that a kill at any moment leaves a whole file."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from lecturelib.atomic import written_aside


def write_checkpoint(path: Path, settings: dict[str, object], content: dict[str, Any]) -> None:
    """Write `content` and the `settings` it belongs to, atomically.

    Raises:
        OSError: the folder cannot be written.

    """
    with written_aside(path) as aside:
        torch.save({"settings": settings, **content}, aside)


def read_checkpoint(path: Path, settings: dict[str, object], model: nn.Module) -> dict[str, Any] | None:
    """Return what `write_checkpoint` wrote, its weights loaded into `model`; None where there is no file.

    Raises:
        ValueError: the file is damaged, or belongs to a run with other settings or another model.

    """
    if not path.exists():
        return None
    advice = "delete it to start anew"
    try:
        saved: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        if not isinstance(saved, dict) or not {"settings", "model"} <= set(saved):
            raise ValueError("another file")
    except Exception as error:  # a damaged file makes torch raise nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"checkpoint: expected a complete checkpoint in {path}, got: {reason}; {advice}") from None
    if saved["settings"] != settings:
        theirs, ours = saved["settings"], settings
        keys = [k for k in ours if theirs.get(k) != ours[k]]
        differ = ", ".join(f"{k}={ours[k]!r}, got {k}={theirs.get(k)!r}" for k in keys)
        raise ValueError(f"checkpoint: expected {path} to be of a run with {differ}; {advice}")
    try:
        model.load_state_dict(saved["model"])
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(f"checkpoint: expected {path} to fit the model, got: {reason}; {advice}") from None
    return saved
