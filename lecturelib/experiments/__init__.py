"""Experiments: a claim put to the test by many trainings, with one table as the result.

An experiment is a module of this package that has a function `measure`; there is no other list of them. Its name is the
module's, with hyphens, and `measure(path, ...)` fills `results/experiments/NAME.json`. What `python -m lecturelib
experiment NAME` may set are those of `budget`, `seeds`, `processes` and `runs` that are parameters of `measure`.
"""

import difflib
import pkgutil
from importlib import import_module
from types import ModuleType


def load_all() -> dict[str, ModuleType]:
    """Return all experiments by name."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {m.__name__.rpartition(".")[2].replace("_", "-"): m for m in modules if hasattr(m, "measure")}


def get(name: str) -> ModuleType:
    """Return the experiment called `name`.

    Raises:
        ValueError: there is none; the message names the nearest one.

    """
    known = load_all()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"experiment: expected one of {', '.join(known)}, got {name!r}{hint}")
