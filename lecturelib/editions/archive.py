"""The built site as one file: a zip archive that is the same, byte for byte, whenever the site is the same."""

import hashlib
import zipfile
from pathlib import Path

from lecturelib.atomic import atomic_write

DATE = (1980, 1, 1, 0, 0, 0)  # of every file in the archive: the earliest that the format knows
MODE = 0o100644 << 16  # a file that its owner may write and all may read


def pack(folder: Path, path: Path) -> str:
    """Write all files of `folder`, in the order of their names, into the archive `path`; return its SHA-256.

    The archive holds one folder, named after itself, and leaves out hidden files. The checksum is written beside it, as
    `sha256sum --check` reads it.

    Raises:
        ValueError: there is no page index.html in `folder`.

    """
    if not (folder / "index.html").is_file():
        raise ValueError(f"{folder}: expected a built site with its index.html; call: make site")
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(files):
            if not any(part.startswith(".") for part in name.split("/")):
                entry = zipfile.ZipInfo(f"{path.stem}/{name}", DATE)
                entry.external_attr, entry.create_system = MODE, 3
                archive.writestr(entry, files[name].read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return write_checksum(path)


def write_checksum(path: Path) -> str:
    """Return the SHA-256 of the file `path`, and write it beside the file."""
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"{checksum}  {path.name}\n", encoding="utf-8")
    return checksum
