"""Write the folder that the site serves at /demos: demos.js, a script per kind of page, and one with weights per demo.

All are classic scripts, since a page opened from file:// can neither fetch nor import modules.
"""

import json
import math
from collections.abc import Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lecturelib import checks
from lecturelib.atomic import atomic_write
from lecturelib.demos import order_digits, pen, photographs, sky, small, tasks_and_networks
from lecturelib.demos.html import compact, source
from lecturelib.demos.page_parts import PAGES
from lecturelib.demos.photographs import PHOTOGRAPHS
from lecturelib.demos.slider import pack_bits
from lecturelib.demos.weights import layer_count, pack
from lecturelib.paths import data_dir

# Of each demo its recipe, which names the weights file, and its title. Those with digits are named after their model.
DIGITS = {
    "fvsbn": ("fvsbn-binarized-mnist", "The FVSBN completes your digit"),
    "nade": ("nade-binarized-mnist", "NADE completes your digit"),
    "pixelcnn": ("gated-pixelcnn-binarized-mnist", "The Gated PixelCNN completes your digit"),
}
# Those with texts are named after the text. PROMPTS: the text they begin with.
TEXTS = {
    "shakespeare": ("lstm-shakespeare", "The LSTM writes on, in the manner of Shakespeare"),
    "wikipedia": ("lstm-wikipedia-markup", "The LSTM writes on, as Wikipedia is typed"),
}
# What the vocabulary of a text holds beside a new line and printable ASCII, where its corpus is not embedded.
BEYOND_ASCII = {
    "wikipedia": "\u00b0\u00e1\u00e6\u00e9\u00eb\u00ed\u00f6\u00fc\u0101\u0259\u02c8\u03b1\u03bb\u03bf\u03c2"
    "\u0430\u0435\u0438\u043e\u2013\u2014\u2018\u2019\u2212\ufffd"
}
PROMPTS = {"shakespeare": "JULIET.\nO Romeo, ", "wikipedia": "A lighthouse is a [["}
FILL_IN = {
    "any_part": ("order-agnostic-nade-binarized-mnist", "Cover any part of a digit, and the network fills it in")
}
STROKES = {"handwriting": ("handwriting-omniglot", "Write with the network")}
STORED = DIGITS | TEXTS | FILL_IN | STROKES | PHOTOGRAPHS
# Those that need no weights: all that they show is computed in the page. Each is a kind of page of its own; its title.
COMPUTED = {
    "gradients": "How much of the gradient is left?",
    "three_steps": "Back through three steps, by hand",
    "orders": "Train a density, in an order of your own",
    "masks": "Masks and receptive fields",
    "words": "The sky of words",
    "word2vec_steps": "word2vec, one prediction after another",
    "architectures": "Which task is best? Ask each network",
    "pull_and_push": "Pull and push on a circle",
    "small_simclr": "A SimCLR that trains in this page",
}
# Those that look inside the networks of TEXTS, by a page of one kind: title, and the network that they begin with. They
# load the other networks when these are chosen, and two small ones to compare.
INSIDE = {
    "cells": ("Which cell follows what?", "shakespeare"),
    "forgetting": ("Forget here", "shakespeare"),
}
# What some of them show is read from data or results.
READ: dict[str, Any] = {"words": sky, "architectures": tasks_and_networks, "orders": order_digits}
BESIDE: dict[str, Any] = {"small_networks": small}
DEMOS = [*STORED, *COMPUTED, *INSIDE]


def page_of(name: str) -> str:
    """Return the kind of page of demo `name`: "completion", which is part of demos.js, or one of PAGES."""
    if name in COMPUTED:
        return name
    if name in PHOTOGRAPHS:
        return photographs.PAGES[name]
    kinds = {"text": TEXTS, "fill_in": FILL_IN, "pen": STROKES, "xray": INSIDE}
    return next((kind for kind, names in kinds.items() if name in names), "completion")


def page_beside(name: str) -> str | None:
    """Return the kind of page whose script demo `name` needs beside demos.js and its own, or None."""
    page = page_of(name)
    return page if page in PAGES and name not in COMPUTED else None


