"""Show widgets in a live notebook, and something still elsewhere."""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from lecturelib.progress import progress_disabled


def show(widgets: Callable[[], Any], still: Callable[[], Iterable[Any]]) -> None:
    """Display what `widgets` returns, or without a live notebook, or without ipywidgets, all that `still` does."""
    from IPython.display import display

    try:
        shown = None if progress_disabled() else widgets()
    except ImportError:
        shown = None
    for part in still() if shown is None else [shown]:
        display(part)


def ipywidgets() -> ModuleType:
    """Return the package.

    Raises:
        ImportError: it is not installed.

    """
    try:
        import ipywidgets as package  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError("widgets: expected the package ipywidgets, found none: pip install ipywidgets") from error
    module: ModuleType = package
    return module
