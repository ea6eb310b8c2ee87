"""Images: MNIST and what was made of it, CIFAR-10, and silhouettes.

>>> load("mnist-5k").train.x.shape                # float32 in [0, 1]
torch.Size([4000, 1, 28, 28])
>>> load("cifar10").train.x.shape                 # bytes, 0 ... 255: write `x / 255` for each batch
torch.Size([45000, 3, 32, 32])
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.datasets import CIFAR10, MNIST  # type: ignore[import-untyped]

from lecturelib.datasets import packed
from lecturelib.datasets.dataset import PARTS, Reader, Split
from lecturelib.datasets.download import DatasetError

PIXELS = 784
# what spoilt arrays end in
SPOILT: tuple[type[Exception], ...] = (*packed.ERRORS, MemoryError, SyntaxError, TypeError)
MNIST_VALID = 10_000  # the last images of MNIST's training set are the validation split
CIFAR10_VALID = 5_000  # and of CIFAR-10's


def read_mnist_5k(files: list[Path]) -> dict[str, Split]:
    """Read the arrays that data/make_mnist_5k.py wrote."""
    with _arrays(files[0]) as arrays:
        return {
            part: Split(_images(torch.from_numpy(arrays[f"{part}_x"])), torch.from_numpy(arrays[f"{part}_y"]).long())
            for part in PARTS
        }


def read_silhouettes(files: list[Path]) -> dict[str, Split]:
    """Read the bits that data/make_silhouettes.py wrote."""
    with _arrays(files[0]) as arrays:
        return {
            part: Split(torch.from_numpy(np.unpackbits(arrays[f"{part}_x"], axis=1)).reshape(-1, 1, 28, 28).float())
            for part in PARTS
        }


@contextmanager
def _arrays(path: Path) -> Iterator[Any]:
    """Open NumPy's arrays; what is wrong with them becomes a DatasetError."""
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            yield arrays
    except SPOILT as error:
        raise DatasetError(f"{path}: expected NumPy's arrays of images, got {error}; fetch it again") from None


def read_mnist(files: list[Path]) -> dict[str, Split]:
    """Read MNIST's four files with torchvision's class, which unpacks them into a folder that is removed again."""
    try:
        with tempfile.TemporaryDirectory(prefix="lecturelib-") as root:
            raw = Path(root) / "MNIST" / "raw"
            raw.mkdir(parents=True)
            for path in files:
                (raw / path.name).write_bytes(path.read_bytes())
            # The packed files are in place, so `download` only tests their MD5 and unpacks them.
            train, test = MNIST(root, train=True, download=True), MNIST(root, train=False)
    except OSError as error:
        raise DatasetError(
            f"mnist: cannot unpack in {tempfile.gettempdir()}: {error.strerror or error};"
            " free 70 MB there, or set TMPDIR to a folder that can be written"
        ) from None
    x, y = _images(train.data), train.targets
    return {
        "train": Split(x[:-MNIST_VALID], y[:-MNIST_VALID]),
        "valid": Split(x[-MNIST_VALID:], y[-MNIST_VALID:]),
        "test": Split(_images(test.data), test.targets),
    }


class _Verified(CIFAR10):  # type: ignore[misc]
    """Files whose SHA-256 has just been verified, and which are not read twice more for their MD5."""

    def _check_integrity(self) -> bool:
        return True


def read_cifar10(files: list[Path]) -> dict[str, Split]:
    """Read CIFAR-10's files with torchvision's class, where they are."""
    root = files[0].parents[1]
    train, test = _Verified(root, train=True), _Verified(root, train=False)
    # The class has them ready for PIL: [examples, 32, 32, 3].
    (x, y), (test_x, test_y) = (
        (torch.from_numpy(of.data.transpose(0, 3, 1, 2)).contiguous(), torch.tensor(of.targets)) for of in (train, test)
    )
    return {
        "train": Split(x[:-CIFAR10_VALID], y[:-CIFAR10_VALID]),
        "valid": Split(x[-CIFAR10_VALID:], y[-CIFAR10_VALID:]),
        "test": Split(test_x, test_y),
    }


def read_binarized_mnist(files: list[Path]) -> dict[str, Split]:
    """Read Larochelle's three text files."""
    return {part: Split(read_amat(path)) for part, path in zip(("train", "valid", "test"), files, strict=True)}


def read_amat(path: Path) -> Tensor:
    """Read rows of 784 digits 0 or 1, separated by spaces, as float32 [rows, 784].

    Every row has the same 1568 bytes, so the file is a matrix of bytes: 20 times as fast as parsing numbers.

    Raises:
        DatasetError: the file is not of this form.

    """
    raw = np.fromfile(path, np.uint8)
    if raw.size == 0 or raw.size % (2 * PIXELS):
        raise DatasetError(f"{path}: expected rows of {2 * PIXELS} bytes, got {raw.size} bytes; fetch it again")
    cells = raw.reshape(-1, PIXELS, 2)
    bits = cells[:, :, 0] - ord("0")  # bytes below "0" wrap around to large numbers
    if bits.max() > 1 or (cells[:, :-1, 1] != ord(" ")).any() or (cells[:, -1, 1] != ord("\n")).any():
        raise DatasetError(f"{path}: expected rows of {PIXELS} digits 0 or 1, separated by spaces; fetch it again")
    return torch.from_numpy(bits).float()


def _images(x: Tensor) -> Tensor:
    """From bytes [examples, 28, 28] to float32 [examples, 1, 28, 28] in [0, 1]."""
    return x.unsqueeze(1).float() / 255


READERS = {
    "mnist-5k": Reader(read_mnist_5k),
    "silhouettes": Reader(read_silhouettes),
    "mnist": Reader(read_mnist),
    "binarized-mnist": Reader(read_binarized_mnist),
    "cifar10": Reader(read_cifar10),
}
