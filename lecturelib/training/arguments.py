"""What `fit` refuses: arguments that are not as described, and numbers that are not finite."""

import inspect
import math
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn

from lecturelib import checks


def check_functions(model: object, loss: object, on_epoch: object) -> None:
    """Raise TypeError unless there are a module, a function of it and a batch, and a function of what was done."""
    if not isinstance(model, nn.Module):
        got = getattr(model, "__name__", type(model).__name__)
        raise TypeError(f"model: expected a torch.nn.Module, got {got}")
    if not callable(loss) or isinstance(loss, nn.modules.loss._Loss | type):
        got = getattr(loss, "__name__", type(loss).__name__)
        raise TypeError(f"loss: expected a function of the model and a batch, got {got}; write lambda model, batch: …")
    if on_epoch is not None and not callable(on_epoch):
        raise TypeError(f"on_epoch: expected a function of history and model, or None, got {type(on_epoch).__name__}")


def check_arguments(
    train: object,
    valid: object,
    epochs: object,
    batch_size: object,
    optimizer: object,
    patience: object,
    checkpoint: object,
    precision: object,
    deadline: object,
) -> None:
    """Check what can be checked before work starts; `batches` checks the data."""
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
    if checkpoint is not None:
        checks.path("checkpoint", checkpoint)
    if deadline is not None and checkpoint is None:
        raise ValueError("deadline: expected None without a `checkpoint`, which the run is resumed from")
    checks.one_of("precision", precision, ["no", "bf16"])
    if not callable(optimizer):
        raise TypeError(
            f"optimizer: expected a function from parameters to an optimizer, got {type(optimizer).__name__}"
        )


def plain_numbers(
    epochs: int, batch_size: int | None, patience: int | None, clip: float | None, seed: int
) -> tuple[int, int | None, int | None, float | None, int]:
    """Return these as Python's numbers, which a checkpoint can hold; NumPy's become so.

    Raises:
        TypeError, ValueError: `clip` is not a number above 0, or `seed` is not an integer from 0 on.

    """
    return (
        int(epochs),
        None if batch_size is None else int(batch_size),
        None if patience is None else int(patience),
        None if clip is None else checks.number("clip", clip, above=0),
        checks.integer_between("seed", seed, 0, 2**40),
    )


def check_schedule(schedule: object, steps: int) -> None:
    """Raise unless `schedule` is None, or a function whose values are factors, of a progress that is known."""
    if schedule is None:
        return
    if not callable(schedule) or isinstance(schedule, type):
        got = getattr(schedule, "__name__", type(schedule).__name__)
        raise TypeError(
            f"schedule: expected a function from progress in [0, 1) to a factor, such as lambda p: 1 - p, got {got}"
        )
    if not steps:
        raise ValueError("schedule: expected None for an iterable without a length, got a schedule")
    value = schedule(0.0)
    checks.number("schedule(0)", value.item() if isinstance(value, Tensor) else value, low=0)


def check_optimizer(made: object) -> None:
    """Raise unless `made` is an optimizer that takes a step without a closure."""
    if not isinstance(made, torch.optim.Optimizer):
        raise TypeError(f"optimizer: expected a function that returns an optimizer, got {type(made).__name__} from it")
    closure = inspect.signature(made.step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise ValueError(f"optimizer: expected one that steps without a closure, got {type(made).__name__}")


def check_loss(value: object) -> None:
    """Raise ValueError unless `value` is one number, with a gradient where gradients are computed."""
    if not isinstance(value, Tensor) or value.numel() != 1:
        got = f"shape {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"loss: expected one number, the mean over the batch, got {got}")
    if torch.is_grad_enabled() and not value.requires_grad:
        raise ValueError("loss: expected one that depends on a trainable parameter, got one without a gradient")


def gradient_norm(model: nn.Module) -> Tensor:
    """Return the norm of all gradients together, on their device."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    # the gradient of a table may be sparse: the rows in use, with those of one index still to be added up
    return nn.utils.get_total_norm([g.coalesce().values() if g.is_sparse else g for g in gradients])


def check_finite(name: str, value: float, where: str) -> None:
    """Raise FloatingPointError unless `value` is finite."""
    if not math.isfinite(value):
        raise FloatingPointError(f"{name}: expected a finite value, got {value} at {where}; try a smaller step")
