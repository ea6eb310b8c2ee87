"""Nothing half-written: a file is written aside, in the same folder, and renamed when it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes `path` at the end, or vanishes where an error is raised.

    Raises:
        OSError: the folder cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield aside
        with open(aside, "rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave the new name with nothing in it
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
