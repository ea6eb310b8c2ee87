"""Unpack gzip, bz2, xz and zip files in bounded memory: a small file may say that it is petabytes of zeros."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST = 1 << 28  # bytes that one packed file may hold: several times as many as any set of the registry
OPENERS: dict[str, Callable[[Path], Any]] = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}  # to read bytes
ERRORS: tuple[type[Exception], ...] = (OSError, EOFError, KeyError, RuntimeError, ValueError)
ERRORS += (zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def unpack(path: Path, form: str) -> bytes:
    """Return the content of a file packed as gzip, bz2 or xz.

    Raises:
        one of ERRORS: it is packed otherwise, cut off, or has more than MOST bytes.

    """
    with OPENERS[form](path) as stream:
        return _bounded(stream.read(MOST + 1))


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the content of one file of a zip file, which is nowhere written.

    Raises:
        one of ERRORS: it is absent, encrypted, cut off, or has more than MOST bytes.

    """
    with archive.open(name) as stream:
        return _bounded(stream.read(MOST + 1))


def _bounded(content: bytes) -> bytes:
    if len(content) > MOST:
        raise ValueError(f"more than {MOST} bytes unpacked")
    return content
