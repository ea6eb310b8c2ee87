"""The site's own Sphinx extensions, as modules that a test calls."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).resolve().parents[2] / "book/_ext"
sys.path.append(str(FOLDER))  # an extension may import another


def extension(name: str) -> ModuleType:
    """Return the extension `name` of book/_ext."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
