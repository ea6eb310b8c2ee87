"""The two small networks of the demos that look inside an LSTM, as data/make_small_networks.py stores them.

>>> state_dicts()["rnn"]["recurrent.W_hh.0"]  # [128, 128], in float32
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lecturelib.demos.weights import pack
from lecturelib.paths import data_dir


def path() -> Path:
    """Return where they are stored."""
    return data_dir() / "small_networks.npz"


def state_dicts() -> dict[str, dict[str, Tensor]]:
    """Return the weights of the LSTM and of the RNN, by the names that a `CharRNN` has for them."""
    with np.load(path()) as file:
        stored = {name: torch.from_numpy(value).float() for name, value in file.items()}
    return {
        cell: {name.removeprefix(f"{cell}."): value for name, value in stored.items() if name.startswith(f"{cell}.")}
        for cell in ("lstm", "rnn")
    }


def packed() -> dict[str, Any]:
    """Return both networks as xray_words.js reads them, and the characters that they know."""
    from lecturelib.datasets import load  # only a build needs the data

    tensors = {
        f"{cell}.{name}": tensor for cell, state in state_dicts().items() for name, tensor in pack(cell, state).items()
    }
    return {"tensors": tensors, "vocabulary": "".join(load("shakespeare").vocabulary or ())}
