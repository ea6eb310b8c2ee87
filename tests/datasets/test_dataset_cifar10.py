"""CIFAR-10: what its files say, and its archive's way from the net into the cache."""

import gzip
import hashlib
import io
import pickle
import tarfile
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from loopback import files_in, half, missing, registered, right, with_files
from torchvision.datasets import CIFAR10  # type: ignore[import-untyped]

from lecturelib.datasets import DatasetError, Split, available, files, load, loading, registry
from lecturelib.datasets.dataset import Reader
from lecturelib.datasets.registry import File

ENTRY = registry.get("cifar10")
BATCHES = [f"data_batch_{k}" for k in range(1, 6)]


@pytest.mark.slow
@pytest.mark.needs_data("cifar10")
def test_cifar10_is_what_its_files_say():
    data = load("cifar10")
    assert data.counts == {"train": 45_000, "valid": 5_000, "test": 10_000}
    splits = [data.train, data.valid, data.test]
    for split in splits:
        assert split.x.shape[1:] == (3, 32, 32)
        assert split.y is not None
        assert (split.x.dtype, split.y.dtype) == (torch.uint8, torch.int64)
        assert split.x.is_contiguous()
        assert (split.x.min(), split.x.max()) == (0, 255)
        assert split.y.unique().tolist() == list(range(10))
    raw = {}
    for path in files.fetch(ENTRY):
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw[path.name] = pickle.load(stream, encoding="bytes")
    pixels = np.concatenate([raw[name][b"data"].reshape(-1, 3, 32, 32) for name in [*BATCHES, "test_batch"]])
    assert np.array_equal(torch.cat([split.x for split in splits]).numpy(), pixels)
    labels = [label for name in [*BATCHES, "test_batch"] for label in raw[name][b"labels"]]
    assert torch.cat([split.y for split in splits if split.y is not None]).tolist() == labels
    assert ", ".join(name.decode() for name in raw["batches.meta"][b"label_names"]) in data.note

    # What is well known of it: the classes' sizes, the channels' means, and that the first image shows a frog.
    assert np.bincount(labels[:50_000]).tolist() == 10 * [5000]
    assert np.bincount(labels[50_000:]).tolist() == 10 * [1000]
    means = pixels[:50_000].mean((0, 2, 3)) / 255
    assert means.tolist() == pytest.approx([0.4914, 0.4822, 0.4465], abs=1e-4)
    assert labels[0] == 6
    assert len({image.tobytes() for image in pixels}) == 60_000  # so no image is in two splits


# Small batches, from the server to tensors.


def batch(pixels: np.ndarray, labels: list[int]) -> bytes:
    return pickle.dumps({"data": pixels.reshape(-1, 3072), "labels": labels}, protocol=2)


def small_batches(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, bytes], dict[str, np.ndarray]]:
    """The set's files with three images a batch, and the images; torchvision is told their MD5s."""
    random = np.random.default_rng(0)
    images = {name: random.integers(0, 256, (3, 3, 32, 32), dtype=np.uint8) for name in [*BATCHES, "test_batch"]}
    bodies = {name: batch(pixels, [0, 5, k]) for k, (name, pixels) in enumerate(images.items())}
    bodies["batches.meta"] = pickle.dumps({"label_names": list("abcdefghij")}, protocol=2)
    md5 = {name: hashlib.md5(body).hexdigest() for name, body in bodies.items()}
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5[name]] for name in BATCHES])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": md5["batches.meta"]})
    monkeypatch.setattr("lecturelib.datasets.images.CIFAR10_VALID", 2)
    return {f"cifar-10-batches-py/{name}": body for name, body in bodies.items()}, images


