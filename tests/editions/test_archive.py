"""The site as one file: all of it, the same bytes whenever and wherever it is packed."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from lecturelib.editions.__main__ import main
from lecturelib.editions.archive import pack

PAGES = {"index.html": "<a href='book/nade.html'>NADE</a>", "book/nade.html": "<p>ν</p>", "mathjax/a.js": "1"}


def site(folder: Path, names: list[str]) -> Path:
    """Write the pages in this order, with a hidden file among them."""
    for k, name in enumerate([*names, ".buildinfo"]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PAGES.get(name, "hidden"), encoding="utf-8")
        os.utime(folder / name, (k * 10**6, len(names) * 10**7 + k))
        (folder / name).chmod(0o600 if k else 0o664)
    return folder


def test_what_is_packed_is_what_is_unpacked_without_hidden_files(tmp_path):
    pack(site(tmp_path / "site", list(PAGES)), tmp_path / "out/book.zip")
    with zipfile.ZipFile(tmp_path / "out/book.zip") as archive:
        archive.extractall(tmp_path)
        assert archive.testzip() is None
    found = {
        p.relative_to(tmp_path / "book").as_posix(): p.read_text("utf-8") for p in (tmp_path / "book").rglob("*.*")
    }
    assert found == PAGES


def test_the_same_site_gives_the_same_bytes(tmp_path):
    one, other = tmp_path / "1/book.zip", tmp_path / "2/book.zip"
    checksum = pack(site(tmp_path / "a", list(PAGES)), one)
    assert checksum == pack(site(tmp_path / "b", sorted(PAGES, reverse=True)), other)
    assert one.read_bytes() == other.read_bytes()
    assert checksum == hashlib.sha256(one.read_bytes()).hexdigest()
    assert (tmp_path / "1/book.zip.sha256").read_text() == f"{checksum}  book.zip\n"
    (tmp_path / "b/mathjax/a.js").write_text("2")
    assert pack(tmp_path / "b", other) != checksum


def test_a_folder_without_a_site_is_one_line(tmp_path, capsys):
    assert main(["archive", str(tmp_path), str(tmp_path / "book.zip")]) == 1
    assert capsys.readouterr().err == f"error: {tmp_path}: expected a built site with its index.html; call: make site\n"
    with pytest.raises(ValueError, match=r"index\.html"):
        pack(tmp_path, tmp_path / "book.zip")
    assert not (tmp_path / "book.zip").exists()
