"""Spoilt, swollen and hostile files: each reader has one error for them, in bounded memory, and writes nothing."""

import bz2
import gzip
import io
import lzma
import pickle
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import BODY, files_in, registered, toy_entry

from lecturelib.datasets import DatasetError, files, packed, strokes
from lecturelib.datasets.loading import READERS

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

ZEROS = bytes(1 << 20)


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=True, **arrays)
    return stream.getvalue()


def objects(*rows: Any) -> np.ndarray:
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


DRAWING = np.array([[0, 0, 0], [3, 4, 1]], np.int16)
TEXT = b"one two\n\nthree\n\nfour\n\nfive\n\n" * 8
AMAT = b"0 1 " * 391 + b"0 1\n"
PIXELS = np.zeros((2, 784), np.uint8)
CONLLU = b"1\tone\t_\tNUM\t_\t_\t_\t_\t_\t_\n\n"
# a small right file of each form; what is fuzzed is made of these
RIGHT: dict[str, bytes] = {
    "mnist-5k": npz(train_x=PIXELS, train_y=PIXELS[:, 0], valid_x=PIXELS, valid_y=PIXELS[:, 0]),
    "binarized-mnist": AMAT,
    "omniglot-strokes": npz(train=objects(DRAWING), valid=objects(DRAWING), test=objects(DRAWING)),
    "shakespeare": lzma.compress(TEXT, preset=0),
    "wikipedia-markup": bz2.compress(b"<mediawiki><page><ns>0</ns></page></mediawiki>"),
    "brown": zipped(**{"brown/ca01": b"one/cd two/cd ./.\n\n\n"}),
    "wikipedia-2014": b'<doc id="1" url="u" title="t">\nt\nwords\n</doc>\n',
    "rt-polarity": zipped(**{f"sentence_polarity/rt-polarity.{of}": b"a b\nc\n" * 10 for of in ("neg", "pos")}),
    "ud-ewt": CONLLU,
    "wnut17": b"one\tO\ntwo\tB-person\n\n",
    "tatoeba-en-es": zipped(**{"spa-eng/spa.txt": b"Go.\tVe.\tcc\n" * 20}),
    "freedict-en-es": gzip.compress(b"house /haus/\ncasa\n"),
    "analogies": b": capitals\nAthens Greece Oslo Norway\n",
    "simlex999": b"old\tnew\t1.58\n",
    "glove-50d": b"the 1 2\nof 3 4\n",
}
FORMS = sorted(RIGHT)


def spoilt() -> Any:
    """Draw a form, and bytes: cut off, with bytes changed, of another form, repeated, or anything."""
    cuts = st.tuples(st.floats(0, 1), st.binary(max_size=6), st.floats(0, 1))

    def spoil(form: str, other: str, where: tuple[float, bytes, float], way: str) -> tuple[str, bytes]:
        body, (begin, new, end) = RIGHT[form], where
        k, n = int(begin * len(body)), int(end * len(body))
        ways = {
            "cut": body[:k],
            "changed": body[:k] + new + body[k + len(new) :],
            "inserted": body[:k] + new + body[k:],
            "moved": body[n:] + body[:n],
            "twice": body + body[:k],
            "other": RIGHT[other],
            "noise": new,
        }
        return form, ways[way]

    kinds = st.sampled_from(["cut", "changed", "inserted", "moved", "twice", "other", "noise"])
    return st.builds(spoil, st.sampled_from(FORMS), st.sampled_from(FORMS), cuts, kinds)


def test_spoilt_files_are_data_or_one_clear_error(tmp_path: Path):
    folder = tmp_path / "set"
    folder.mkdir()
    refused = 0

    @hypothesis.settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @hypothesis.given(spoilt())
    def check(drawn: tuple[str, bytes]) -> None:
        nonlocal refused
        form, body = drawn
        paths = [folder / f"{form}.{k}" for k in range(3)]
        for path in paths:
            path.write_bytes(body)
        several = {"binarized-mnist": 3, "ud-ewt": 3, "wnut17": 3, "freedict-en-es": 2}
        message = ""
        try:
            READERS[form].read(paths[: several.get(form, 1)])
        except DatasetError as error:
            message = str(error)
            refused += 1
        assert "\n" not in message
        assert not message or str(folder) in message
        for path in paths:
            path.unlink()
        assert files_in(tmp_path) == []

    check()
    assert refused > 50


