"""The registry: what `data/registry.toml` says of every data set."""

import difflib
import hashlib
import tomllib
from dataclasses import dataclass
from typing import Any

from lecturelib import paths

PLACES = ("embedded", "torchvision", "download")


@dataclass(frozen=True)
class File:
    """One file: its path inside the data folder or the cache, where it can be had, and what it must be."""

    path: str
    sha256: str
    bytes: int
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One data set; `where` is embedded, torchvision (opened by its class there) or download.

    `archive` is the tar file that brings all of the set's files, where they are not had one by one. `package` is a
    module that has the same content.
    """

    name: str
    title: str
    licence: str
    citation: str
    source: str
    where: str
    files: tuple[File, ...]
    note: str = ""
    archive: File | None = None
    package: str = ""


def read() -> dict[str, Entry]:
    """Read the registry.

    Raises:
        FileNotFoundError: the package came without its data folder.

    """
    path = paths.data_dir() / "registry.toml"
    if not path.is_file():
        raise FileNotFoundError(f"data registry: expected {path}, got no such file; reinstall lecturelib")
    entries = {}
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        files = tuple(map(_file, table.pop("files")))
        archive = _file(table.pop("archive")) if "archive" in table else None
        entries[name] = Entry(name=name, files=files, archive=archive, **table)
    return entries


def _file(table: dict[str, Any]) -> File:
    return File(**{**table, "urls": tuple(table.get("urls", ()))})


def names() -> list[str]:
    """Return the names of all data sets."""
    return list(read())


def get(name: str) -> Entry:
    """Return the entry of the data set `name`.

    Raises:
        TypeError: `name` is no string.
        ValueError: no set is called `name`; the message lists those known, the nearest spelling first.

    """
    entries = read()
    if not isinstance(name, str):
        raise TypeError(f"name: expected one of {', '.join(entries)}, got {name!r} ({type(name).__name__})")
    if name not in entries:
        near = difflib.get_close_matches(name.lower().replace("_", "-"), entries, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"name: expected one of the data sets {', '.join(entries)}, got {name!r}{hint}")
    return entries[name]


def checksum(name: str) -> str:
    """Return one SHA-256 for the whole set, over the registered checksums of its files.

    Raises:
        TypeError, ValueError: as `get`.

    """
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in get(name).files)
    return hashlib.sha256(lines.encode()).hexdigest()
