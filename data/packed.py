"""Write the arrays of an embedded data set, or check that they are those stored: what the make_*.py scripts share."""

import hashlib
import io
import os
import sys
from pathlib import Path

import numpy as np


def write_or_check(target: Path, arrays: dict[str, np.ndarray], source: str, check: bool) -> None:
    """Write `arrays` to `target`, aside first; with `check` write nothing, and exit with 1 where they differ."""
    if check:
        with np.load(target) as stored:
            same = set(stored) == set(arrays) and all(np.array_equal(stored[key], arrays[key]) for key in arrays)
        sys.exit(None if same else f"error: {target.name} does not hold what {source} gives")
    buffer = io.BytesIO()
    # numpy dates every member 1980-01-01, so these are the same bytes each time.
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    aside = target.with_suffix(".partial")
    aside.write_bytes(buffer.getvalue())
    os.replace(aside, target)
    print(f"{hashlib.sha256(buffer.getvalue()).hexdigest()}  {target.name}  {target.stat().st_size} bytes")
