"""Stored weights: one safetensors file a recipe, with what made it and how good it is in the metadata."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from lecturelib.atomic import atomic_write
from lecturelib.paths import data_dir, results_dir
from lecturelib.recipes.recipe import BY_SIZE, Recipe, prepared


def weights_path(recipe: Recipe, folder: Path | None = None) -> Path:
    """Return where the weights of `recipe` are stored, in `folder`, by default data/weights."""
    return (data_dir() / "weights" if folder is None else folder) / f"{recipe.name}.safetensors"


def check_budget_not_smaller(recipe: Recipe, budget: str) -> None:
    """Raise ValueError where the stored weights were trained with a larger budget than `budget`."""
    if weights_path(recipe).exists():
        stored = read_metadata(recipe)["budget"]
        if BY_SIZE.index(stored) > BY_SIZE.index(budget):
            raise ValueError(
                f"store: expected a budget of at least {stored!r}, that of the stored weights, got {budget!r}; "
                f"delete {weights_path(recipe).name} to store others"
            )


def store_weights(recipe: Recipe, model: nn.Module, origin: dict[str, Any], folder: Path | None = None) -> Path:
    """Store the weights in half precision, with the metric measured after the rounding; atomic.

    `folder` is where; default data/weights, where they are read.
    """
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in model.state_dict().items()
    }
    model.load_state_dict({name: value.float() for name, value in state.items()})
    train, valid, test = prepared(recipe, origin["budget"])
    metrics = {"test": round(recipe.measure(model, test), 4), "valid": round(recipe.measure(model, valid), 4)}
    metadata = {
        "recipe": recipe.name,
        "metrics": metrics,
        "unit": recipe.unit,
        "shape": list((train if isinstance(train, torch.Tensor) else train[0]).shape[1:]),
        **origin,
    }
    path = weights_path(recipe, folder)
    with atomic_write(path) as aside:
        save_file(state, aside, {key: json.dumps(value) for key, value in metadata.items()})
    return path


def read_metadata(recipe: Recipe) -> dict[str, Any]:
    """Return what was stored beside the weights of `recipe`.

    Raises:
        ValueError: there are no stored weights, or the file is damaged.

    """
    return _read(recipe)[1]


def load_model(recipe: Recipe, folder: Path | None = None) -> Any:
    """Build the model of `recipe` with its stored weights, in float32, on the CPU; `folder` is as for `weights_path`.

    Raises:
        ValueError: there are no stored weights, or the file is damaged.

    """
    state, metadata = _read(recipe, folder)
    with torch.random.fork_rng():
        model = recipe.build(torch.zeros(1, *metadata["shape"]), **recipe.budgets[metadata["budget"]].sizes)
    try:
        model.load_state_dict({name: value.float() for name, value in state.items()})
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(
            f"weights: expected weights that fit {recipe.name}, got: {reason}; {reproduce_command(recipe.name)}"
        ) from None
    return model.eval()


def evaluate(recipe: Recipe) -> float:
    """Recompute the test metric of the stored weights of `recipe`, in its unit.

    Raises:
        ValueError: there are no stored weights, or the file is damaged.
        DatasetError: the data set can neither be found nor downloaded.

    """
    model = load_model(recipe)
    _, _, test = prepared(recipe, read_metadata(recipe)["budget"])
    return recipe.measure(model, test)


def reproduce_command(name: str) -> str:
    """Return the command that makes a recipe's weights, at the largest budget that it has been run at."""
    path = results_dir() / f"{name}.json"
    measured = json.loads(path.read_text(encoding="utf-8"))["budgets"] if path.exists() else {}
    budget = next((name for name in ("gpu", "long") if name in measured), "cpu")
    return f"run `python -m lecturelib reproduce {name} --budget {budget} --store` to make it"


def _read(recipe: Recipe, folder: Path | None = None) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    path, command = weights_path(recipe, folder), reproduce_command(recipe.name)
    if not path.is_file():
        raise ValueError(f"weights: expected a file {path.name} in data/weights, got none; {command}")
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            metadata = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(
            f"weights: expected a complete file {path.name}, got a damaged one ({error}); {command}"
        ) from None
    absent = {"budget", "shape", "metrics"} - set(metadata)
    if absent:
        raise ValueError(f"weights: expected {', '.join(sorted(absent))} in the metadata of {path.name}; {command}")
    return state, metadata
