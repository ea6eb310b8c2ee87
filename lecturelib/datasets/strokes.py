"""Omniglot's pen strokes, from ragged arrays to one padded tensor a split."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import torch

from lecturelib.datasets.dataset import Split
from lecturelib.datasets.download import DatasetError

PARTS = ("train", "valid", "test")


def read_omniglot_strokes(files: list[Path]) -> dict[str, Split]:
    """Read drawings as pen offsets: x float32 [drawings, steps, 3], lengths int64 [drawings], no y.

    x[k, t] is (dx, dy, pen up): the way from one point of drawing k to the next, y growing downwards, and 1 where the
    pen is lifted at that next point, else 0. So a step behind one with pen up draws nothing, and the last step of
    every drawing has pen up. Where a drawing starts on its canvas is not in the file, whose first row is always
    (0, 0, 0): as it says nothing, and a density could be infinitely sure of it, it is left out.

    One unit is the standard deviation of dx and dy together over train's steps, as Graves (2013) and his successors
    have it; one number for both, so that no drawing is stretched. The points are those of the file, which were thinned
    by Ramer, Douglas and Peucker's line simplification: they are not equally far apart in time.

    Raises:
        DatasetError: the file is not of this form.

    """
    drawings = {part: _read(files[0], part) for part in PARTS}
    steps = max(len(rows) for part in PARTS for rows in drawings[part]) - 1
    scale = np.concatenate([rows[1:, :2] for rows in drawings["train"]]).std(dtype=np.float64)
    splits = {}
    for part in PARTS:
        lengths = np.array([len(rows) - 1 for rows in drawings[part]])
        x = np.zeros((len(lengths), steps, 3), np.float32)
        x[np.arange(steps) < lengths[:, None]] = np.concatenate([rows[1:] for rows in drawings[part]])
        x[:, :, :2] /= scale
        splits[part] = Split(torch.from_numpy(x), lengths=torch.from_numpy(lengths))
    return splits


def _read(path: Path, part: str) -> list[np.ndarray]:
    """Return a part's drawings, each integers [points, 3]. They are pickled: read nothing with an untested checksum."""
    expected = f"{path}: expected {part} to be arrays [points, 3] of (dx, dy, pen up), the first row (0, 0, 0)"
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=True, encoding="latin1") as arrays:
            drawings = list(arrays[part])
    except (OSError, EOFError, KeyError, ValueError, TypeError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{expected}, got {' '.join(str(error).split())}; fetch it anew") from None
    if not drawings:
        raise DatasetError(f"{expected}, got no drawing; fetch it anew")
    for k, rows in enumerate(drawings):
        if rows.ndim != 2 or rows.shape[1] != 3 or len(rows) < 2:
            raise DatasetError(f"{expected}, got {list(rows.shape)} at {k}; fetch it anew")
        if rows[0].any() or not rows[-1, 2] or rows[:, 2].min() < 0 or rows[:, 2].max() > 1:
            raise DatasetError(f"{expected}, pen up in {{0, 1}}, 1 at the end, got another row at {k}; fetch it anew")
    return drawings
