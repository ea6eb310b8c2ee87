"""Make data/questions-words.txt and data/wordsim353.tsv from the test data in the Python package gensim 4.3.3.

    pip download --no-deps --only-binary :all: --python-version 3.11 gensim==4.3.3
    python data/make_word_tests.py gensim-4.3.3-cp311-cp311-*.whl [--check]

The wheel of any system will do. The files are copied as they are: the first is word2vec's own, the second WordSim-353
with a comment on top. With --check nothing is written: the exit code tells whether the files here are those.
"""

import argparse
import hashlib
import os
import sys
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MEMBERS = "gensim/test/test_data/"
SHA256 = {
    "questions-words.txt": "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
    "wordsim353.tsv": "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
}


def make(wheel: Path) -> dict[str, bytes]:
    """Return the contents of the files, by name."""
    contents = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, expected in SHA256.items():
            content = archive.read(MEMBERS + name) if MEMBERS + name in archive.namelist() else b""
            actual = hashlib.sha256(content).hexdigest()
            if actual != expected:
                sys.exit(
                    f"error: {MEMBERS}{name} in {wheel}: expected SHA-256 {expected}, got {actual}; use gensim 4.3.3"
                )
            contents[name] = content
    return contents


def main() -> None:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    for name, content in make(arguments.wheel).items():
        target = FOLDER / name
        if arguments.check:
            if not target.is_file() or target.read_bytes() != content:
                sys.exit(f"error: {name} is not what {arguments.wheel.name} holds")
            continue
        aside = target.with_name(f".{name}.partial")
        aside.write_bytes(content)
        os.replace(aside, target)
        print(f"{SHA256[name]}  {name}  {len(content)} bytes")


if __name__ == "__main__":
    main()
