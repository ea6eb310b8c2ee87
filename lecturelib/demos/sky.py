"""The vectors of the demo "The sky of words": 12,000 of GloVe's, in int8, as data/make_sky.py stores them.

>>> sky = vectors()  # the rounded vectors, to ask about
>>> sky.nearest("frog", 3)
"""

import base64
from typing import Any

import numpy as np
import torch

from lecturelib.paths import data_dir
from lecturelib.words.evaluation import WordVectors


def _stored() -> dict[str, np.ndarray]:
    with np.load(data_dir() / "sky_of_words.npz") as file:
        return dict(file)


def _words(stored: dict[str, np.ndarray]) -> str:
    return stored["words"].tobytes().decode()


def vectors() -> WordVectors:
    """Return the words and their vectors, in float64, as the page computes with them."""
    stored = _stored()
    rows = stored["vectors"].astype(np.float32) * stored["scale"][:, None]
    return WordVectors(torch.from_numpy(rows).double(), _words(stored).split("\n"))


def plane() -> torch.Tensor:
    """Return the place of each word on the map, [words, 2], from -1 to 1."""
    return torch.from_numpy(_stored()["plane"]) / 32_767


def packed() -> dict[str, Any]:
    """Return words, vectors and places as words.js reads them."""
    stored = _stored()
    text = {name: base64.b64encode(stored[name].tobytes()).decode() for name in ("vectors", "scale", "plane")}
    tensor = {"values": text["vectors"], "scale": text["scale"], "lengths": stored["vectors"].shape[1]}
    return {"words": _words(stored), "plane": text["plane"], "tensors": {"vectors": tensor}}
