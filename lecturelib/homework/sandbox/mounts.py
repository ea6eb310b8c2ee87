"""The files that the sandbox shows: Python and its packages, except all that belongs to the course."""

import os
import sys
import sysconfig
from pathlib import Path

from lecturelib.paths import PACKAGE, assignments_dir

COURSE = (".git", "_build", "assignments", "benchmarks", "book", "data", "lecturelib", "results", "tests")
SOURCES = (Path("/usr/src"), Path("/usr/local/src"))
INSTALLED = [
    f"{start}lib/python3*/{kind}-packages/lecturelib"
    for start in ("", "local/", "envs/*/")
    for kind in ("site", "dist")
]


def shown() -> list[Path]:
    """Return the folders that Python needs."""
    libraries = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    programs = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1], Path("/usr")}
    loaders = {Path(p) for p in ("/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives") if Path(p).exists()}
    return sorted(libraries | programs | loaders)


def hidden(hide: list[Path], visible: set[Path]) -> set[Path]:
    """Return the paths in the visible folders that must not be seen.

    These are the given ones, this repository with its tests and solutions, and every installed `lecturelib`.

    Args:
        hide: folders and files.
        visible: folders that the sandbox shows.

    """
    wanted = {*hide, *SOURCES, PACKAGE, assignments_dir()}
    root = PACKAGE.parent
    if (root / ".git").exists() or (root / "assignments").is_dir():
        wanted |= {root, *(root / name for name in COURSE)}  # the names count where the root itself must be shown
    for part in visible:
        wanted |= {part / "lecturelib", *(path for pattern in INSTALLED for path in part.glob(pattern))}
    found = set()
    for whole in {path.resolve() for path in wanted}:
        for part in visible:
            inner = part.resolve()
            if inner in whole.parents and whole.exists():
                found.add(part / whole.relative_to(inner))
    return found - visible


def arguments(hide: list[Path]) -> list[str]:
    """Return bubblewrap's arguments that show and hide, outermost first: a later mount covers part of an earlier one.

    Args:
        hide: folders and files that must not be seen, wherever they lie.

    """
    paths = shown()
    links = [path for path in paths if path.is_symlink() and len(path.parts) == 2]  # as /lib, where all is in /usr
    visible = set(paths) - set(links)
    away = hidden(hide, visible)
    parents = {parent for path in visible for parent in path.parents} - {Path("/"), Path("/tmp")}
    words = [word for path in links for word in ("--symlink", os.readlink(path), str(path))]
    sealed: list[str] = []
    is_visible: dict[Path, bool] = {}
    for path in sorted(visible | away | parents, key=lambda path: (len(path.parts), path)):
        inside = next((is_visible[parent] for parent in path.parents if parent in is_visible), False)
        if path in visible:
            words += ["--ro-bind", str(path), str(path)]
            is_visible[path] = True
        elif path in away and inside:
            is_visible[path] = False
            if path.is_dir():
                words += ["--perms", "755", "--tmpfs", str(path)]
                sealed += ["--remount-ro", str(path)]
            else:
                words += ["--ro-bind", os.devnull, str(path)]
        elif path in parents and not inside:
            words += ["--perms", "755", "--dir", str(path)]  # or it would be closed to all but root
    return words + sealed
