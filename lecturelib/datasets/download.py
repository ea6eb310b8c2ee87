"""Download one file into the cache: each URL in turn, a few tries each, written aside, verified, then renamed.

A broken transfer is resumed (HTTP ranges); whatever a server sends, only a file with the right checksum is kept.
"""

import contextlib
import hashlib
import io
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from tqdm.auto import tqdm

from lecturelib.datasets.registry import File
from lecturelib.progress import progress_disabled

WAITS = (0.0, 0.5, 2.0)  # seconds before each try of a URL
TIMEOUT = 20.0  # seconds without an answer, or between two pieces of it
STALE = 24 * 3600.0  # seconds after which the partial file of a killed process is cleared away


class DatasetError(RuntimeError):
    """A data set cannot be obtained or read; the message says why and what to do."""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: it cannot be read.

    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download(name: str, file: File, path: Path, urls: Sequence[str], problem: str = "is absent") -> None:
    """Fetch one file of the set `name` to `path`; on any failure `path` stays as it was and no partial file stays.

    Raises:
        DatasetError: no URL gave the right file, or the cache cannot be written.

    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    tried = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_stale(path)
        partial.touch()  # fails here, before any download, where the cache cannot be written
        for url in urls:
            reason = _try_url(url, file, partial)
            if reason is None:
                os.replace(partial, path)
                return
            tried.append(f"{url} ({reason})")
    except OSError as error:
        raise DatasetError(
            f"{name}: {path} {problem} and cannot be written: {error.strerror or error};"
            f" free {file.bytes / 1e6:.1f} MB there, or set LECTURELIB_DATA to a folder that can be written"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    raise DatasetError(
        f"{name}: {path} {problem} and cannot be downloaded; tried {', '.join(tried) or 'no URL, none is known'};"
        f" connect to the net and try again, or get {path.name} elsewhere ({file.bytes} bytes, SHA-256 {file.sha256})"
        f" and place it at {path}"
    )


def _try_url(url: str, file: File, partial: Path) -> str | None:
    """Try a URL a few times; return None once `partial` is right, else the last reason why not."""
    reason = ""
    for wait in WAITS:
        time.sleep(wait)
        try:
            _transfer(url, file, partial)
        except requests.RequestException as error:  # also an OSError, but of the network, not of the disk
            reason = _in_short(error)
            if partial.stat().st_size >= file.bytes:
                os.truncate(partial, 0)  # as long as the whole, so nothing a server sends can complete it
            if isinstance(error, requests.ConnectTimeout) or reason.startswith("HTTP 4"):
                return reason  # trying again would not help
            continue
        actual, size = sha256(partial), partial.stat().st_size
        if actual == file.sha256:
            return None
        os.truncate(partial, 0)
        reason = f"expected {file.bytes} bytes with SHA-256 {file.sha256}, got {size} with {actual}"
    return reason


def _transfer(url: str, file: File, partial: Path) -> None:
    """Append the missing bytes to `partial`; uncompressed ("identity"), so that the bytes counted are the file's."""
    import pooch  # type: ignore[import-untyped]  # only here: a machine without network need not have it

    start = partial.stat().st_size
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    label = Path(file.path).name
    with (
        _Bounded(partial, 2 * file.bytes) as stream,  # twice: servers without ranges send the whole behind a part
        tqdm(desc=label, total=file.bytes, unit="B", unit_scale=True, disable=progress_disabled()) as bar,
    ):
        fetch = pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, timeout=TIMEOUT, headers=headers)
        fetch(url, stream, None)


class _Bounded(io.FileIO):
    """A file that is appended to, of at most `most` bytes, whatever a server goes on to send."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path, "ab")
        self.most = most

    def write(self, piece: Any, /) -> int:
        if self.tell() + len(piece) > self.most:
            raise requests.RequestException(f"more than {self.most} bytes arrived")
        return super().write(piece)


def _in_short(error: requests.RequestException) -> str:
    """Return a short form of a message of requests."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"no answer in {TIMEOUT:g} s"
    inner = error.args[0] if error.args else error
    text = str(getattr(inner, "reason", inner))  # urllib3's MaxRetryError carries the cause as its reason
    if "IncompleteRead" in text:
        return "the connection broke half way"
    return text.split("): ", 1)[-1].replace("\n", " ")


def _clear_stale(path: Path) -> None:
    """Remove partial files that processes killed long ago left beside `path`."""
    for old in path.parent.glob(f".{path.name}.*.partial"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > STALE:
                old.unlink()
