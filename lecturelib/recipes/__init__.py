"""Recipes: the one place where model, data and training meet. Chapters, tests, tables and weights call the same ones.

>>> done = recipes.run("nade-mnist-5k-14", "cpu", seed=0)
>>> done.history.valid[-1]              # nats
>>> model = recipes.load_model("nade-binarized-mnist")
"""

import difflib
import json
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

from lecturelib.paths import results_dir
from lecturelib.recipes import recipe, weights
from lecturelib.recipes.recipe import BUDGETS, Budget, Published, Recipe, Run, parameter_count

__all__ = [
    "BUDGETS",
    "RECIPES",
    "Budget",
    "Published",
    "Recipe",
    "Run",
    "evaluate",
    "get",
    "load_model",
    "parameter_count",
    "results",
    "run",
]


def _found() -> dict[str, Recipe]:
    """Collect the tuples `RECIPES` of this package's modules; there is no other list of them."""
    found: dict[str, Recipe] = {}
    for module in pkgutil.iter_modules(__path__):
        for r in getattr(import_module(f"{__name__}.{module.name}"), "RECIPES", ()):
            if not isinstance(r, Recipe):
                raise TypeError(f"{module.name}.RECIPES: expected a tuple of recipes, got {type(r).__name__} in it")
            if r.name in found:
                raise ValueError(f"{module.name}.RECIPES: expected names of their own, got {r.name!r} a second time")
            found[r.name] = r
    return found


RECIPES = _found()


def get(name: str) -> Recipe:
    """Return the recipe called `name`.

    Raises:
        ValueError: there is none; the message names the nearest one.

    """
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(str(name), RECIPES, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"recipe: expected one of {', '.join(RECIPES)}, got {name!r}{hint}")


def run(name: str | Recipe, budget: str = "cpu", *, seed: int = 0, **fit_arguments: Any) -> Run:
    """Train a recipe once, given by name or as a varied copy; see `lecturelib.recipes.recipe.run`."""
    return recipe.run(name if isinstance(name, Recipe) else get(name), budget, seed=seed, **fit_arguments)


def load_model(name: str) -> Any:
    """Return the model of recipe `name` with its stored weights; see `lecturelib.recipes.weights.load_model`."""
    return weights.load_model(get(name))


def evaluate(name: str) -> float:
    """Recompute the test metric of the stored weights of recipe `name`, in its unit."""
    return weights.evaluate(get(name))


def results(name: str) -> dict[str, Any]:
    """Return what results/NAME.json holds: every budget's mean, spread, seeds, seconds, hardware and command.

    Raises:
        ValueError: there is no such recipe, or it has not been run.

    """
    path: Path = results_dir() / f"{get(name).name}.json"
    if not path.exists():
        raise ValueError(
            f"results: expected {path.name}, got no such file; run `python -m lecturelib reproduce {name}`"
        )
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