def packed(bodies: dict[str, bytes]) -> bytes:
    """A tar.gz with the files, a folder and one file more, as the real one has them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        folder = tarfile.TarInfo("cifar-10-batches-py")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for path, body in {**bodies, "cifar-10-batches-py/readme.html": b"<html>", "../outside": b"no"}.items():
            member = tarfile.TarInfo(path)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return gzip.compress(stream.getvalue(), mtime=0)


def small_entry(bodies: dict[str, bytes], archive: bytes, *urls: str) -> registry.Entry:
    file = File("cifar-10-python.tar.gz", hashlib.sha256(archive).hexdigest(), len(archive), urls)
    return replace(with_files(ENTRY, bodies, lambda path: ()), archive=file)


def test_cifar10_through_the_net_from_the_address_that_torchvision_knows(cache, site, monkeypatch):
    bodies, images = small_batches(monkeypatch)
    archive = packed(bodies)
    dead = site.add("dead.tar.gz", archive, missing)
    monkeypatch.setattr(CIFAR10, "url", site.add("cifar-10-python.tar.gz", archive, half, right))
    registered(monkeypatch, small_entry(bodies, archive, dead))
    assert not available("cifar10")
    data = load("cifar10")
    assert available("cifar10")
    train = torch.from_numpy(np.concatenate([images[name] for name in BATCHES]))
    assert torch.equal(data.train.x, train[:13])
    assert torch.equal(data.valid.x, train[13:])
    assert torch.equal(data.test.x, torch.from_numpy(images["test_batch"]))
    labels = [split.y.tolist() for split in (data.train, data.valid, data.test) if split.y is not None]
    assert labels == [[0, 5, 0, 0, 5, 1, 0, 5, 2, 0, 5, 3, 0], [5, 4], [0, 5, 5]]
    assert files_in(cache) == ["cifar-10-batches-py/" + path.split("/")[1] for path in sorted(bodies)] + [
        "cifar-10-python.tar.gz"
    ]
    assert not (cache.parent / "outside").exists()

    asked = len(site.asked)
    (cache / "cifar-10-batches-py/data_batch_2").write_bytes(b"spoiled")  # mended from the archive, not from the net
    assert torch.equal(load("cifar10").train.x, data.train.x)
    (cache / "cifar-10-python.tar.gz").unlink()  # the files alone are enough
    assert available("cifar10")
    assert torch.equal(load("cifar10").train.x, data.train.x)
    assert len(site.asked) == asked


def test_an_archive_placed_by_hand_is_enough(cache, monkeypatch):
    bodies, _ = small_batches(monkeypatch)
    archive = packed(bodies)
    cache.mkdir()
    (cache / "cifar-10-python.tar.gz").write_bytes(archive)
    registered(monkeypatch, small_entry(bodies, archive, "http://127.0.0.1:9/x"))
    assert available("cifar10")
    assert load("cifar10").counts == {"train": 13, "valid": 2, "test": 3}


def test_an_archive_that_cannot_be_had_is_named_with_its_checksum(cache, site, monkeypatch):
    bodies, _ = small_batches(monkeypatch)
    archive = packed(bodies)
    monkeypatch.setattr(CIFAR10, "url", site.add("cifar-10-python.tar.gz", archive, missing))
    entry = small_entry(bodies, archive)
    with pytest.raises(
        DatasetError, match=r"^cifar10: .*cifar-10-python.tar.gz is absent and .* \(HTTP 404\)"
    ) as caught:
        files.fetch(entry)
    assert hashlib.sha256(archive).hexdigest() in str(caught.value)
    assert f"place it at {cache / 'cifar-10-python.tar.gz'}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files_in(cache) == []


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda bodies: bodies.pop("cifar-10-batches-py/test_batch"), "test_batch, unpacked from .*, is absent"),
        (
            lambda bodies: bodies.update({"cifar-10-batches-py/test_batch": b"?"}),
            "test_batch, .*, is corrupt: expected",
        ),
    ],
    ids=["a file lacks", "another file"],
)
def test_an_archive_with_other_files_than_the_registry_says(cache, site, monkeypatch, spoil, reason):
    bodies, _ = small_batches(monkeypatch)
    other = dict(bodies)
    spoil(other)
    archive = packed(other)
    with pytest.raises(DatasetError, match=f"^cifar10: .*{reason}.* fetch the set again$"):
        files.fetch(small_entry(bodies, archive, site.add("x.tar.gz", archive)))


@pytest.mark.parametrize("content", [b"no archive", gzip.compress(b"no archive")[:-9]], ids=["no tar", "cut off"])
def test_an_archive_that_cannot_be_unpacked(cache, site, monkeypatch, content):
    bodies, _ = small_batches(monkeypatch)
    with pytest.raises(DatasetError, match=r"^cifar10: .* cannot be unpacked in .*LECTURELIB_DATA") as caught:
        files.fetch(small_entry(bodies, content, site.add("x.tar.gz", content)))
    assert "\n" not in str(caught.value)


def test_a_disk_that_is_full_while_unpacking_leaves_no_half_file(cache, site, monkeypatch):
    bodies, _ = small_batches(monkeypatch)
    archive = packed(bodies)

    def full(source, target):
        target.write(source.read(100))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(DatasetError, match=r"^cifar10: .* No space left on device; free 0\.1 MB there"):
        files.fetch(small_entry(bodies, archive, site.add("x.tar.gz", archive)))
    assert files_in(cache) == ["cifar-10-python.tar.gz"]


def test_numpy_s_warning_of_old_pickles_is_silenced_and_no_other(monkeypatch):
    message = "dtype(): align should be passed as Python or NumPy boolean but got `align=0`."
    kind = np.exceptions.VisibleDeprecationWarning

    def reader(paths):
        warnings.warn(message, kind, stacklevel=1)
        return dict.fromkeys(("train", "valid", "test"), Split(torch.zeros(1)))

    registered(monkeypatch, replace(ENTRY, files=(), archive=None))
    monkeypatch.setitem(loading.READERS, "cifar10", Reader(reader))
    load("cifar10")
    message = "something else"
    with pytest.raises(kind):
        load("cifar10")
