"""Handwriting as pen strokes: Omniglot's drawings, and lines of English from a user's own copy of IAM-OnDB.

    >>> load("omniglot-strokes").train.x.shape         # [drawings, steps, 3]
    >>> splits, unit = read_iam(Path("IAM-OnDB"))      # may not be passed on, so `load` does not have it

The reader of IAM-OnDB follows the description of its format (Liwicki and Bunke, ICDAR 2005, and the database's own
pages). It is tested on small files made in that format, not on the database itself.
"""

import io
import pickle
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lecturelib.datasets import packed
from lecturelib.datasets.dataset import PARTS, Reader, Split
from lecturelib.datasets.download import DatasetError

ARRAYS = {("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}
# what a spoilt pickle ends in
SPOILT: tuple[type[Exception], ...] = (pickle.UnpicklingError, AttributeError, ImportError, IndexError, TypeError)
SPOILT += (*packed.ERRORS, MemoryError)
LISTS = {"train": "trainset.txt", "valid": "testset_v.txt", "test": "testset_f.txt"}  # of IAM-OnDB's forms


def read_omniglot_strokes(files: list[Path]) -> dict[str, Split]:
    """Read drawings as pen offsets: x float32 [drawings, steps, 3], lengths int64 [drawings], no y.

    x[k, t] is (dx, dy, pen up): the way from one point of drawing k to the next, y growing downwards, and 1 where the
    pen is lifted at that next point, else 0. So a step after one with pen up draws nothing, and the last step of
    every drawing has pen up. Where a drawing starts on its canvas is not in the file, whose first row is always
    (0, 0, 0): it carries no information, and a density could be infinitely sure of it, so it is left out.

    One unit is the standard deviation of dx and dy together over train's steps, as in Graves (2013) and later
    work; one number for both, so that no drawing is stretched. The points are those of the file, which were thinned
    by the Ramer-Douglas-Peucker algorithm, so they are not equally spaced in time.

    Raises:
        DatasetError: the file is not of this form.

    """
    drawings = {part: _read_omniglot(files[0], part) for part in PARTS}
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


def _read_omniglot(path: Path, part: str) -> list[np.ndarray]:
    """Return a part's drawings, each integers [points, 3]."""
    expected = f"{path}: expected {part} to be arrays [points, 3] of (dx, dy, pen up), the first row (0, 0, 0)"
    try:
        with zipfile.ZipFile(path) as archive:
            drawings = list(_arrays(packed.member(archive, f"{part}.npy")))
    except SPOILT as error:
        raise DatasetError(f"{expected}, got {' '.join(str(error).split())}; fetch it again") from None
    if not drawings:
        raise DatasetError(f"{expected}, got no drawing; fetch it again")
    for k, rows in enumerate(drawings):
        if rows.ndim != 2 or rows.shape[1] != 3 or len(rows) < 2:
            raise DatasetError(f"{expected}, got {list(rows.shape)} at {k}; fetch it again")
        if rows[0].any() or not rows[-1, 2] or rows[:, 2].min() < 0 or rows[:, 2].max() > 1:
            raise DatasetError(f"{expected}, pen up in {{0, 1}}, 1 at the end, got another row at {k}; fetch it again")
    return drawings


class _Arrays(pickle.Unpickler):
    """Arrays and nothing else: a pickle can name any function, and these are the four that NumPy's arrays need."""

    def find_class(self, module: str, name: str) -> Any:
        if (module.replace("_core", "core"), name) not in ARRAYS:
            raise pickle.UnpicklingError(f"{module}.{name} in the place of an array")
        return super().find_class(module, name)


def _arrays(content: bytes) -> list[np.ndarray]:
    """Read an array of arrays from a file of NumPy's, which holds such an array as a pickle."""
    stream = io.BytesIO(content)
    np.lib.format.read_magic(stream)
    np.lib.format.read_array_header_1_0(stream)
    arrays = np.asarray(_Arrays(stream, encoding="latin1").load(), dtype=object)
    if not all(isinstance(rows, np.ndarray) and rows.dtype.kind in "iu" for rows in arrays):
        raise ValueError("something else than arrays of integers")
    return list(arrays)


def read_iam(folder: Path | str) -> tuple[dict[str, Split], float]:
    """Read pen offsets, as in `load("omniglot-strokes")`, and their unit in the coordinates of the files.

    The folder, or folders in it, must have `lineStrokes` with one file per line, such as `a01/a01-000/a01-000u-01.xml`,
    and the lists of forms of the handwriting task: trainset.txt, testset_v.txt (the first validation set) and
    testset_f.txt, one name such as a01-000u per row. All lines of a form are in the same split.

    x[k, t] is (dx, dy, pen up) for t < lengths[k], then zero; y grows downwards. One unit is the standard deviation
    of dx and dy together over train's steps. Where a line begins is left out, and so are dots before its first stroke.

    Raises:
        DatasetError: a list or the strokes are missing, a list names a form without strokes, or a file has
            another format.

    """
    folder = Path(folder)
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("lineStrokes/**/*.xml")):
        files.setdefault(path.stem.rsplit("-", 1)[0], []).append(path)
    if not files:
        raise DatasetError(f"{folder}: expected a folder lineStrokes with XML files, got none; unpack lineStrokes-all")
    lines = {
        part: [_read_line(path) for form in _forms(folder, name, files) for path in files[form]]
        for part, name in LISTS.items()
    }
    unit = float(np.concatenate([rows[:, :2] for rows in lines["train"]]).std())
    if unit == 0:
        raise DatasetError(f"{folder}: expected a pen that moves in {LISTS['train']}'s lines, got none that does")
    return {part: _padded(rows, unit) for part, rows in lines.items()}, unit


def _forms(folder: Path, name: str, files: dict[str, list[Path]]) -> list[str]:
    """Return the names of forms in a list."""
    path = next(iter(sorted(folder.rglob(name))), None)
    if path is None:
        raise DatasetError(f"{folder}: expected the list {name}, got none; it comes with the database's task")
    try:
        forms = path.read_text(encoding="utf-8-sig").split()
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: expected names of forms in UTF-8, got {error}; copy it again") from None
    if not forms:
        raise DatasetError(f"{path}: expected names of forms, got none")
    absent = [form for form in forms if form not in files]
    if absent:
        raise DatasetError(f"{path}: expected strokes of {absent[0]!r} in lineStrokes, got none ({len(absent)} absent)")
    return forms


def _read_line(path: Path) -> np.ndarray:
    """Return a line as rows (dx, dy, pen up), float64 [steps, 3], in the file's own unit."""
    expected = f"{path}: expected <Stroke> elements of <Point x= y=>, two points or more"
    try:
        strokes = [
            [(float(point.attrib["x"]), float(point.attrib["y"])) for point in stroke.iter("Point")]
            for stroke in ET.parse(path).iter("Stroke")
        ]
    except (OSError, ET.ParseError, KeyError, ValueError) as error:
        reason = f"no attribute {error}" if isinstance(error, KeyError) else error
        raise DatasetError(f"{expected}, got {reason}; copy it again") from None
    while strokes and len(strokes[0]) < 2:
        del strokes[0]  # offsets cannot say that the pen is lifted there
    points = np.array([point for stroke in strokes for point in stroke])
    if len(points) < 2 or not np.isfinite(points).all():
        raise DatasetError(f"{expected}, got {len(points)}; copy it again")
    pen = np.array([k == len(stroke) - 1 for stroke in strokes for k in range(len(stroke))])
    return np.column_stack([np.diff(points, axis=0), pen[1:]])


def _padded(lines: list[np.ndarray], unit: float) -> Split:
    lengths = np.array([len(rows) for rows in lines])
    x = np.zeros((len(lines), lengths.max(), 3), np.float32)
    x[np.arange(x.shape[1]) < lengths[:, None]] = np.concatenate(lines) / [unit, unit, 1]
    return Split(torch.from_numpy(x), lengths=torch.from_numpy(lengths))


READERS = {"omniglot-strokes": Reader(read_omniglot_strokes)}
