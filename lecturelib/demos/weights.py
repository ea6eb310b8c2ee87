"""Weights small enough to send to a browser: int8 with one float32 scale a row.

Rounding to the nearest of 255 steps moves a weight by at most half a step, max |row| / 254.
"""

import base64
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

# What is stored in int8, and how its rows are cut: by pixel, so that a pixel with small weights keeps them exact.
SHAPES: dict[str, dict[str, tuple[str, ...]]] = {
    "fvsbn": {"theta": ("dim", "dim"), "b": ("dim",)},
    "nade": {"W": ("hidden", "dim"), "c": ("hidden",), "alpha": ("dim", "hidden"), "b": ("dim",)},
}


def rows(model: str, name: str, value: Tensor) -> Tensor:
    """Return the matrix `name` of `model` with one row a pixel and zeros where the model has no weight."""
    if model == "fvsbn":
        return value.tril(-1)  # θ_ij exists for j < i only
    return value.T if name == "W" else value


def quantise(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return int8 [rows, columns] and float32 [rows] whose product is `matrix`, to half a step of the row."""
    scale = matrix.abs().amax(dim=1).float() / 127
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return (matrix.float() / scale[:, None]).round().clamp(-127, 127).to(torch.int8), scale


def dequantised(model: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state_dict that the browser computes with, in float32."""
    result = {}
    for name, value in state.items():
        if value.dim() == 1:
            result[name] = value.float()
            continue
        integers, scale = quantise(rows(model, name, value))
        product = integers.float() * scale[:, None]
        result[name] = product.T.contiguous() if (model, name) == ("nade", "W") else product
    return result


def pack(model: str, state: Mapping[str, Tensor]) -> dict[str, dict[str, Any]]:
    """Return the tensors of `state` as models.js decodes them: base64 of float32, or of int8 rows and their scales.

    Raises:
        ValueError: a tensor is missing, superfluous, of the wrong shape or not finite.

    """
    _check(model, state)
    packed: dict[str, dict[str, Any]] = {}
    for name, value in state.items():
        if value.dim() == 1:
            packed[name] = {"values": _base64(value.float())}
            continue
        integers, scale = quantise(rows(model, name, value))
        lengths: int | str = integers.shape[1]
        if model == "fvsbn":
            lengths = "triangle"
            integers = integers[torch.ones_like(integers, dtype=torch.bool).tril(-1)]
        packed[name] = {"values": _base64(integers), "scale": _base64(scale), "lengths": lengths}
    return packed


def _check(model: str, state: Mapping[str, Tensor]) -> None:
    shapes = SHAPES[model]
    if set(state) != set(shapes):
        raise ValueError(f"weights: expected the tensors {sorted(shapes)} of {model}, got {sorted(state)}")
    sizes = {"dim": len(state["b"]), "hidden": len(state["c"]) if "c" in state else 0}
    for name, symbols in shapes.items():
        expected = [sizes[symbol] for symbol in symbols]
        if list(state[name].shape) != expected:
            raise ValueError(
                f"weights: expected {name} of {model} with shape {expected}, got {list(state[name].shape)}"
            )
        if not torch.isfinite(state[name]).all():
            raise ValueError(
                f"weights: expected finite values in {name} of {model}, got NaN or infinity; train it again"
            )


def _base64(value: Tensor) -> str:
    return base64.b64encode(value.contiguous().numpy().tobytes()).decode()
