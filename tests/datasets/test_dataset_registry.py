"""The registry of data sets: complete, known to readers and type checker; wrong entries and names are named."""

import ast
import hashlib
import importlib
from pathlib import Path
from typing import get_args

import pytest
from loopback import registered, toy_entry

from lecturelib import paths
from lecturelib.datasets import (
    Dataset,
    DatasetError,
    available,
    checksum,
    load,
    loading,
    names,
    registry,
)
from lecturelib.datasets.loading import READERS

OTHERS = [name for name, reader in READERS.items() if reader.kind is not Dataset]


def test_every_set_of_the_registry_has_a_reader_and_every_reader_a_set():
    assert set(names()) == set(READERS), "data/registry.toml and the READERS in lecturelib/datasets differ"


def test_every_module_with_readers_is_in_loading():
    modules = [path.stem for path in Path(paths.PACKAGE / "datasets").glob("*.py")]
    found = {m for m in modules if hasattr(importlib.import_module(f"lecturelib.datasets.{m}"), "READERS")}
    assert found - {"loading"} == {kind.__name__.split(".")[-1] for kind in loading.KINDS}


def test_the_type_checker_knows_the_sets_of_other_kinds():
    """Each set that is not a `Dataset` has an overload of `load`."""
    functions = [
        node for node in ast.parse(Path(loading.__file__).read_text()).body if isinstance(node, ast.FunctionDef)
    ]
    hints = [(eval(ast.unparse(f.args.args[0].annotation or f), vars(loading)), f.returns) for f in functions]
    spelt_out = {name: ast.unparse(kind or ast.Name("none")) for names, kind in hints for name in get_args(names)}
    assert spelt_out == {name: READERS[name].kind.__name__ for name in OTHERS}


def test_registry_is_complete_and_the_embedded_files_are_small():
    ships = 0
    for entry in registry.read().values():
        assert entry.files
        assert available(entry.name) or entry.where != "embedded"
        for file in entry.files:
            assert len(file.sha256) == 64
            assert file.urls or entry.archive or entry.where == "embedded"
            assert file.bytes < 1e9
            ships += file.bytes if entry.where == "embedded" else 0
    assert ships < 3.5e6, "what is embedded is in every clone and every wheel"
    assert len({checksum(name) for name in names()}) == len(names())


TOY = """
[toy]
title = "A toy"
licence = "public domain"
citation = "nobody"
source = "a test"
where = "embedded"

[[toy.files]]
path = "toy.txt"
bytes = 3
sha256 = "0123"
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('where = "emb', 'counts = 3\nwhere = "emb', r"\[toy\]: expected the fields title, .*, got 'counts'"),
        ('licence = "public domain"\n', "", r"\[toy\]: expected a field 'licence', got none"),
        ('"A toy"', '""', r"\[toy\] title: expected a text, got ''"),
        ('"nobody"', "1999", r"\[toy\] citation: expected a text, got 1999"),
        ('"embedded"', '"here"', r"\[toy\] where: expected one of embedded, torchvision, download, got 'here'"),
        ("bytes = 3", 'bytes = "3"', r"\[toy\] files\[0\] bytes: expected a number of bytes, got '3'"),
        ("bytes = 3\n", "", r"\[toy\] files\[0\]: expected a field 'bytes', got none"),
        ("sha256", "sha", r"\[toy\] files\[0\]: expected the fields path, sha256, bytes, urls, got 'sha'"),
        ("[[toy.files]]", "[toy.files]", r"\[toy\] files\[0\]: expected a table, got 'path'"),
    ],
)
def test_a_wrong_entry_is_named_with_its_file(tmp_path, monkeypatch, old, new, message):
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    (tmp_path / "registry.toml").write_text(TOY)
    assert names() == ["toy"]
    assert TOY.count(old) == 1
    (tmp_path / "registry.toml").write_text(TOY.replace(old, new))
    with pytest.raises(ValueError, match=r"registry\.toml: " + message):
        names()


def test_a_set_without_reader_is_named(monkeypatch):
    registered(monkeypatch, toy_entry())
    with pytest.raises(DatasetError, match=r"^toy: expected a reader .*READERS of a module in lecturelib/datasets$"):
        load("toy")


def test_checksum_changes_with_any_file(monkeypatch):
    registered(monkeypatch, toy_entry(body=b"a"))
    first = checksum("toy")
    registered(monkeypatch, toy_entry(body=b"b"))
    assert checksum("toy") != first
    assert first == hashlib.sha256(f"{hashlib.sha256(b'a').hexdigest()}  toy/toy.txt\n".encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("minst", "mnist"),
        ("MNIST", "mnist"),
        ("mnist_5k", "mnist-5k"),
        ("shakespear", "shakespeare"),
        ("CIFAR-10", "cifar10"),
        ("omniglot", "omniglot-strokes"),
        ("wikipedia", "wikipedia-2014"),
        ("Brown", "brown"),
        ("wordsim-353", "wordsim353"),
        ("tatoeba", "tatoeba-en-es"),
    ],
)
def test_an_unknown_name_gets_the_nearest_and_all_known(name, hint):
    message = f"^name: .*mnist-5k, silhouettes, mnist, .*got '{name}'; did you mean '{hint}'"
    with pytest.raises(ValueError, match=message) as caught:
        load(name)
    assert "\n" not in str(caught.value)
    for ask in (available, checksum):
        with pytest.raises(ValueError, match="did you mean"):
            ask(name)


def test_a_name_like_none_gets_no_hint():
    with pytest.raises(ValueError, match=r"got 'xyzzy'$"):
        load("xyzzy")