def build(out: Path, *, weights: Path | None = None) -> list[Path]:
    """Write the scripts and the weights of every demo that has some to the folder `out`, and print the sizes.

    A page's script is written only where a demo needs it.

    Args:
        out: the folder, created if it is missing.
        weights: the folder of the recipes' .safetensors; default the repo's data/weights.

    Raises:
        ValueError: a weights file is damaged or of another model.

    """
    there = [name for name in DEMOS if _is_there(name, weights)]
    beside = _beside() if any(name in INSIDE for name in there) else []
    out.mkdir(parents=True, exist_ok=True)
    written = [_write(out / "demos.js", build_script([*there, *beside]))]
    for page in filter(None, dict.fromkeys(map(page_beside, DEMOS))):
        if page in map(page_beside, there):
            written.append(_write(out / f"{page}.js", page_script(page)))
        else:
            (out / f"{page}.js").unlink(missing_ok=True)
    written += [_write(out / f"{name}.js", demo_script(name, weights=weights)) for name in [*there, *beside]]
    for name in (name for name in [*DEMOS, *BESIDE] if name not in [*there, *beside]):
        (out / f"{name}.js").unlink(missing_ok=True)  # left by a build that had the weights
        if name in DEMOS:
            path = _path(name, weights)
            print(f"{name}.js: skipped, {path.name} is not in {path.parent}")
    for path in written:
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    return written


def build_script(there: list[str]) -> str:
    """Return demos.js: the models, the page that completes digits, the style sheet, and which demos are `there`."""
    constants = f"const BUILT = {json.dumps(there)};\nconst STYLE = {json.dumps(compact(source('demos.css')))};"
    parts = (*map(source, ("models.js", "pixelcnn.js", "link.js", "slices.js", "completion.js")), constants)
    return compact(source("demos.js").replace("/* PARTS */", "\n".join(parts))) + "\n"


def page_script(page: str) -> str:
    """Return the script that the demos of this kind need beside demos.js: the model, its page, and its style sheets."""
    scripts, styles = ([source(part) for part in PAGES[page] if part.endswith(end)] for end in (".js", ".css"))
    everything = "\n".join([*scripts, f"const STYLE = {json.dumps(compact(''.join(styles)))};"])
    if "/* PARTS */" not in (whole := source(f"{page}.js")):
        raise ValueError(f"{page}.js: expected a line /* PARTS */, where its style sheets and scripts go, got none")
    return compact(whole.replace("/* PARTS */", everything)) + "\n"


def demo_script(name: str, *, weights: Path | None = None) -> str:
    """Return the script of demo `name` itself: its weights, or its page where it needs no weights.

    Raises:
        ValueError: as `weights_script`.

    """
    if name in STORED:
        return weights_script(name, weights=weights)
    if name not in COMPUTED:
        return _add(name, BESIDE[name].packed() if name in BESIDE else _begun(name))
    read = READ[name].packed() if name in READ else {}
    return page_script(name) + _add(name, {"page": name, "title": COMPUTED[name], "tensors": {}} | read)


def weights_script(name: str, *, weights: Path | None = None) -> str:
    """Return the script that hands demos.js the weights of demo `name`, and ten example digits or the vocabulary.

    Raises:
        ValueError: an unknown name; the weights file is missing, damaged or of another model.

    """
    checks.one_of("name", name, list(STORED))
    from lecturelib.recipes.weights import reproduce_command  # only a build needs recipes

    recipe, title = STORED[name]
    if name in PHOTOGRAPHS:
        return _add(name, {"page": page_of(name), "title": title} | photographs.packed(name, weights))
    path, command = _path(name, weights), reproduce_command(recipe)
    if not path.exists():
        raise ValueError(f"weights: expected a file {path.name} in {path.parent}, got none; {command}")
    try:
        with safe_open(path, framework="pt") as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no mapping)
            metadata = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(
            f"weights: expected a complete file {path.name}, got a damaged one ({error}); {command}"
        ) from None
    model = model_of(name)
    packed: dict[str, Any] = {"page": page_of(name), "model": model, "title": title, "tensors": pack(model, state)}
    if name in TEXTS:
        packed |= {"vocabulary": _vocabulary(name, len(state["out.bias"])), "prompt": PROMPTS[name]}
    elif name in STROKES:
        packed["beginnings"] = pen.BEGINNINGS
    elif name == "pixelcnn":
        absent = {"budget", "shape"} - metadata.keys()
        if absent:
            raise ValueError(f"weights: expected {', '.join(sorted(absent))} in the metadata of {path.name}; {command}")
        packed |= _not_in_the_tensors(recipe, layer_count(state), metadata)
    else:
        height = math.isqrt(len(state["b"]))
        if height**2 != len(state["b"]):
            raise ValueError(f"weights: expected a square image in {path.name}, got {len(state['b'])} pixels")
        packed |= {"height": height, "width": height}
    if name in DIGITS | FILL_IN:
        dim = packed["height"] * packed["width"]
        packed["digits"] = [{"label": label, "x": pack_bits(x[None])} for label, x in example_digits() if len(x) == dim]
    return _add(name, packed)


