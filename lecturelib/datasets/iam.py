"""IAM-OnDB, lines of English written on a whiteboard, from a user's own copy: it may not be passed on.

    >>> splits, unit = read_iam(Path("IAM-OnDB"))
    >>> splits["train"].x.shape              # [lines, steps, 3]

Written after the format's description (Liwicki and Bunke, ICDAR 2005, and the database's own pages) and tested on small
files made in that format, not on the database itself.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import torch

from lecturelib.datasets.dataset import Split
from lecturelib.datasets.download import DatasetError

LISTS = {"train": "trainset.txt", "valid": "testset_v.txt", "test": "testset_f.txt"}


def read_iam(folder: Path | str) -> tuple[dict[str, Split], float]:
    """Read pen offsets, as `load("omniglot-strokes")` has them, and the unit: how many of the file's whole numbers.

    The folder, or folders in it, must have `lineStrokes` with a file a line of writing, `a01/a01-000/a01-000u-01.xml`,
    and the lists of forms of the handwriting task: trainset.txt, testset_v.txt (the first validation set) and
    testset_f.txt, a name such as a01-000u in each row. All lines of a form belong to its split.

    x[k, t] is (dx, dy, pen up) for t < lengths[k], zero behind; y grows downwards. One unit is the standard deviation
    of dx and dy together over train's steps. Where a line begins is left out, and so are dots before its first stroke.

    Raises:
        DatasetError: a list or the strokes are missing, a list names a form that has no strokes, or a file is of
            another form.

    """
    folder = Path(folder)
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("lineStrokes/**/*.xml")):
        files.setdefault(path.stem.rsplit("-", 1)[0], []).append(path)
    if not files:
        raise DatasetError(f"{folder}: expected a folder lineStrokes with XML files, got none; unpack lineStrokes-all")
    lines = {
        part: [_read(path) for form in _forms(folder, name, files) for path in files[form]]
        for part, name in LISTS.items()
    }
    unit = float(np.concatenate([rows[:, :2] for rows in lines["train"]]).std())
    if unit == 0:
        raise DatasetError(f"{folder}: expected a pen that moves in {LISTS['train']}'s lines, got none that does")
    return {part: _split(rows, unit) for part, rows in lines.items()}, unit


def _forms(folder: Path, name: str, files: dict[str, list[Path]]) -> list[str]:
    """Return the names of forms in a list."""
    path = next(iter(sorted(folder.rglob(name))), None)
    if path is None:
        raise DatasetError(f"{folder}: expected the list {name}, got none; it comes with the database's task")
    forms = path.read_text(encoding="utf-8").split()
    if not forms:
        raise DatasetError(f"{path}: expected names of forms, got none")
    absent = [form for form in forms if form not in files]
    if absent:
        raise DatasetError(f"{path}: expected strokes of {absent[0]} in lineStrokes, got none ({len(absent)} absent)")
    return forms


def _read(path: Path) -> np.ndarray:
    """Return a line as rows (dx, dy, pen up), float64 [steps, 3], in the file's own unit."""
    expected = f"{path}: expected <Stroke> elements of <Point x= y=>, two points or more"
    try:
        strokes = [
            [(float(point.attrib["x"]), float(point.attrib["y"])) for point in stroke.iter("Point")]
            for stroke in ElementTree.parse(path).iter("Stroke")
        ]
    except (OSError, ElementTree.ParseError, KeyError, ValueError) as error:
        reason = f"no attribute {error}" if isinstance(error, KeyError) else error
        raise DatasetError(f"{expected}, got {reason}; copy it anew") from None
    while strokes and len(strokes[0]) < 2:
        del strokes[0]  # that the pen is lifted behind the first point cannot be said in offsets
    points = np.array([point for stroke in strokes for point in stroke])
    if len(points) < 2 or not np.isfinite(points).all():
        raise DatasetError(f"{expected}, got {len(points)}; copy it anew")
    pen = np.array([k == len(stroke) - 1 for stroke in strokes for k in range(len(stroke))])
    return np.column_stack([np.diff(points, axis=0), pen[1:]])


def _split(lines: list[np.ndarray], unit: float) -> Split:
    lengths = np.array([len(rows) for rows in lines])
    x = np.zeros((len(lines), lengths.max(), 3), np.float32)
    x[np.arange(x.shape[1]) < lengths[:, None]] = np.concatenate(lines) / [unit, unit, 1]
    return Split(torch.from_numpy(x), lengths=torch.from_numpy(lengths))
