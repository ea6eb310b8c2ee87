"""Where files live: `data_dir` came with the package, `cache_dir` holds what was downloaded."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """Return the folder of the embedded data: inside the installed package, else `data/` of the repo."""
    packaged = PACKAGE / "_data"
    return packaged if packaged.is_dir() else PACKAGE.parent / "data"


def cache_dir() -> Path:
    """Return the folder for downloads: the environment's LECTURELIB_DATA, else the platform's cache folder."""
    if chosen := os.environ.get("LECTURELIB_DATA"):
        return Path(chosen).expanduser().absolute()
    import platformdirs  # only here: a machine without network need not have it

    return Path(platformdirs.user_cache_dir("lecturelib", False))


def results_dir() -> Path:
    """Return the folder of the recipes' results: inside the installed package, else `results/` of the repo."""
    packaged = PACKAGE / "_results"
    return packaged if packaged.is_dir() else PACKAGE.parent / "results"


def assignments_dir() -> Path:
    """Return the folder of the assignments: inside the installed package, else `assignments/` of the repo."""
    packaged = PACKAGE / "_assignments"
    return packaged if packaged.is_dir() else PACKAGE.parent / "assignments"