def _add(name: str, packed: dict[str, Any]) -> str:
    return f'LectureDemos.add("{name}", {json.dumps(packed, separators=(",", ":"))});\n'


def networks_of(name: str) -> list[str]:
    """Return the scripts with networks that demo `name` loads when they are chosen, as far as there are weights."""
    return [*(text for text in TEXTS if _is_there(text, None)), *_beside()] if name in INSIDE else []


def _beside() -> list[str]:
    return [name for name in BESIDE if BESIDE[name].path().exists()]


def _begun(name: str) -> dict[str, Any]:
    title, network = INSIDE[name]
    return {"page": "xray", "title": title, "start": {"network": network}, "tensors": {}}


def model_of(name: str) -> str:
    """Return what weights.py calls the model of demo `name`."""
    return "lstm" if name in TEXTS else "order_agnostic" if name in FILL_IN else name


def _not_in_the_tensors(recipe: str, layers: int, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the size of the image and the dilation of each layer, which the weights do not contain."""
    from lecturelib import recipes  # only a build needs them

    budgets = recipes.get(recipe).budgets
    checks.one_of("budget", metadata["budget"], list(budgets))
    dilations = budgets[metadata["budget"]].sizes.get("dilations", (1,))
    _, height, width = metadata["shape"]
    return {"height": height, "width": width, "dilations": [1, *islice(cycle(dilations), layers - 1)]}


def vocabulary(name: str) -> str:
    """Return the characters that the model of the text demo `name` knows, in the order of their numbers."""
    from lecturelib import recipes  # only a build needs the data
    from lecturelib.datasets import load

    if name in BEYOND_ASCII:
        return "\n" + "".join(map(chr, range(32, 127))) + BEYOND_ASCII[name]
    return "".join(load(recipes.get(STORED[name][0]).dataset).vocabulary or ())


def _vocabulary(name: str, size: int) -> str:
    from lecturelib.recipes.weights import reproduce_command

    recipe, _ = STORED[name]
    known = vocabulary(name)
    if len(known) != size:
        raise ValueError(
            f"weights: expected the {len(known)} characters of {name} in {recipe}.safetensors, got {size}; "
            f"{reproduce_command(recipe)}"
        )
    return known


def example_digits() -> list[tuple[str, Tensor]]:
    """Return the first test image of each class of MNIST-5k, thresholded at one half, flat."""
    from lecturelib.datasets import load  # only a build needs the data

    test = load("mnist-5k").test
    assert test.y is not None
    labels = test.y.tolist()
    return [(str(k), (test.x[labels.index(k)].flatten() > 0.5).to(torch.uint8)) for k in range(10)]


def _is_there(name: str, weights: Path | None) -> bool:
    return name in COMPUTED or _path(name, weights).exists()


def _path(name: str, weights: Path | None) -> Path:
    stored = INSIDE[name][1] if name in INSIDE else name
    return (weights if weights is not None else data_dir() / "weights") / f"{STORED[stored][0]}.safetensors"


def _write(path: Path, text: str) -> Path:
    with atomic_write(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")
    return path
