"""IAM-OnDB from a user's own copy: small files in its format, whole and damaged."""

from pathlib import Path
from typing import Any

import pytest
import torch

from lecturelib.datasets import DatasetError
from lecturelib.datasets.strokes import LISTS, read_iam

HEAD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<WhiteboardCaptureSession>\n<WhiteboardDescription>\n'
BOARD = '<SensorLocation corner="top_left"/><DiagonallyOppositeCoords x="6512" y="1376"/>\n</WhiteboardDescription>\n'


def line(*strokes: list[tuple[int, int]]) -> str:
    """A line of writing as the database has it."""
    body = ""
    for stroke in strokes:
        points = "".join(f'<Point x="{x}" y="{y}" time="12.{k}"/>\n' for k, (x, y) in enumerate(stroke))
        body += f'<Stroke colour="black" start_time="1" end_time="2">\n{points}</Stroke>\n'
    return f"{HEAD}{BOARD}<StrokeSet>\n{body}</StrokeSet>\n</WhiteboardCaptureSession>\n"


FORMS = {
    "a01-000u": [line([(10, 20), (13, 20), (13, 26)], [(20, 20), (21, 21)]), line([(0, 0), (0, 4)])],
    "a01-001z": [line([(5, 5), (6, 4)], [(9, 9)])],  # a dot at the end
    "b02-007": [line([(7, 7)], [(1, 1), (2, 2), (3, 3)])],  # and one at the beginning
}
SPLITS = {"train": ["a01-000u"], "valid": ["a01-001z"], "test": ["b02-007"]}


def copy(folder: Path, forms: dict[str, list[str]] = FORMS, splits: dict[str, list[str]] = SPLITS) -> Path:
    for form, lines in forms.items():
        place = folder / "lineStrokes" / form[:3] / form[:7]
        place.mkdir(parents=True, exist_ok=True)
        for k, text in enumerate(lines, start=1):
            (place / f"{form}-{k:02}.xml").write_text(text, encoding="latin1")
    for part, names in splits.items():
        (folder / LISTS[part]).write_text("\n".join(names) + "\n")
    return folder


def test_lines_become_offsets_of_unit_deviation(tmp_path):
    splits, unit = read_iam(copy(tmp_path))
    offsets = torch.tensor([[3, 0], [0, 6], [7, -6], [1, 1], [0, 4]]).double()
    assert unit == pytest.approx(offsets.std(correction=0).item())
    train: Any = splits["train"]
    assert train.lengths.tolist() == [4, 1]
    assert train.x.dtype == torch.float32
    assert torch.allclose(train.x[0, :, :2].double() * unit, offsets[:4])
    assert train.x[0, :, 2].tolist() == [0, 1, 0, 1]  # up behind the third point and at the end
    assert torch.allclose(train.x[1, 0].double() * torch.tensor([unit, unit, 1]), torch.tensor([0.0, 4, 1]).double())
    assert not train.x[1, 1:].any()
    valid: Any = splits["valid"]
    assert valid.x[0, :, 2].tolist() == [1, 1]
    test: Any = splits["test"]
    assert test.lengths.tolist() == [2]
    assert test.x[0, :, 2].tolist() == [0, 1]


def test_folders_may_lie_deeper_and_the_path_be_a_string(tmp_path):
    expected, _ = read_iam(copy(tmp_path / "flat"))
    deep = copy(tmp_path / "deep" / "original")
    (deep / "tasks").mkdir()
    for name in LISTS.values():
        (deep / name).rename(deep / "tasks" / name)
    splits, _ = read_iam(str(tmp_path / "deep"))
    assert all(torch.equal(splits[part].x, expected[part].x) for part in LISTS)


def without(part: str) -> dict[str, list[str]]:
    return {name: forms for name, forms in SPLITS.items() if name != part}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"forms": {}}, "expected a folder lineStrokes with XML files, got none; unpack lineStrokes-all"),
        ({"splits": without("valid")}, "expected the list testset_v.txt, got none; it comes with the database's task"),
        ({"splits": SPLITS | {"test": []}}, "testset_f.txt: expected names of forms, got none"),
        (
            {"splits": SPLITS | {"test": ["b02-007", "c03-000"]}},
            r"expected strokes of 'c03-000' in lineStrokes, got none \(1 absent\)",
        ),
        (
            {"forms": FORMS | {"a01-000u": ["<Stroke"]}},
            "expected <Stroke> elements of .*, got unclosed token: line 1.*",
        ),
        ({"forms": FORMS | {"a01-000u": [line([(1, 1)])]}}, "two points or more, got 0; copy it again"),
        (
            {"forms": FORMS | {"a01-000u": [line([(1, 1), (2, 2)]).replace(' y="2"', "")]}},
            "two points or more, got no attribute 'y'; copy it again",
        ),
        (
            {"forms": FORMS | {"a01-000u": [line([(1, 1), (2, 2)]).replace('"2"', '"two"')]}},
            "two points or more, got could not convert .*; copy it again",
        ),
        (
            {"forms": FORMS | {"a01-000u": [line([(1, 1), (1, 1)])]}},
            "expected a pen that moves in trainset.txt's lines",
        ),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(tmp_path, changes, message):
    with pytest.raises(DatasetError, match=message) as error:
        read_iam(copy(tmp_path, **changes))
    assert str(error.value).startswith(str(tmp_path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"\xff\xfea\0", "expected names of forms in UTF-8, got 'utf-8' codec can't decode byte 0xff"),
        (b"a01-000u\0\n", r"expected strokes of 'a01-000u\\x00' in lineStrokes, got none"),
        (b"\xef\xbb\xbf\n\n", "expected names of forms, got none"),
    ],
)
def test_lists_of_bytes_that_are_no_text(tmp_path, content, got):
    folder = copy(tmp_path)
    next(folder.rglob("trainset.txt")).write_bytes(content)
    with pytest.raises(DatasetError, match=got) as error:
        read_iam(folder)
    assert not set("\n\0") & set(str(error.value))


def test_an_absent_folder(tmp_path):
    with pytest.raises(DatasetError, match="expected a folder lineStrokes"):
        read_iam(tmp_path / "nowhere")
