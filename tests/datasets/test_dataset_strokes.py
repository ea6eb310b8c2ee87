"""Omniglot's strokes: what the file says, and files of another form."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from loopback import half, registered, right, with_files

from lecturelib.datasets import DatasetError, load, registry, strokes
from lecturelib.datasets.files import fetch

ENTRY = registry.get("omniglot-strokes")


@pytest.mark.slow
@pytest.mark.needs_data("omniglot-strokes")
def test_omniglot_strokes():
    data = load("omniglot-strokes")
    assert data.counts == {"train": 30_000, "valid": 1_000, "test": 1_000}  # the published split
    with np.load(fetch(ENTRY)[0], allow_pickle=True, encoding="latin1") as arrays:
        drawings = {part: list(arrays[part]) for part in ("train", "valid", "test")}
    scale = float(np.concatenate([rows[1:, :2] for rows in drawings["train"]]).astype(float).std())
    assert f"{scale:.2f}" in data.note
    seen: set[bytes] = set()
    for part, rows in drawings.items():
        split = getattr(data, part)
        assert split.x.shape == (len(rows), 156, 3)
        assert (split.x.dtype, split.lengths.dtype) == (torch.float32, torch.int64)
        assert split.y is None
        real = torch.arange(156) < split.lengths[:, None]
        assert not split.x[~real].any()
        assert split.x[..., 2].unique().tolist() == [0, 1]
        assert split.x[torch.arange(len(rows)), split.lengths - 1, 2].all()  # every drawing ends with the pen up
        for k in range(0, len(rows), 97):
            steps = split.x[k, : split.lengths[k]].numpy()
            assert np.array_equal(np.rint(steps * [scale, scale, 1]), rows[k][1:])
        assert split.lengths.min() >= 1
        mine = {steps.tobytes() for steps in split.x.numpy()}
        assert not seen & mine
        seen |= mine
    lengths = {part: getattr(data, part).lengths for part in drawings}
    assert [int(steps.sum()) for steps in lengths.values()] == [903_430, 30_719, 30_144]
    assert [int(steps.max()) for steps in lengths.values()] == [142, 156, 130]
    offsets = data.train.x[torch.arange(156) < lengths["train"][:, None]]
    assert float(offsets[:, :2].std(correction=0)) == pytest.approx(1, abs=1e-5)
    assert float((offsets[:, :2] == 0).double().mean()) == pytest.approx(0.23, abs=0.005)  # as the note says
    assert float(offsets[:, 2].mean()) == pytest.approx(0.0808, abs=1e-4)


@pytest.mark.needs_data("omniglot-strokes")
def test_people_write_to_the_right_and_downwards():
    data = load("omniglot-strokes")
    ends = data.train.x[..., :2].sum(1).mean(0)
    assert (ends > 0.5).all()  # from first to last point: which x and y of the file is which, and which way they go


def npz(**parts: list[Any]) -> bytes:
    stream = io.BytesIO()
    arrays = {part: np.empty(len(drawings), object) for part, drawings in parts.items()}
    for part, drawings in parts.items():
        for k, rows in enumerate(drawings):
            arrays[part][k] = np.array(rows, np.int16)
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


LINE = [[0, 0, 0], [3, 4, 1]]
ANGLE = [[0, 0, 0], [-3, 0, 0], [0, -4, 1], [0, 0, 1]]


def test_omniglot_strokes_through_the_net(cache, site, monkeypatch):
    path = ENTRY.files[0].path
    body = npz(train=[LINE, ANGLE], valid=[ANGLE], test=[LINE, LINE])
    url = site.add("omniglot.npz", body, half, right)
    registered(monkeypatch, with_files(ENTRY, {path: body}, lambda path: (url,)))
    data = load("omniglot-strokes")
    assert data.train.lengths is not None
    assert data.train.lengths.tolist() == [1, 3]
    s = np.std([3, 4, -3, 0, 0, -4, 0, 0])
    expected = torch.tensor(
        [[[3 / s, 4 / s, 1], [0, 0, 0], [0, 0, 0]], [[-3 / s, 0, 0], [0, -4 / s, 1], [0, 0, 1]]], dtype=torch.float32
    )
    assert torch.allclose(data.train.x, expected)
    assert torch.allclose(data.valid.x, expected[1:])
    assert torch.allclose(data.test.x, expected[[0, 0]])  # as long as the longest of all splits


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"", "got "),
        (b"no zip", "got "),
        (npz(train=[LINE])[:-30], "got "),
        (npz(valid=[LINE]), "got .*train"),
        (npz(train=[LINE, [[0, 0], [1, 1]]]), r"got \[2, 2\] at 1"),
        (npz(train=[[[0, 0, 0]]]), r"got \[1, 3\] at 0"),
        (npz(train=[[[1, 0, 0], [1, 0, 1]]]), "got another row at 0"),
        (npz(train=[[[0, 0, 0], [1, 0, 0]]]), "got another row at 0"),
        (npz(train=[[[0, 0, 0], [1, 0, 2], [1, 0, 1]]]), "got another row at 0"),
        (npz(train=[[[0, 0, 0], [1, 0, -1], [1, 0, 1]]]), "got another row at 0"),
        (npz(train=[], valid=[ANGLE], test=[LINE]), "got no drawing"),
    ],
)
def test_files_of_another_form(tmp_path, body, got):
    (tmp_path / "x.npz").write_bytes(body)
    with pytest.raises(DatasetError, match=f"x.npz: expected train to be .*{got}.*; fetch it again$") as caught:
        strokes.read_omniglot_strokes([tmp_path / "x.npz"])
    assert "\n" not in str(caught.value)
