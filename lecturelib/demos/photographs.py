"""The demos with photographs: the pictures that they begin with, and the networks that look at them.

Batch normalisation is part of the layer before it, as it is in `eval`; then the weights of each output are rounded to
int8, with one float32 scale. `sent` is the network that the browser computes with, to compare with.

>>> words, x = pictures()  # ["an astronaut", …], [10, 3, 32, 32]
"""

import base64
import io
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from lecturelib.demos.weights import quantise
from lecturelib.paths import data_dir

# Of each demo its recipe, which names the weights file, and its title.
PHOTOGRAPHS = {
    "which_way_up": ("rotation-cifar10", "Which side is up? You against the network"),
    "which_neighbour": ("relative-patch-cifar10", "Where does the second patch lie? You against the network"),
}
PAGES = {"which_way_up": "turned", "which_neighbour": "neighbour"}  # the script that each needs beside demos.js


def pictures() -> tuple[list[str], Tensor]:
    """Return what the stored pictures show, and the pictures, in [0, 1]."""
    with np.load(data_dir() / "photographs.npz") as file:
        return file["words"].tobytes().decode().split("\n"), torch.from_numpy(file["x"]) / 255


def network(name: str, folder: Path | None) -> Any:
    """Return the trained network of demo `name`; `folder` is that of the weights, default data/weights.

    Raises:
        ValueError: there are no stored weights, or the file is damaged.

    """
    from lecturelib import recipes  # only a build needs them
    from lecturelib.recipes.weights import load_model

    return load_model(recipes.get(PHOTOGRAPHS[name][0]), folder)


def folded(model: nn.Module) -> nn.Module:
    """Return a copy that computes the same in `eval`, without batch normalisation.

    Of W x, normalised to γ (W x - μ) / σ + β, remain a matrix γ W / σ and a bias β - γ μ / σ.
    """
    model = deepcopy(model).eval()
    for module in list(model.modules()):
        before: tuple[str, nn.Module] | None = None
        for name, layer in list(module.named_children()):
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and before is not None:
                setattr(module, before[0], _fused(before[1], layer))
                setattr(module, name, nn.Identity())
            before = name, layer
    return model


def _fused(layer: nn.Module, normalisation: Any) -> nn.Module:
    if isinstance(layer, nn.Linear):
        return fuse_linear_bn_eval(layer, normalisation)
    assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
    return fuse_conv_bn_eval(layer, normalisation, transpose=isinstance(layer, nn.ConvTranspose2d))


def sent(model: nn.Module) -> nn.Module:
    """Return the network that the browser computes with: folded and rounded, in float64."""
    model = folded(model)
    state = model.state_dict()
    for name, value in state.items():
        if value.dim() > 1:
            integers, scale = quantise(value.flatten(1))
            state[name] = (integers.float() * scale[:, None]).view_as(value)
    model.load_state_dict(state)
    return model.double()


def pack(model: nn.Module) -> dict[str, dict[str, Any]]:
    """Return the tensors of the folded network as models.js decodes them: biases in float32, weights as int8 rows."""
    packed: dict[str, dict[str, Any]] = {}
    for name, value in folded(model).state_dict().items():
        if value.dim() > 1:
            integers, scale = quantise(value.flatten(1))
            packed[name] = {"values": _base64(integers), "scale": _base64(scale), "lengths": integers.shape[1]}
        else:
            packed[name] = {"values": _base64(value.float())}
    return packed


def packed(name: str, folder: Path | None) -> dict[str, Any]:
    """Return all that the page of demo `name` reads: its network, and the pictures as bytes."""
    words, x = pictures()
    shown = [{"words": of, "x": _base64((255 * one).round().byte())} for of, one in zip(words, x, strict=True)]
    return {"tensors": pack(network(name, folder)), "pictures": shown}


@torch.no_grad()
def still(name: str) -> str:
    """Return an <img>: what demo `name` asks about the pictures, and in words what its network answers."""
    words, x = pictures()
    model = network(name, None)
    if name == "which_way_up":
        turn = torch.arange(len(x)) % 4
        shown = torch.cat([torch.rot90(one[None], k, dims=(2, 3)) for one, k in zip(x, turn.tolist(), strict=True)])
        right = model(shown).argmax(dim=1) == turn
        what = "Ten turned photographs. The network finds the turn for"
    else:
        first, second, y = model.pair(x, torch.Generator().manual_seed(0))
        shown = pad(torch.cat([first, torch.ones_like(first[..., :2]), second], dim=3), (2, 2, 2, 2), value=1.0)
        right = model(first, second).argmax(dim=1) == y
        what = "Ten pairs of patches. The network finds the direction for"
    sheet = shown.unflatten(0, (2, -1)).permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1)  # two rows
    file = io.BytesIO()
    Image.fromarray((255 * sheet).round().byte().numpy()).save(file, format="png")
    found, missed = (
        [of for of, one in zip(words, right.tolist(), strict=True) if one is want] for want in (True, False)
    )
    alt = f"{what} {', '.join(found)}; it does not for {', '.join(missed)}"
    scale = 480 // sheet.shape[1]
    size = f'width="{scale * sheet.shape[1]}" height="{scale * sheet.shape[0]}"'
    style = "image-rendering: pixelated; max-width: 100%; height: auto"
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img class="lecture-demo-still" alt="{alt}" {size} style="{style}" src="data:image/png;base64,{data}">'


def _base64(value: Tensor) -> str:
    return base64.b64encode(value.detach().contiguous().numpy().tobytes()).decode()
