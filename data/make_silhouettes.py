"""Make data/silhouettes.npz, outlines of real things, from the clothes that Debian's dataset-fashion-mnist carries.

    apt-get download dataset-fashion-mnist && dpkg -x dataset-fashion-mnist_*.deb fashion
    python data/make_silhouettes.py fashion/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz [--check]

A pixel belongs to the thing where the picture is not black. Every fifth picture of the first 5,000 is looked at; those
stay whose thing is in one piece and covers between a fifth and two thirds of the picture, 600 in all. With --check
nothing is written: the exit code tells whether the file here holds what would be written.
"""

import argparse
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np
from packed import write_or_check
from scipy.ndimage import binary_fill_holes, label

SHA256 = "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa"  # of the packed file
TARGET = Path(__file__).resolve().parent / "silhouettes.npz"
SPLITS = {"train": slice(0, 500), "valid": slice(500, 550), "test": slice(550, 600)}
SHARE = (0.20, 0.66)


def make(packed: bytes) -> dict[str, np.ndarray]:
    """Return the arrays {train,valid,test}_x, bits packed along rows of 784 pixels: uint8 [examples, 98]."""
    actual = hashlib.sha256(packed).hexdigest()
    if actual != SHA256:
        sys.exit(f"error: t10k-images-idx3-ubyte.gz: expected SHA-256 {SHA256}, got {actual}")
    pictures = np.frombuffer(gzip.decompress(packed), np.uint8, offset=16).reshape(-1, 28, 28)
    things = []
    for picture in pictures[:5000:5]:
        thing = binary_fill_holes(picture > 12)
        if SHARE[0] <= thing.mean() <= SHARE[1] and label(thing)[1] == 1:
            things.append(thing.reshape(-1))
    bits = np.packbits(np.stack(things), axis=1)
    return {f"{part}_x": bits[rows] for part, rows in SPLITS.items()}


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, help="t10k-images-idx3-ubyte.gz")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    arguments = parser.parse_args()
    arrays = make(arguments.images.read_bytes())
    write_or_check(TARGET, arrays, arguments.images.name, arguments.check)


if __name__ == "__main__":
    main()
