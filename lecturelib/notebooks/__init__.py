"""The rules for a chapter's notebook, and the tool that runs one again in place (it needs the extra `book`).

    python -m lecturelib.notebooks new book/PART/NAME.ipynb  # title, set-up and metadata of a new chapter
    python -m lecturelib.notebooks execute book/*/*.ipynb    # run in place, then normalise
    python -m lecturelib.notebooks check book/*/*.ipynb      # one line for each broken rule

A code cell is *exact* (no tag: nbval compares its stored output) or *statistical* (tagged `nbval-ignore-output`: its
output may vary, and its last statement asserts what must hold). There is no third kind.
"""

from lecturelib.notebooks.files import WIDGET_VIEW, execute, normalise, read, write
from lecturelib.notebooks.rules import (
    MAX_BYTES,
    SET_UP,
    STATISTICAL,
    WIDGET_STATE,
    chapter_problems,
    code_cells,
    new,
    problems,
    python,
    set_up,
)

__all__ = [
    "MAX_BYTES",
    "SET_UP",
    "STATISTICAL",
    "WIDGET_STATE",
    "WIDGET_VIEW",
    "chapter_problems",
    "code_cells",
    "execute",
    "new",
    "normalise",
    "problems",
    "python",
    "read",
    "set_up",
    "write",
]