@pytest.mark.parametrize(
    ("form", "bomb"),
    [
        ("gzip", lambda: gzip.compress(ZEROS)),
        ("bz2", lambda: bz2.compress(ZEROS)),
        ("xz", lambda: lzma.compress(ZEROS, preset=0)),
    ],
)
def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, bomb: Callable[[], bytes]):
    (tmp_path / "x").write_bytes(bomb())
    assert packed.unpack(tmp_path / "x", form) == ZEROS
    monkeypatch.setattr(packed, "MOST", len(ZEROS) - 1)
    with pytest.raises(ValueError, match="more than 1048575 bytes unpacked"):
        packed.unpack(tmp_path / "x", form)


BOMBS = {
    "shakespeare": lambda: lzma.compress(ZEROS, preset=0),
    "wikipedia-markup": lambda: bz2.compress(ZEROS),
    "freedict-en-es": lambda: gzip.compress(ZEROS),
    "brown": lambda: zipped(**{"brown/ca01": ZEROS}),
    "rt-polarity": lambda: zipped(**{f"sentence_polarity/rt-polarity.{of}": ZEROS for of in ("neg", "pos")}),
    "tatoeba-en-es": lambda: zipped(**{"spa-eng/spa.txt": ZEROS}),
    "omniglot-strokes": lambda: npz(train=np.zeros(len(ZEROS), np.uint8)),
}


@pytest.mark.parametrize("form", sorted(BOMBS))
def test_each_reader_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str):
    monkeypatch.setattr(packed, "MOST", len(ZEROS) - 1)
    (tmp_path / "x").write_bytes(BOMBS[form]())
    with pytest.raises(DatasetError, match="more than 1048575 bytes unpacked"):
        READERS[form].read([tmp_path / "x"] * (2 if form == "freedict-en-es" else 1))


def test_no_set_comes_near_the_bound():
    from lecturelib.datasets.registry import read

    assert all(file.bytes * 2 < packed.MOST for entry in read().values() for file in entry.files)


class Hostile:
    def __reduce__(self) -> Any:
        return print, ("a pickle was obeyed",)


@pytest.mark.parametrize("wrap", [lambda: objects(Hostile()), lambda: objects(DRAWING, [Hostile()])])
def test_a_pickle_of_drawings_calls_nothing(tmp_path: Path, capsys: Any, wrap: Callable[[], np.ndarray]):
    (tmp_path / "x.npz").write_bytes(npz(train=wrap()))
    with pytest.raises(DatasetError, match=r"builtins\.print in the place of an array"):
        READERS["omniglot-strokes"].read([tmp_path / "x.npz"])
    assert capsys.readouterr().out == ""


def test_no_other_reader_unpickles():
    """CIFAR-10 is read by torchvision's class, once its checksum has been verified."""
    folder = Path(files.__file__).parent
    users = [
        path.name
        for path in sorted(folder.glob("*.py"))
        if re.search(r"\bimport.* pickle|allow_pickle", path.read_text(encoding="utf-8"))
    ]
    assert users == ["images.py", "strokes.py"]
    assert "allow_pickle=False" in (folder / "images.py").read_text(encoding="utf-8")
    assert issubclass(strokes._Arrays, pickle.Unpickler)


def test_a_server_that_never_stops_fills_no_disk(cache: Path, site: Any):
    sent = 0

    def endless(handler: Any, body: bytes) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Length", str(200 * len(body)))
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(body)
            sent += 1

    with pytest.raises(DatasetError, match=f"more than {2 * len(BODY)} bytes arrived"):
        files.fetch(toy_entry(site.add("toy.txt", BODY, endless)))
    assert files_in(cache) == []
    assert sent < 3 * 100


def test_no_member_of_an_archive_is_written_anywhere_else(cache: Path, site: Any, monkeypatch: pytest.MonkeyPatch):
    """Absolute names, names that climb, links, and a member that is larger than the registry says."""
    import hashlib
    from dataclasses import replace

    from lecturelib.datasets.registry import File

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, size in (("../outside", 3), (str(cache.parent / "outside"), 3), ("toy/toy.txt", len(BODY) + 1)):
            info = tarfile.TarInfo(name)
            info.size = size
            tar.addfile(info, io.BytesIO(bytes(size)))
        link = tarfile.TarInfo("toy/toy.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    body = stream.getvalue()
    archive = File("toy.tar.gz", hashlib.sha256(body).hexdigest(), len(body), (site.add("toy.tar.gz", body),))
    entry = replace(toy_entry(), archive=archive)
    registered(monkeypatch, entry)
    with pytest.raises(DatasetError, match=r"toy/toy.txt: expected 280000 bytes, got 280001"):
        files.fetch(entry)
    assert files_in(cache.parent) == ["cache/toy.tar.gz"]
