"""Progress bars that show in a terminal and in a live notebook, and stay silent in logs and stored pages."""

import os
import sys
from typing import Any

from tqdm.auto import tqdm


def progress_disabled() -> bool:
    """Tell whether bars stay silent: LECTURELIB_QUIET is set, or nobody watches (no terminal, no live notebook)."""
    if os.environ.get("LECTURELIB_QUIET"):
        return True
    return "ipykernel" not in sys.modules and not sys.stderr.isatty()


def progress_bar(total: int, initial: int = 0, main_process: bool = True) -> Any:
    """Return a bar over `total` steps with speed and time left, which starts at `initial`."""
    return tqdm(total=total, initial=initial, disable=not main_process or progress_disabled(), mininterval=0.5)
