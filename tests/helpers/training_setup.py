"""A small regression to train, as text (for scripts in other processes) and as objects."""

import textwrap
from typing import Any

import pytest

from lecturelib.training.checkpoints import Checkpoint

SETUP = textwrap.dedent("""
    import torch
    from torch import nn
    from lecturelib.training import fit
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(64, 3, generator=generator)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.1 * torch.randn(64, 1, generator=generator)
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(DROPOUT), nn.Linear(4, 1))
    loss = lambda model, batch: (model(batch[0]) - batch[1]).square().mean()
    arguments = dict(epochs=4, batch_size=8, seed=3, schedule=lambda progress: 1 - progress)
""")


def stop_before(patch, question):
    """Let the time of trainings be over when it is asked about for that time, and not before."""
    asked = iter(range(1, 10**6))
    patch.setattr(Checkpoint, "out_of_time", lambda self, before: next(asked) == question)


def setup(dropout=0.0):
    names: dict[str, Any] = {}
    exec(SETUP.replace("DROPOUT", str(dropout)), names)
    return names["model"], names["loss"], (names["x"], names["y"]), names["arguments"]


def trained(**changes):
    """Train the small regression, and return its weights and the history."""
    import torch

    from lecturelib.training import fit

    model, loss, data, arguments = setup()
    history = fit(model, **({"loss": loss, "train": data} | arguments | changes))
    return torch.cat([p.detach().flatten() for p in model.parameters()]), history


def assert_refused(change, kind, message):
    """Assert that `fit` refuses arguments with this change."""
    from lecturelib.training import fit

    model, loss, data, arguments = setup()
    with pytest.raises(kind) as error:
        fit(**({"model": model, "loss": loss, "train": data} | arguments | change))
    assert str(error.value).startswith(message)
