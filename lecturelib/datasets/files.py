"""The files of a data set: found in the package or in the cache, else downloaded; their checksums always tested."""

from pathlib import Path
from urllib.parse import urljoin

from lecturelib import paths
from lecturelib.datasets.download import DatasetError, download, sha256
from lecturelib.datasets.registry import Entry, File, get


def locate(entry: Entry, file: File) -> Path:
    """Return where a file is, or would be."""
    return (paths.data_dir() if entry.where == "embedded" else paths.cache_dir()) / file.path


def state(entry: Entry, file: File) -> str:
    """Return "ok", "absent", or how the file that is there is corrupt.

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
    """Return where a file can be had, best first; torchvision's sets also from wherever its class knows."""
    known = list(file.urls)
    if entry.where == "torchvision":
        from torchvision.datasets import MNIST  # type: ignore[import-untyped]  # takes seconds: where needed only

        known += [urljoin(mirror, Path(file.path).name) for mirror in MNIST.mirrors]
    return list(dict.fromkeys(known))


def fetch(entry: Entry) -> list[Path]:
    """Return the paths of all files of a set, each checked; what the cache lacks or holds corrupt is downloaded.

    Raises:
        DatasetError: a file cannot be had; the message says why and what to do.

    """
    return [_fetch(entry, file) for file in entry.files]


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
    """Tell whether `load(name)` needs no network: every file is there in its full length. Nothing is downloaded.

    Raises:
        TypeError, ValueError: `name` is no string, or no set is called so.

    """
    entry = get(name)
    return all(_length(locate(entry, file)) == file.bytes for file in entry.files)


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
