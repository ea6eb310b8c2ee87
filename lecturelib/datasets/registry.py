"""The registry, `data/registry.toml`: sources, licences, files and checksums of every data set."""

import difflib
import hashlib
import tomllib
from dataclasses import MISSING, dataclass, fields
from typing import Any

from lecturelib import paths

PLACES = ("embedded", "torchvision", "download")
TYPES: dict[Any, tuple[str, Any]] = {str: ("a text", str), int: ("a number of bytes", int)}


@dataclass(frozen=True)
class File:
    """One file: its path in the data folder or the cache, its URLs, its length and its checksum."""

    path: str
    sha256: str
    bytes: int
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One data set; `where` is embedded, torchvision (opened by its class there) or download.

    `archive` is a tar file of all the set's files, for sets whose files have no URL of their own. `package` is a Python
    module with the same content.
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
        ValueError: an entry lacks a field, or has one that is unknown or of another type; the message names both.

    """
    path = paths.data_dir() / "registry.toml"
    if not path.is_file():
        raise FileNotFoundError(f"data registry: expected {path}, got no such file; reinstall lecturelib")
    entries = {}
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        place = f"{path}: [{name}]"
        _check_fields(place, table, Entry, {"name"})
        if table["where"] not in PLACES:
            raise ValueError(f"{place} where: expected one of {', '.join(PLACES)}, got {table['where']!r}")
        files = tuple(_file(f"{place} files[{k}]", file) for k, file in enumerate(table.pop("files")))
        archive = _file(f"{place} archive", table.pop("archive")) if "archive" in table else None
        entries[name] = Entry(name=name, files=files, archive=archive, **table)
    return entries


def _file(place: str, table: Any) -> File:
    _check_fields(place, table, File, set())
    return File(**{**table, "urls": tuple(table.get("urls", ()))})


def _check_fields(place: str, table: Any, kind: type, given: set[str]) -> None:
    """Raise if a field of a TOML table is missing, unknown, empty or of another type than in the class `kind`."""
    if not isinstance(table, dict):
        raise ValueError(f"{place}: expected a table, got {table!r}")
    known = {field.name: field for field in fields(kind) if field.name not in given}
    for name in table:
        if name not in known:
            raise ValueError(f"{place}: expected the fields {', '.join(known)}, got {name!r}")
    for name, field in known.items():
        if name not in table:
            if field.default is MISSING:
                raise ValueError(f"{place}: expected a field {name!r}, got none")
            continue
        expected, types = TYPES.get(field.type, ("a table or a list", (dict, list)))
        if not isinstance(table[name], types) or (table[name] == "" and field.default is MISSING):
            raise ValueError(f"{place} {name}: expected {expected}, got {table[name]!r}")


def names() -> list[str]:
    """Return the names of all data sets."""
    return list(read())


def get(name: str) -> Entry:
    """Return the entry of the data set `name`.

    Raises:
        TypeError: `name` is not a string.
        ValueError: there is no such set; the message lists all, and the nearest spelling.

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
    """Return one SHA-256 for the whole set, over the registered checksums of its files."""
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in get(name).files)
    return hashlib.sha256(lines.encode()).hexdigest()
