"""The files of a data set: from the package or the cache, else downloaded; their checksums are always verified."""

import shutil
import tarfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urljoin

from lecturelib import paths
from lecturelib.atomic import atomic_write
from lecturelib.datasets.download import DatasetError, download, sha256
from lecturelib.datasets.registry import Entry, File, get


def locate(entry: Entry, file: File) -> Path:
    """Return the path of a file, whether or not it is there."""
    return (paths.data_dir() if entry.where == "embedded" else paths.cache_dir()) / file.path


def state(entry: Entry, file: File) -> str:
    """Return "ok", "absent", or in what way the file is corrupt.

    Raises:
        DatasetError: the file is there but cannot be read.

    """
    path = locate(entry, file)
    try:
        actual = sha256(path)
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except OSError as error:
        raise DatasetError(
            f"{entry.name}: {path} cannot be read: {error.strerror or error}; make it a readable file or remove it"
        ) from None
    return "ok" if actual == file.sha256 else f"corrupt: expected SHA-256 {file.sha256}, got {actual}"


def urls(entry: Entry, file: File) -> list[str]:
    """Return the URLs of a file, best first; for torchvision's sets also those that its class knows."""
    known = list(file.urls)
    if entry.where == "torchvision":
        # here, since it takes seconds
        from torchvision.datasets import CIFAR10, MNIST  # type: ignore[import-untyped]

        mirrors = [CIFAR10.url] if entry.name == "cifar10" else MNIST.mirrors
        known += [urljoin(mirror, Path(file.path).name) for mirror in mirrors]
    return list(dict.fromkeys(known))


def fetch(entry: Entry) -> list[Path]:
    """Return the paths of all files of a set, each verified; those absent or corrupt in the cache are downloaded.

    Raises:
        DatasetError: a file cannot be obtained; the message says why and what to do.

    """
    if entry.archive is None:
        return [_fetch(entry, file) for file in entry.files]
    lacking = [file for file in entry.files if state(entry, file) != "ok"]
    if lacking:
        _unpack(entry, _fetch(entry, entry.archive), lacking)
    return [locate(entry, file) for file in entry.files]


def _unpack(entry: Entry, archive: Path, lacking: list[File]) -> None:
    """Lay files out in the cache as the archive, whose checksum was tested, has them; the archive stays.

    Raises:
        DatasetError: they cannot be written, or the archive holds other files than the registry says.

    """
    wanted = {file.path: file for file in lacking}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:  # in the archive's own order: it is packed in one piece, and going back is slow
                source = tar.extractfile(member) if member.name in wanted else None
                if source is None:
                    continue
                if member.size > (most := wanted[member.name].bytes):
                    raise tarfile.ReadError(f"{member.name}: expected {most} bytes, got {member.size}")
                with atomic_write(locate(entry, wanted[member.name])) as aside, open(aside, "wb") as target:
                    shutil.copyfileobj(source, target)
    except (OSError, EOFError, tarfile.TarError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise DatasetError(
            f"{entry.name}: {archive} cannot be unpacked in {paths.cache_dir()}: {reason};"
            f" free {sum(file.bytes for file in lacking) / 1e6:.1f} MB there,"
            " or set LECTURELIB_DATA to a folder that can be written"
        ) from None
    for file in lacking:
        found = state(entry, file)
        if found != "ok":
            raise DatasetError(
                f"{entry.name}: {file.path}, unpacked from {archive}, is {found}; remove both and fetch the set again"
            )


def _fetch(entry: Entry, file: File) -> Path:
    path, found = locate(entry, file), state(entry, file)
    if found == "ok":
        return path
    problem = "is absent" if found == "absent" else f"is {found}"
    if entry.where == "embedded":
        raise DatasetError(f"{entry.name}: {path}, which is part of lecturelib, {problem}; reinstall lecturelib")
    download(entry.name, file, path, urls(entry, file), problem)
    return path


def available(name: str) -> bool:
    """Tell whether `load(name)` needs no network: every file, or the archive of all, is there in full length, or
    a package with the same content is installed. Nothing is downloaded.

    Raises:
        TypeError: `name` is not a string.
        ValueError: there is no such set.

    """
    entry = get(name)
    return cached(entry) or packaged(entry)


def cached(entry: Entry) -> bool:
    """Tell whether all files, or their archive, are there in full length."""
    ways = [entry.files, *([(entry.archive,)] if entry.archive else [])]
    return any(all(_length(locate(entry, file)) == file.bytes for file in files) for files in ways)


def packaged(entry: Entry) -> bool:
    """Tell whether a package with the set's content is installed."""
    return bool(entry.package) and find_spec(entry.package) is not None


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
