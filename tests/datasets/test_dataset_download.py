"""Every way in which getting a file can fail: a clean retry, or one clear error and nothing half-written."""

import errno
import gzip
import hashlib
import os
import struct
import tempfile
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from loopback import (
    BODY,
    broken,
    files_in,
    half,
    missing,
    registered,
    right,
    serve,
    silent,
    toy_entry,
    whole,
    with_files,
    wrong,
)
from torchvision.datasets import MNIST  # type: ignore[import-untyped]

from lecturelib import paths
from lecturelib.datasets import DatasetError, available, download, load, registry
from lecturelib.datasets.files import fetch


def error_of(entry):
    with pytest.raises(DatasetError) as caught:
        fetch(entry)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("toy: ")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


@pytest.mark.parametrize(
    "replies",
    [(right,), (half, right), (half, whole, right), (wrong, right), (broken, right), (silent, right)],
    ids=lambda replies: " then ".join(reply.__name__ for reply in replies),
)
def test_a_file_arrives_whole_in_spite_of_the_server_and_is_not_fetched_again(cache, site, replies):
    entry = toy_entry(site.add("toy.txt", BODY, *replies))
    for _ in range(2):
        assert fetch(entry) == [cache / "toy/toy.txt"]
        assert (cache / "toy/toy.txt").read_bytes() == BODY
        assert files_in(cache) == ["toy/toy.txt"]
        assert len(site.asked) == len(replies)


def test_a_broken_transfer_goes_on_where_it_stopped(cache, site):
    fetch(toy_entry(site.add("toy.txt", BODY, half, right)))
    (_, first), (_, second) = site.asked
    assert first is None
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= len(BODY) // 2


