"""Weights small enough to send to a browser.

The matrices of FVSBN, NADE, the order-agnostic NADE, the LSTM, the RNN and the handwriting network go as int8 with one
float32 scale a row: rounding to the nearest of 255 steps moves a weight by at most half a step, max |row| / 254. The
PixelCNN has few weights and many layers, through which rounding errors would add up: it goes in float16, as it is
stored, and without the weights that its masks set to 0.
"""

import base64
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lecturelib.autoregressive import GatedPixelCNN
from lecturelib.autoregressive.masked import raster_mask
from lecturelib.recurrent.handwriting import HandwritingRNN

# What is stored in int8, and how its rows are cut: by pixel, so that a pixel with small weights keeps them exact. The
# W_x of LSTM and RNN is cut by character, whose column is looked up, and their other matrices by what they compute.
SYMBOLS: dict[str, dict[str, tuple[str, ...]]] = {
    "fvsbn": {"theta": ("dim", "dim"), "b": ("dim",)},
    "nade": {"W": ("hidden", "dim"), "c": ("hidden",), "alpha": ("dim", "hidden"), "b": ("dim",)},
    "order_agnostic": {
        "W": ("hidden", "dim"),
        "U": ("hidden", "dim"),
        "c": ("hidden",),
        "layers.0.weight": ("last", "hidden"),
        "layers.0.bias": ("last",),
        "alpha": ("dim", "last"),
        "b": ("dim",),
    },
    "lstm": {
        "recurrent.W_x.0": ("gates", "vocabulary"),
        "recurrent.W_h.0": ("gates", "hidden"),
        "recurrent.b.0": ("gates",),
        "out.weight": ("vocabulary", "hidden"),
        "out.bias": ("vocabulary",),
    },
    "rnn": {
        "recurrent.W_xh.0": ("hidden", "vocabulary"),
        "recurrent.W_hh.0": ("hidden", "hidden"),
        "recurrent.b_h.0": ("hidden",),
        "out.weight": ("vocabulary", "hidden"),
        "out.bias": ("vocabulary",),
    },
}
TURNED = (
    ("nade", "W"),
    ("lstm", "recurrent.W_x.0"),
    ("rnn", "recurrent.W_xh.0"),
    ("order_agnostic", "W"),
    ("order_agnostic", "U"),
)  # whose columns are the rows that are sent


def rows(model: str, name: str, value: Tensor) -> Tensor:
    """Return the matrix `name` of `model` in the rows that are sent, and zeros where the model has no weight."""
    if model == "fvsbn":
        return value.tril(-1)  # θ_ij exists for j < i only
    return value.T if (model, name) in TURNED else value


def kernel_positions(name: str, value: Tensor) -> Tensor:
    """Return a weight of the Gated PixelCNN [out, in, rows, columns] as pixelcnn.js reads it: [out, positions, in].

    The positions are those of the kernel in raster order, of a masked one only those that its mask leaves: for gray
    images, a mask takes a position with all its feature maps or leaves it.
    """
    flat = value.flatten(2)
    if ".horizontal." in name:
        mask = raster_mask(1, 1, (value.shape[2], value.shape[3]), "A" if name.startswith("layers.0.") else "B", 1)
        flat = flat[:, :, mask.flatten().bool()]
    return flat.transpose(1, 2)


def layer_count(state: Mapping[str, Tensor]) -> int:
    """Return the number of layers of a PixelCNN or a handwriting network."""
    return len({name.split(".")[1] for name in state if name.startswith("layers.")})


def quantise(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return int8 [rows, columns] and float32 [rows] whose product is `matrix`, to half a step of the row."""
    scale = matrix.abs().amax(dim=1).float() / 127
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return (matrix.float() / scale[:, None]).round().clamp(-127, 127).to(torch.int8), scale


def dequantised(model: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state_dict that the browser computes with, in float32."""
    result = {}
    for name, value in state.items():
        if model == "pixelcnn" or value.dim() == 1:
            result[name] = value.half().float() if model == "pixelcnn" else value.float()
            continue
        integers, scale = quantise(rows(model, name, value))
        product = integers.float() * scale[:, None]
        result[name] = product.T.contiguous() if (model, name) in TURNED else product
    return result


def pack(model: str, state: Mapping[str, Tensor]) -> dict[str, dict[str, Any]]:
    """Return the tensors of `state` as models.js decodes them: base64 of float32, of float16, or of int8 rows.

    Raises:
        ValueError: a tensor is missing, superfluous, of the wrong shape or not finite.

    """
    _check(model, state)
    if model == "pixelcnn":
        read = {name: value if value.dim() == 1 else kernel_positions(name, value) for name, value in state.items()}
        return {name: {"half": _base64(value.half())} for name, value in read.items()}
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


def shapes(model: str, state: Mapping[str, Tensor]) -> dict[str, list[int]]:
    """Return the tensors that `model` has, each with its shape at the sizes that `state` has."""
    sizes = {name: len(value) for name, value in state.items() if value.dim() and len(value)}
    if model == "pixelcnn":
        hidden, head = sizes.get("layers.0.output.bias", 1), sizes.get("last.bias", 1)
        with torch.device("meta"):  # shapes only: no memory, no random numbers
            built = GatedPixelCNN(1, 2, hidden, max(1, layer_count(state)), head_channels=head)
        return {name: list(value.shape) for name, value in built.state_dict().items()}
    if model == "handwriting":
        hidden, components = sizes.get("layers.0.b.0", 4) // 4, (sizes.get("out.bias", 7) - 1) // 6
        with torch.device("meta"):
            network = HandwritingRNN(max(1, hidden), max(1, layer_count(state)), max(1, components))
        return {name: list(value.shape) for name, value in network.state_dict().items()}
    if model in ("lstm", "rnn"):
        hidden = sizes.get("recurrent.b.0", 0) // 4 if model == "lstm" else sizes.get("recurrent.b_h.0", 0)
        lengths = {"gates": 4 * hidden, "hidden": hidden, "vocabulary": sizes.get("out.bias", 0)}  # g, i, f and o
    else:
        last = sizes.get("layers.0.bias", 0)
        lengths = {"dim": sizes.get("b", 0), "hidden": sizes.get("c", 0), "last": last}
    return {name: [lengths[symbol] for symbol in symbols] for name, symbols in SYMBOLS[model].items()}


def _check(model: str, state: Mapping[str, Tensor]) -> None:
    expected = shapes(model, state)
    missing, other = sorted(expected.keys() - state.keys()), sorted(state.keys() - expected.keys())
    if missing or other:
        raise ValueError(
            f"weights: expected the {len(expected)} tensors of {model}, got {len(state)}: {_some(missing)} missing, "
            f"{_some(other)} superfluous; train it again"
        )
    for name, shape in expected.items():
        if list(state[name].shape) != shape:
            raise ValueError(f"weights: expected {name} of {model} with shape {shape}, got {list(state[name].shape)}")
        if not torch.isfinite(state[name]).all():
            raise ValueError(
                f"weights: expected finite values in {name} of {model}, got NaN or infinity; train it again"
            )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3] + ["…"] * (len(names) > 3)) or "none"


def _base64(value: Tensor) -> str:
    return base64.b64encode(value.contiguous().numpy().tobytes()).decode()