@pytest.mark.parametrize(
    ("reply", "tries", "reason"),
    [
        (missing, 1, "HTTP 404"),
        (broken, 3, "HTTP 500"),
        (wrong, 3, f"got {len(BODY)} with {hashlib.sha256(b'?' + BODY[1:]).hexdigest()}"),
        pytest.param(silent, 3, "no answer in 0.5 s", marks=pytest.mark.slow),
        (half, 3, "the connection broke half way"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_next_url_is_tried_and_where_all_fail_the_error_names_each_with_its_reason(
    cache, site, reply, tries, reason
):
    bad, worse = (site.add(path, BODY, reply) for path in ("bad", "worse"))
    message = error_of(toy_entry(bad, worse))
    assert bad in message
    assert worse in message
    assert message.count(reason) == 2
    assert len(site.asked) == 2 * tries
    assert str(cache / "toy/toy.txt") in message
    assert hashlib.sha256(BODY).hexdigest() in message
    assert files_in(cache) == []
    fetch(toy_entry(bad, site.add("good", BODY)))
    assert (cache / "toy/toy.txt").read_bytes() == BODY
    assert files_in(cache) == ["toy/toy.txt"]


def test_unreachable_hosts(cache):
    with serve() as gone:
        pass  # its port is closed now
    message = error_of(toy_entry(f"{gone.address}/toy.txt", "http://nowhere.invalid/toy.txt"))
    assert f"{gone.address}/toy.txt ([Errno 111] Connection refused)" in message or "refused" in message
    assert "http://nowhere.invalid/toy.txt (" in message
    assert f"place it at {cache / 'toy/toy.txt'}" in message
    assert len(message) < 1000


def test_a_corrupt_cached_file_is_downloaded_again(cache, site):
    path = cache / "toy/toy.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY[:-1])
    assert fetch(toy_entry(site.add("toy.txt", BODY))) == [path]
    assert path.read_bytes() == BODY


def test_a_corrupt_cached_file_offline_is_named_with_both_checksums_and_left_alone(cache):
    path = cache / "toy/toy.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"spoiled")
    message = error_of(toy_entry("http://127.0.0.1:9/toy.txt"))
    expected, actual = hashlib.sha256(BODY).hexdigest(), hashlib.sha256(b"spoiled").hexdigest()
    assert f"{path} is corrupt: expected SHA-256 {expected}, got {actual}" in message
    assert path.read_bytes() == b"spoiled"


def test_a_corrupt_embedded_file_is_an_error(cache, tmp_path, monkeypatch):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/toy.txt").write_bytes(b"spoiled")
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    assert "part of lecturelib, is corrupt" in error_of(replace(toy_entry(), where="embedded"))


def test_the_real_name_appears_by_renaming_only(cache, site, monkeypatch):
    def full(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert "No space left on device" in error_of(toy_entry(site.add("toy.txt", BODY)))
    assert files_in(cache) == []


def test_a_shorter_file_is_not_available(cache, monkeypatch):
    registered(monkeypatch, toy_entry())
    (cache / "toy").mkdir(parents=True)
    for body, whole_file in ((BODY[:-1], False), (BODY, True)):
        (cache / "toy/toy.txt").write_bytes(body)
        assert available("toy") == whole_file


def test_a_cache_that_is_no_folder(tmp_path, monkeypatch, site):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LECTURELIB_DATA", str(tmp_path / "file"))
    message = error_of(toy_entry(site.add("toy.txt", BODY)))
    assert "cannot be written" in message
    assert "LECTURELIB_DATA" in message
    assert site.asked == []


def test_a_folder_in_place_of_the_file(cache):
    (cache / "toy/toy.txt").mkdir(parents=True)
    assert "cannot be read" in error_of(toy_entry())


def test_stale_partial_files_are_cleared_and_fresh_ones_left_to_their_process(cache, site):
    (cache / "toy").mkdir(parents=True)
    for name, age in ((".toy.txt.1-1.partial", 2 * download.STALE), (".toy.txt.2-2.partial", 0.0)):
        (cache / "toy" / name).write_bytes(b"half")
        os.utime(cache / "toy" / name, (time.time() - age,) * 2)
    fetch(toy_entry(site.add("toy.txt", BODY)))
    assert files_in(cache) == ["toy/.toy.txt.2-2.partial", "toy/toy.txt"]


# Whole sets, small ones, from the server to tensors.


def test_binarized_mnist_through_the_net(cache, site, monkeypatch):
    generator = torch.Generator().manual_seed(0)
    rows = {
        part: torch.randint(2, (n, 784), generator=generator) for part, n in (("train", 5), ("valid", 2), ("test", 3))
    }
    bodies = {}
    for part, bits in rows.items():
        lines = [" ".join(str(int(bit)) for bit in row) for row in bits]
        bodies[f"binarized-mnist/binarized_mnist_{part}.amat"] = ("\n".join(lines) + "\n").encode()
    for path, body in bodies.items():
        site.add(path, body, half, right)
    entry = with_files(registry.get("binarized-mnist"), bodies, lambda path: (f"{site.address}/{path}",))
    registered(monkeypatch, entry)
    assert not available("binarized-mnist")
    data = load("binarized-mnist")
    assert available("binarized-mnist")
    for part, bits in rows.items():
        assert torch.equal(getattr(data, part).x, bits.float())
        assert getattr(data, part).y is None


def idx(array):
    """The format of MNIST's files: two zeros, type, dimensions, sizes, bytes."""
    return gzip.compress(struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes(), mtime=0)


def test_mnist_through_the_net_from_torchvisions_mirrors(cache, site, monkeypatch):
    random = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 7), ("t10k", 4)):
        arrays[f"{part}-images-idx3-ubyte.gz"] = random.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        arrays[f"{part}-labels-idx1-ubyte.gz"] = random.integers(0, 10, n, dtype=np.uint8)
    bodies = {name: idx(array) for name, array in arrays.items()}
    for name, body in bodies.items():
        site.add(f"dead/{name}", body, missing)
        site.add(f"mnist/{name}", body, half, right)
    monkeypatch.setattr(MNIST, "mirrors", [f"{site.address}/dead/", f"{site.address}/mnist/"])
    monkeypatch.setattr(MNIST, "resources", [(name, hashlib.md5(body).hexdigest()) for name, body in bodies.items()])
    monkeypatch.setattr("lecturelib.datasets.images.MNIST_VALID", 2)
    placed = {f"MNIST/raw/{name}": body for name, body in bodies.items()}
    registered(monkeypatch, with_files(registry.get("mnist"), placed, lambda path: ()))

    data = load("mnist")
    images = torch.from_numpy(arrays["train-images-idx3-ubyte.gz"])[:, None].float() / 255
    labels = torch.from_numpy(arrays["train-labels-idx1-ubyte.gz"]).long()
    assert torch.equal(data.train.x, images[:5])
    assert torch.equal(data.valid.x, images[5:])
    assert data.valid.y is not None
    assert torch.equal(data.valid.y, labels[5:])
    assert torch.equal(data.test.x, torch.from_numpy(arrays["t10k-images-idx3-ubyte.gz"])[:, None].float() / 255)
    assert files_in(cache) == sorted(placed)  # only what was downloaded, nothing unpacked
    asked = len(site.asked)
    load("mnist")
    assert len(site.asked) == asked

    monkeypatch.setattr(tempfile, "tempdir", str(cache / sorted(placed)[0]))  # no folder: nothing can be unpacked
    with pytest.raises(DatasetError, match=r"^mnist: cannot unpack in .*set TMPDIR"):
        load("mnist")
